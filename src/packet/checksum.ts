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

/**
 * Checksum of an IPv4 header that stands at `at`, whatever its checksum field says now (RFC 791, 3.1).
 * @param length of the header in bytes, options included
 */
export const ip4HeaderChecksum = (bytes: Uint8Array, at: number, length: number): number =>
  fold(sum16(bytes, sum16(bytes, 0, at, at + 10), at + 12, at + length))

/**
 * Checksum of the segment from `at` to `end`, whatever its checksum field at `field` says now, over the pseudo-header of the
 * addresses that stand one behind the other at `addresses` (RFC 9293, 3.1; RFC 8200, 8.1). For UDP a result of zero is sent as 0xffff.
 * @param addressBytes of both together: 8 in IPv4, 32 in IPv6
 */
export const segmentChecksum = (
  bytes: Uint8Array,
  addresses: number,
  addressBytes: number,
  protocol: number,
  at: number,
  end: number,
  field: number,
): number => {
  const length = end - at
  // An upper-layer length beyond 16 bits counts as two words, which is the same as folding it.
  const pseudo = sum16(bytes, protocol + length, addresses, addresses + addressBytes)
  return fold(sum16(bytes, sum16(bytes, pseudo, at, field), field + 2, end))
}
