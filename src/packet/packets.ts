/** From the records of a capture to the IP packets in them, and what was not read, in the reader's own words. */
import { fragmentFaults, Reassembly, type FragmentFault } from './reassembly.ts'
import { headerProblems, Headers } from './headers.ts'
import { LinkLayer } from './link-layer.ts'
import { ipProtocols } from './numbers.ts'
import type { CaptureRecord } from './records.ts'

/** A capture may state any time, ms since 1970 or before; beyond this one neither calendars nor texts of one length reach. */
const lastTime = Date.parse('9999-12-31T23:59:59.999Z')

/** When a record says it was seen: ms since 1970, from 1970 to the year 9999. */
export const timeOf = ({ seconds, nanoseconds }: CaptureRecord): number =>
  Math.min(Math.max(seconds * 1000 + Math.floor(nanoseconds / 1e6), 0), lastTime)

/** One IP packet of a capture, whole: filled again for every packet, and there until the next record is read. */
export class Packet {
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the IP header begins, and where what was recorded ends. */
  at = 0
  end = 0
  vlan = 0
  /** Of the record that completed it. */
  number = 0
  /** ms since 1970, from 1970 to the year 9999. */
  now = 0
}

export class Packets {
  readonly headers = new Headers()
  readonly #link = new LinkLayer()
  readonly #packet = new Packet()
  readonly #reassembly = new Reassembly()
  readonly #skipped = new Map<string, number>()
  /** Packets without commands: neither TCP nor UDP, or not IP. */
  other = 0

  /** The IP packet with a TCP or UDP header that a record holds, or completes; {@link headers} are its headers then. */
  read(record: CaptureRecord): Packet | undefined {
    const { headers } = this
    const packet = this.#packet
    const { bytes, at, end, linkType } = record
    const { content, offset } = this.#link.read(linkType, bytes, at, end)
    if (content === 'other') return this.#skip(`link type ${linkType} is not read`)
    const isFrame = content === 'ethernet'
    const isRead = isFrame ? headers.readFrame(bytes, offset, end) : headers.readIp(bytes, offset, end)
    if (headers.problem === 'not-ip') return this.#other()
    packet.bytes = bytes
    packet.at = headers.networkOffset
    packet.end = end
    packet.vlan = Math.max(0, headers.outerVlan)
    packet.number = record.number
    packet.now = timeOf(record)
    if (headers.fragmented && headers.missing === 0 && headers.payloadOffset >= 0) return this.#piece(packet)
    if (!isRead) return this.#skip(headerProblems[headers.problem ?? 'bad-length'])
    return this.#carrier(packet)
  }

  /** No more records come. @returns why packets were not read, and how many */
  end(): ReadonlyMap<string, number> {
    this.#reassembly.end()
    for (const [fault, count] of this.#reassembly.faults) this.#add(words(fault), count)
    return this.#skipped
  }

  #piece(packet: Packet): Packet | undefined {
    const whole = this.#reassembly.add(packet.bytes, this.headers)
    if (whole === undefined) return undefined
    packet.bytes = whole
    packet.at = 0
    packet.end = whole.length
    if (!this.headers.readIp(whole, 0, whole.length))
      return this.#skip(headerProblems[this.headers.problem ?? 'bad-length'])
    return this.#carrier(packet)
  }

  #carrier(packet: Packet): Packet | undefined {
    const { protocol } = this.headers
    return protocol === ipProtocols.tcp || protocol === ipProtocols.udp ? packet : this.#other()
  }

  #other(): undefined {
    this.other++
  }

  #skip(why: string): undefined {
    this.#add(why, 1)
  }

  #add(why: string, count: number): void {
    this.#skipped.set(why, (this.#skipped.get(why) ?? 0) + count)
  }
}

const words = (fault: FragmentFault): string => fragmentFaults[fault]
