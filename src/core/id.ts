/**
 * Identifiers that sort in the order they were given out: 48 bits of milliseconds and 80 bits that are random at first
 * and count up within one millisecond, in Crockford's base 32 (26 characters, the ULID layout).
 */

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeBits = 48n
const tailBits = 80n
export const idPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

const encode = (value: bigint): string => {
  let text = ''
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += alphabet[Number((value >> shift) & 31n)]
  return text
}

const decode = (id: string): bigint => {
  let value = 0n
  for (const character of id) value = (value << 5n) | BigInt(alphabet.indexOf(character))
  return value
}

/**
 * The id that follows `last`. A clock that stands still or goes back (a machine that starts in 1970) does not matter:
 * then the id is `last` plus one.
 * @param nowMs milliseconds since 1970
 * @param random 10 bytes
 */
export const nextId = (last: string | undefined, nowMs: number, random: Uint8Array): string => {
  const floor = last === undefined ? -1n : decode(last)
  const now = BigInt.asUintN(Number(timeBits), BigInt(Math.max(0, Math.trunc(nowMs))))
  // The top bit of the tail starts at 0, which leaves 2^79 ids before a millisecond is full.
  let tail = BigInt((random[0] ?? 0) & 0x7f)
  for (let at = 1; at < 10; at++) tail = (tail << 8n) | BigInt(random[at] ?? 0)
  const fresh = (now << tailBits) | tail
  return encode(now > floor >> tailBits ? fresh : floor + 1n)
}

/** Milliseconds since 1970 in an id: when it was given out, or later if the clock went back. */
export const idTime = (id: string): number => Number(decode(id) >> tailBits)
