/** Classic pcap files: little-endian, in nanoseconds, of Ethernet frames unless said otherwise. The caller writes the pieces in order. */
import { putU16le, putU32le } from '#core/bytes.ts'
import { linkTypes } from './link-layer.ts'
import { longestRecord } from './records.ts'

const magic = 0xa1b23c4d

export class PcapWriter {
  readonly #linkType: number

  constructor(linkType: number = linkTypes.ethernet) {
    this.#linkType = linkType
  }

  /** What a file begins with. */
  header(): Uint8Array {
    const bytes = new Uint8Array(24)
    putU32le(bytes, 0, magic)
    putU16le(bytes, 4, 2)
    putU16le(bytes, 6, 4)
    putU32le(bytes, 16, longestRecord)
    putU32le(bytes, 20, this.#linkType)
    return bytes
  }

  /**
   * One packet.
   * @param seconds since 1970, and nanoseconds of the second
   * @param wireLength in bytes, when the packet is not recorded whole
   */
  record(packet: Uint8Array, seconds: number, nanoseconds: number, wireLength = packet.length): Uint8Array {
    const recorded = Math.min(packet.length, longestRecord)
    const bytes = new Uint8Array(16 + recorded)
    putU32le(bytes, 0, seconds)
    putU32le(bytes, 4, nanoseconds)
    putU32le(bytes, 8, recorded)
    putU32le(bytes, 12, wireLength)
    bytes.set(recorded < packet.length ? packet.subarray(0, recorded) : packet, 16)
    return bytes
  }
}
