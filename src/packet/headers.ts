/**
 * Headers of one packet, read in place. One object is filled again for every packet and allocates nothing: places and numbers, no
 * texts. Nothing beyond `end` is read. What is not there stays at its absent value (-1, 0), so that whoever permits by what was read
 * permits nothing of a malformed packet.
 */
import { i32be, u16be } from '#core/bytes.ts'
import { etherTypes, ipProtocols } from './numbers.ts'
import { TcpOptions } from './tcp-options.ts'

/** Why a packet could not be read to its payload: a closed list. */
export const headerProblems = {
  'not-ip': 'it is not IP',
  'cut-short': 'it ends before the length that it states',
  'bad-version': 'its IP version is another than its frame or its place says',
  'bad-length': 'its lengths contradict each other',
  'too-many-tags': 'it has more VLAN tags than are looked at',
  'too-many-extensions': 'it has more IPv6 extension headers than are looked at',
} as const
export type HeaderProblem = keyof typeof headerProblems

/** VLAN tags, and IPv6 extension headers, looked at in one packet. */
const maxTags = 8
const maxExtensions = 8

export class Headers {
  problem: HeaderProblem | undefined = undefined
  /** The innermost EtherType; -1 when the frame is cut short, or when there was no frame. */
  etherType = -1
  vlanCount = 0
  /** VLAN ids, -1 when absent; with one tag they are the same. A priority tag counts with id 0. */
  outerVlan = -1
  innerVlan = -1
  /** 0 when it is not IP or its fixed header is not there whole. */
  family: 0 | 4 | 6 = 0
  networkOffset = -1
  /** From the network offset to the transport header: options and extension headers included. */
  ipHeaderLength = 0
  /** After the extension headers of IPv6; -1 when unknown. */
  protocol = -1
  /** In bytes. */
  fragmentOffset = 0
  moreFragments = false
  /** 16 bits in IPv4, 32 (signed) in IPv6; the latter 0 without a fragment header. */
  fragmentId = 0
  srcOffset = -1
  dstOffset = -1
  /** Addresses as signed 32-bit words, the most significant first; IPv4 has its only one in the last. */
  src0 = 0
  src1 = 0
  src2 = 0
  src3 = 0
  dst0 = 0
  dst1 = 0
  dst2 = 0
  dst3 = 0
  /** -1 in a fragment that does not carry it. */
  transportOffset = -1
  sport = -1
  dport = -1
  /** Sequence numbers as signed 32-bit numbers: `(a - b) | 0` is the distance, and no heap number is needed. */
  seq = 0
  ack = 0
  flags = 0
  window = 0
  /** Length of the TCP header in bytes. */
  dataOffset = 0
  readonly options = new TcpOptions()
  /** First byte behind what was read, and the byte after the last one of the payload: of what is there, by the stated lengths. */
  payloadOffset = -1
  payloadEnd = -1
  /** Bytes that the IP header states and that are not there. */
  missing = 0

  /** It is IP and was read to its payload, or to where a later fragment begins. */
  get ok(): boolean {
    return this.problem === undefined
  }
  get fragmented(): boolean {
    return this.moreFragments || this.fragmentOffset > 0
  }

  /** Reads an Ethernet frame without its check sequence. @returns {@link ok} */
  readFrame(bytes: Uint8Array, at: number, end: number): boolean {
    this.#reset()
    if (end - at < 14) return this.#fail('cut-short')
    let offset = at + 12
    let type = u16be(bytes, offset)
    while (type === etherTypes.vlan || type === etherTypes.qinq || type === etherTypes.legacyQinq) {
      if (this.vlanCount === maxTags) return this.#fail('too-many-tags')
      if (end < offset + 6) return this.#fail('cut-short')
      const id = u16be(bytes, offset + 2) & 0xfff
      if (this.vlanCount === 0) this.outerVlan = id
      this.innerVlan = id
      this.vlanCount++
      offset += 4
      type = u16be(bytes, offset)
    }
    this.etherType = type
    this.networkOffset = offset + 2
    if (type === etherTypes.ipv4) return this.#readIp4(bytes, offset + 2, end)
    if (type === etherTypes.ipv6) return this.#readIp6(bytes, offset + 2, end)
    this.payloadOffset = offset + 2
    this.payloadEnd = end
    return this.#fail('not-ip')
  }

  /** Reads from an IP header on. @returns {@link ok} */
  readIp(bytes: Uint8Array, at: number, end: number): boolean {
    this.#reset()
    this.networkOffset = at
    if (end <= at) return this.#fail('cut-short')
    const version = (bytes[at] ?? 0) >> 4
    if (version === 4) return this.#readIp4(bytes, at, end)
    if (version === 6) return this.#readIp6(bytes, at, end)
    return this.#fail('bad-version')
  }

  #fail(problem: HeaderProblem): false {
    // The first one is the cause; what follows from it is not another.
    this.problem ??= problem
    return false
  }

  /** RFC 791, 3.1. */
  #readIp4(bytes: Uint8Array, at: number, end: number): boolean {
    if (end < at + 20) return this.#fail('cut-short')
    const first = bytes[at] ?? 0
    if (first >> 4 !== 4) return this.#fail('bad-version')
    const header = (first & 15) * 4
    const total = u16be(bytes, at + 2)
    if (header < 20 || total < header) return this.#fail('bad-length')
    this.family = 4
    this.protocol = bytes[at + 9] ?? -1
    this.srcOffset = at + 12
    this.dstOffset = at + 16
    this.src3 = i32be(bytes, at + 12)
    this.dst3 = i32be(bytes, at + 16)
    this.fragmentId = u16be(bytes, at + 4)
    const fragment = u16be(bytes, at + 6)
    this.moreFragments = (fragment & 0x2000) !== 0
    this.fragmentOffset = (fragment & 0x1fff) * 8
    this.ipHeaderLength = header
    const stop = this.#bound(at + total, end)
    if (stop < at + header) return this.#fail('cut-short')
    return this.#readTransport(bytes, at + header, stop)
  }

  /** RFC 8200, 3 and 4; an authentication header (RFC 4302, 2) is stepped over, since what it covers is not hidden. */
  #readIp6(bytes: Uint8Array, at: number, end: number): boolean {
    if (end < at + 40) return this.#fail('cut-short')
    if ((bytes[at] ?? 0) >> 4 !== 6) return this.#fail('bad-version')
    this.family = 6
    this.srcOffset = at + 8
    this.dstOffset = at + 24
    this.src0 = i32be(bytes, at + 8)
    this.src1 = i32be(bytes, at + 12)
    this.src2 = i32be(bytes, at + 16)
    this.src3 = i32be(bytes, at + 20)
    this.dst0 = i32be(bytes, at + 24)
    this.dst1 = i32be(bytes, at + 28)
    this.dst2 = i32be(bytes, at + 32)
    this.dst3 = i32be(bytes, at + 36)
    const stated = at + 40 + u16be(bytes, at + 4)
    const stop = this.#bound(stated, end)
    let next = bytes[at + 6] ?? -1
    let offset = at + 40
    for (let walked = 0; isExtension(next); walked++) {
      if (walked === maxExtensions) return this.#fail('too-many-extensions')
      if (offset + 8 > stop) return this.#fail(stated > end ? 'cut-short' : 'bad-length')
      const units = bytes[offset + 1] ?? 0
      let length = (units + 1) * 8
      if (next === ipProtocols.authentication) length = (units + 2) * 4
      else if (next === ipProtocols.fragment) {
        const fragment = u16be(bytes, offset + 2)
        this.fragmentOffset = fragment & 0xfff8
        // A fragment within a fragment remains one, whatever the inner header says.
        this.moreFragments ||= (fragment & 1) !== 0
        this.fragmentId = i32be(bytes, offset + 4)
        length = 8
      }
      next = bytes[offset] ?? -1
      offset += length
      if (this.fragmentOffset > 0) break
    }
    if (offset > stop) return this.#fail(stated > end ? 'cut-short' : 'bad-length')
    this.protocol = next
    this.ipHeaderLength = offset - at
    return this.#readTransport(bytes, offset, stop)
  }

  /** Where the datagram ends: as stated (padding and trailers behind it are not its), but not beyond what is there. */
  #bound(stated: number, end: number): number {
    if (stated <= end) return stated
    this.missing = stated - end
    this.problem = 'cut-short'
    return end
  }

  #readTransport(bytes: Uint8Array, at: number, end: number): boolean {
    this.payloadOffset = at
    this.payloadEnd = end
    if (this.fragmentOffset > 0) return this.ok
    this.transportOffset = at
    if (this.protocol === ipProtocols.tcp) return this.#readTcp(bytes, at, end)
    if (this.protocol === ipProtocols.udp) return this.#readUdp(bytes, at, end)
    return this.ok
  }

  /** RFC 9293, 3.1. */
  #readTcp(bytes: Uint8Array, at: number, end: number): boolean {
    if (end < at + 20) return this.#fail('bad-length')
    const length = ((bytes[at + 12] ?? 0) >> 4) * 4
    this.sport = u16be(bytes, at)
    this.dport = u16be(bytes, at + 2)
    this.seq = i32be(bytes, at + 4)
    this.ack = i32be(bytes, at + 8)
    this.flags = bytes[at + 13] ?? 0
    this.window = u16be(bytes, at + 14)
    if (length < 20 || at + length > end) return this.#fail('bad-length')
    this.dataOffset = length
    this.payloadOffset = at + length
    if (length > 20) this.options.read(bytes, at + 20, at + length)
    return this.ok
  }

  /** RFC 768. Bytes between the end of the datagram and that of the packet reach no application. */
  #readUdp(bytes: Uint8Array, at: number, end: number): boolean {
    if (end < at + 8) return this.#fail('bad-length')
    this.sport = u16be(bytes, at)
    this.dport = u16be(bytes, at + 2)
    const length = u16be(bytes, at + 4)
    this.payloadOffset = at + 8
    if (length < 8) return this.#fail('bad-length')
    if (at + length <= end) this.payloadEnd = at + length
    // The first fragment states the length of the whole.
    else if (!this.moreFragments) return this.#fail('bad-length')
    return this.ok
  }

  #reset(): void {
    this.problem = undefined
    this.etherType = this.outerVlan = this.innerVlan = this.networkOffset = this.protocol = -1
    this.vlanCount = this.family = this.ipHeaderLength = 0
    this.fragmentOffset = this.fragmentId = 0
    this.moreFragments = false
    this.srcOffset = this.dstOffset = this.transportOffset = this.sport = this.dport = -1
    this.src0 = this.src1 = this.src2 = this.src3 = 0
    this.dst0 = this.dst1 = this.dst2 = this.dst3 = 0
    this.seq = this.ack = this.flags = this.window = this.dataOffset = 0
    this.payloadOffset = this.payloadEnd = -1
    this.missing = 0
    this.options.reset()
  }
}

const isExtension = (header: number): boolean =>
  header === ipProtocols.hopByHop ||
  header === ipProtocols.routing ||
  header === ipProtocols.fragment ||
  header === ipProtocols.destination ||
  header === ipProtocols.authentication
