/** Right checksums for a packet that was changed in place, also one whose checksums hardware would have filled in. */
import { putU16be } from '#core/bytes.ts'
import { ip4HeaderChecksum, segmentChecksum } from './checksum.ts'
import type { Headers } from './headers.ts'
import { ipProtocols } from './numbers.ts'

/**
 * Writes the checksums of the IPv4 header and of the TCP segment or UDP datagram that `headers` was read from.
 * @returns false when the packet's transport checksum cannot be told: it is a fragment, cut short, or neither TCP nor UDP
 */
export const writeChecksums = (bytes: Uint8Array, headers: Headers): boolean => {
  const { family, networkOffset, ipHeaderLength, protocol, transportOffset, payloadEnd } = headers
  if (!headers.ok) return false
  if (family === 4) putU16be(bytes, networkOffset + 10, ip4HeaderChecksum(bytes, networkOffset, ipHeaderLength))
  const tcp = protocol === ipProtocols.tcp
  if (headers.fragmented || (!tcp && protocol !== ipProtocols.udp)) return false
  const field = transportOffset + (tcp ? 16 : 6)
  const addressBytes = family === 4 ? 8 : 32
  const sum = segmentChecksum(bytes, headers.srcOffset, addressBytes, protocol, transportOffset, payloadEnd, field)
  putU16be(bytes, field, !tcp && sum === 0 ? 0xffff : sum)
  return true
}
