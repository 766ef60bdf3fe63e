/** Captures of any size for the benchmarks of discovery: a plant's polls, and whatever else is on a network. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { putU32be } from '#core/bytes.ts'
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { PcapWriter } from '#packet/pcap-writer.ts'
import { Speaker } from './polls.ts'

/** Connections at once of each kind. */
const pollers = 400
const others = 2000
/** Bytes of what is not for controllers. */
const payload = new Uint8Array(100).fill(0x17)

/** Connections of office machines: a server's answer for each packet of a client. */
const office = (): readonly { readonly there: Uint8Array; readonly back: Uint8Array }[] =>
  Array.from({ length: others }, (_, index) => {
    const client = { ip: `198.18.${8 + (index >> 8)}.${index & 255}`, mac: '02:05:00:00:00:01' }
    const server = { ip: `198.18.200.${index % 50}`, mac: '02:06:00:00:00:01' }
    const port = 20_000 + index
    const frame = (from: typeof client, to: typeof client, ports: { sport: number; dport: number }) => {
      const ends = { src: from.ip, dst: to.ip }
      const isTcp = index % 4 !== 0
      return ethernet({
        dst: to.mac,
        src: from.mac,
        etherType: 0x0800,
        payload: ipv4({
          ...ends,
          proto: isTcp ? 6 : 17,
          payload: isTcp
            ? tcp(ends, { ...ports, seq: 1000, ack: 1000, flags: 0x18, payload })
            : udp(ends, { ...ports, payload }),
        }),
      })
    }
    return {
      there: frame(client, server, { sport: port, dport: 8443 }),
      back: frame(server, client, { sport: 8443, dport: port }),
    }
  })

export interface CaptureOptions {
  readonly packets: number
  /** Of every ten packets so many are polls and their answers; the others are not for controllers. */
  readonly controls: number
  /** Of every hundred pairs of packets so many are from an address that nobody had before: a flood of forged sources. */
  readonly forged?: number
}

/** A capture in pieces of some megabytes. */
export const captureChunks = function* ({ packets, controls, forged = 0 }: CaptureOptions): Generator<Uint8Array> {
  const writer = new PcapWriter()
  const polls = Array.from({ length: pollers }, (_, index) => ({
    there: new Speaker(30_000 + index, 'request', index % 100),
    back: new Speaker(30_000 + index, 'answer', index % 100),
  }))
  const rest = office()
  const chunk: Uint8Array[] = [writer.header()]
  let size = 0
  for (let number = 0; number < packets; number += 2) {
    const pair = number >> 1
    const [poll, other] = [polls[pair % pollers], rest[pair % others]]
    const isForged = pair % 100 < forged
    const frames =
      !isForged && pair % 10 < controls ? [poll?.there.next(), poll?.back.next()] : [other?.there, other?.back]
    const micros = number * 10
    for (const frame of frames) {
      if (frame === undefined) continue
      const record = writer.record(frame, 1_700_000_000 + Math.floor(micros / 1e6), (micros % 1e6) * 1000)
      // Behind the record's header, at the source address of IPv4 in the first packet and its destination in the answer.
      if (isForged) putU32be(record, 16 + (frame === other?.there ? 26 : 30), 0x6440_0000 + (pair & 0x3f_ffff))
      chunk.push(record)
      size += record.length
    }
    if (size < 1 << 22) continue
    yield Buffer.concat(chunk)
    chunk.length = 0
    size = 0
  }
  yield Buffer.concat(chunk)
}

export const writeCapture = (path: string, options: CaptureOptions): void => {
  const file = openSync(path, 'w')
  try {
    for (const chunk of captureChunks(options)) writeSync(file, chunk)
  } finally {
    closeSync(file)
  }
}
