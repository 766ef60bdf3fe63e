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

/** Bytes of a 64-bit number at most; the last of them has no bit for what follows. */
const longestWide = 9

/** Whether the return value at `at`, a 64-bit number, is an error: its low half-word, as a signed number, is below zero. */
export const isError = (bytes: Uint8Array, at: number, end: number): boolean => {
  let low = 0
  for (let index = 0; index < longestWide && at + index < end; index++) {
    const byte = bytes[at + index] ?? 0
    if (index === longestWide - 1) return (((low << 8) | byte) & 0x8000) !== 0
    low = ((low << 7) | (byte & 0x7f)) & 0xffff
    if (byte < 0x80) return (low & 0x8000) !== 0
  }
  return false
}
