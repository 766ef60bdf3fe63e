/** Numbers of S7comm-plus: seven bits a byte, the highest first, and a bit that says that more follow. */

/** The number read last, and where it ends; -1 when it does not. */
export const number = { value: 0, next: 0 }

/** Bytes of a 32-bit number at most. */
const longest = 5

/** @returns whether a number stands at `at` and ends before `end` */
export const readNumber = (bytes: Uint8Array, at: number, end: number): boolean => {
  let value = 0
  for (let index = 0; index < longest && at + index < end; index++) {
    const byte = bytes[at + index] ?? 0
    value = value * 0x80 + (byte & 0x7f)
    if (byte < 0x80) {
      number.value = value
      number.next = at + index + 1
      return true
    }
  }
  number.next = -1
  return false
}
