/**
 * From the records of a capture to frames as an edge's kernel would judge them: put together where they were fragments, filled up
 * where the recording left their end out.
 */
import { macAt } from '#packet/decode.ts'
import { headerProblems, Headers } from '#packet/headers.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { timeOf } from '#packet/packets.ts'
import { fragmentFaults, Reassembly } from '#packet/reassembly.ts'
import type { CaptureRecord } from '#packet/records.ts'
import { keyOf } from './frame-key.ts'

/** Bytes of an Ethernet header, and the longest frame that an IP header can state behind it and eight tags. */
const linkHeader = 14
const longest = linkHeader + 8 * 4 + 40 + 65_535

/** What stands in place of what was not recorded of it. */
export const notRecorded = {
  'no-ports': 'cut short by the recording before its ports',
  'no-link': 'cut short by the recording before its Ethernet header ends',
} as const

export class Frames {
  readonly headers = new Headers()
  /** The frame to judge, from its Ethernet header on; valid until the next {@link read}. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Same key, same verdict, as long as nothing else changes; undefined where the whole frame must be looked at. */
  key: string | undefined = undefined
  /** It has the Ethernet addresses that were on the wire. */
  hasMacs = true
  /** Its payload is there whole, so that commands in it can be read. */
  whole = true
  /** It came in pieces. */
  wasFragmented = false
  number = 0
  /** ms since 1970. */
  now = 0
  /** Frames whose end the recording left out, and those without Ethernet addresses. */
  cut = 0
  withoutMacs = 0
  readonly #link = new LinkLayer()
  readonly #reassembly = new Reassembly()
  readonly #skipped = new Map<string, number>()
  readonly #scratch = new Uint8Array(longest)

  /** @returns whether the record holds, or completes, a frame to judge */
  read(record: CaptureRecord): boolean {
    const { headers } = this
    // Addresses and fragments are kept beyond this record.
    const bytes = record.bytes.slice(record.at, record.end)
    const { content, offset } = this.#link.read(record.linkType, bytes)
    if (content === 'other') return this.#skip(`link type ${record.linkType} is not read`)
    this.number = record.number
    this.now = timeOf(record)
    this.hasMacs = content === 'ethernet'
    this.wasFragmented = false
    this.whole = true
    this.bytes = content === 'ethernet' ? bytes.subarray(offset) : framed(bytes.subarray(offset))
    if (!this.hasMacs) this.withoutMacs++
    const isRead = headers.readFrame(this.bytes, 0, this.bytes.length)
    if (!isRead && headers.problem !== 'not-ip' && bytes.length < record.wireLength) return this.#fillUp()
    if (headers.networkOffset < 0) return this.#skip(headerProblems[headers.problem ?? 'cut-short'])
    if (headers.fragmented && headers.missing === 0 && headers.payloadOffset >= 0) return this.#piece()
    if (!isRead && headers.problem !== 'not-ip' && isBroken(headers))
      return this.#skip(`malformed, which a bridge drops by itself: ${headerProblems[headers.problem ?? 'bad-length']}`)
    this.key = keyOf(this.bytes, headers)
    return true
  }

  /** No more records come. @returns why frames were not judged, and how many */
  end(): ReadonlyMap<string, number> {
    this.#reassembly.end()
    for (const [fault, count] of this.#reassembly.faults) this.#add(fragmentFaults[fault], count)
    return this.#skipped
  }

  /** What the recording left out is filled with zeros: no verdict depends on it as long as the ports are there. */
  #fillUp(): boolean {
    const { headers, bytes } = this
    this.cut++
    if (headers.networkOffset < 0 || headers.family === 0) return this.#skip(notRecorded['no-link'])
    if (headers.fragmented) return this.#skip(fragmentFaults.incomplete)
    const { protocol, transportOffset: at, payloadEnd, missing } = headers
    const hasPorts = protocol === ipProtocols.tcp || protocol === ipProtocols.udp
    if (at < 0 || (hasPorts ? headers.sport < 0 : payloadEnd < at + 2)) return this.#skip(notRecorded['no-ports'])
    const length = Math.min(bytes.length + missing, longest)
    this.#scratch.set(bytes)
    this.#scratch.fill(0, bytes.length, length)
    this.bytes = this.#scratch.subarray(0, length)
    this.whole = false
    if (!headers.readFrame(this.bytes, 0, length)) return this.#skip(headerProblems[headers.problem ?? 'bad-length'])
    this.key = keyOf(this.bytes, headers)
    return true
  }

  #piece(): boolean {
    const { headers, bytes } = this
    const link = bytes.subarray(0, headers.networkOffset)
    const whole = this.#reassembly.add(bytes, headers)
    if (whole === undefined) return false
    const frame = new Uint8Array(link.length + whole.length)
    frame.set(link)
    frame.set(whole, link.length)
    this.bytes = frame
    this.wasFragmented = true
    this.key = undefined
    if (headers.readFrame(frame, 0, frame.length)) return true
    return this.#skip(headerProblems[headers.problem ?? 'bad-length'])
  }

  #skip(why: string): false {
    this.#add(why, 1)
    return false
  }

  #add(why: string, count: number): void {
    this.#skipped.set(why, (this.#skipped.get(why) ?? 0) + count)
  }
}

/** Lengths of the IP header itself that contradict each other, or more tags than are looked at: nothing could be judged by them. */
const isBroken = ({ family, problem, missing }: Headers): boolean =>
  family === 0 || missing > 0 || problem === 'too-many-tags'

/** A packet that was recorded without an Ethernet header gets one of zeros. */
const framed = (packet: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(linkHeader + packet.length)
  const type = (packet[0] ?? 0) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4
  frame[12] = type >> 8
  frame[13] = type & 255
  frame.set(packet, linkHeader)
  return frame
}

/** Source and destination of a frame. */
export const macsOf = (bytes: Uint8Array): readonly [source: string, destination: string] => [
  macAt(bytes, 6),
  macAt(bytes, 0),
]
