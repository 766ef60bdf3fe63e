/** Recordings of one machine that speaks with itself, as if its two ends were two: an edge can only stand between two. */
import { u16be } from '#core/bytes.ts'
import { ethernet, ipBytes } from '#packet/build.ts'
import { etherTypes } from '#packet/numbers.ts'
import { recordOf, type CaptureRecord } from '#packet/records.ts'

/** LINKTYPE_NULL: four bytes of an address family before the packet. */
const nullLink = 0
const client = { ip: '198.18.3.20', mac: '02:00:00:00:03:20' } as const
const server = { ip: '198.18.1.20', mac: '02:00:00:00:01:20' } as const

/** Of the two ports the server has the lower one. Checksums stay as they were: nothing that reads recordings asks for them. */
const moved = (record: CaptureRecord): CaptureRecord => {
  const { at, end } = record
  const bytes = record.bytes.slice(record.linkType === nullLink ? at + 4 : at + 14, end)
  const length = ((bytes[0] ?? 0) & 15) * 4
  if ((bytes[0] ?? 0) >> 4 !== 4 || bytes[12] !== 127 || bytes[16] !== 127) return record
  const [src, dst] =
    u16be(bytes, length) > u16be(bytes, length + 2) ? ([client, server] as const) : ([server, client] as const)
  bytes.set(ipBytes(src.ip), 12)
  bytes.set(ipBytes(dst.ip), 16)
  const frame = ethernet({ dst: dst.mac, src: src.mac, etherType: etherTypes.ipv4, payload: bytes })
  const { number, seconds, nanoseconds } = record
  return recordOf(frame, { number, seconds, nanoseconds })
}

export const movedApart = (records: Iterable<CaptureRecord>): readonly CaptureRecord[] =>
  Iterator.from(records)
    .map((record) => (record.linkType <= 1 && record.end - record.at >= 34 ? moved(record) : record))
    .toArray()
