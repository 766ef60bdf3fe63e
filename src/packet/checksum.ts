/** The Internet checksum (RFC 1071) and the pseudo-headers it covers. */

/** Sum of 16-bit words without the final complement; an odd last byte counts as the high one. */
export const sum16 = (bytes: Uint8Array, start = 0, from = 0, to = bytes.length): number => {
  let sum = start
  for (let at = from; at < to; at += 2) sum += ((bytes[at] ?? 0) << 8) | (at + 1 < to ? (bytes[at + 1] ?? 0) : 0)
  return sum
}

export const fold = (sum: number): number => {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000)
  return ~folded & 0xffff
}

/** Checksum of a transport segment over the addresses (RFC 9293, 3.1; RFC 8200, 8.1). The field itself must be zero. */
export const transportChecksum = (src: Uint8Array, dst: Uint8Array, proto: number, segment: Uint8Array): number =>
  fold(sum16(segment, sum16(src) + sum16(dst) + proto + segment.length))
