/** A recorded conversation as packets: how it would have looked on the wire, with the times of the recording. */
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { PcapWriter } from '#packet/pcap-writer.ts'
import type { RecordedSession } from '#schema/decoys-control.ts'

/** Bytes of data in one TCP segment, and in one datagram of IPv4. */
const segmentBytes = 1460
const datagramBytes = 65_507
/** Segments after which the other end acknowledges: no window fills. */
const unacknowledged = 16
const flag = { fin: 1, syn: 2, push: 8, ack: 16 } as const
/** Local addresses: a recording knows none. */
const macs = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as const
/** Initial sequence numbers of source and decoy. */
const initial = [1000, 5000] as const
/** TCP option of the SYN: maximum segment size 1460 (RFC 9293, 3.7.1). */
const segmentSize = Uint8Array.of(2, 4, segmentBytes >> 8, segmentBytes & 255)

type Side = 0 | 1
const other = (side: Side): Side => (side === 0 ? 1 : 0)

const pieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))

/** Packets of each side at a time, in order. */
interface Wire {
  readonly frames: { readonly at: number; readonly frame: Uint8Array }[]
  send(
    side: Side,
    at: number,
    payload: (ends: { src: string; dst: string }, ports: { sport: number; dport: number }) => Uint8Array,
  ): void
}

const wireOf = ({ source, sourcePort, decoy, port, transport }: RecordedSession): Wire => {
  const ends = [
    { src: source, dst: decoy },
    { src: decoy, dst: source },
  ] as const
  const ports = [
    { sport: sourcePort, dport: port },
    { sport: port, dport: sourcePort },
  ] as const
  const frames: Wire['frames'] = []
  return {
    frames,
    send: (side, at, payload) =>
      void frames.push({
        at,
        frame: ethernet({
          src: macs[side],
          dst: macs[other(side)],
          etherType: etherTypes.ipv4,
          payload: ipv4({
            ...ends[side],
            proto: transport === 'tcp' ? ipProtocols.tcp : ipProtocols.udp,
            payload: payload(ends[side], ports[side]),
          }),
        }),
      }),
  }
}

const overTcp = (session: RecordedSession, wire: Wire): void => {
  const next: [number, number] = [initial[0], initial[1]]
  const say = (
    side: Side,
    at: number,
    flags: number,
    payload: Uint8Array = new Uint8Array(),
    options = new Uint8Array(),
  ): void => {
    const ack = (flags & flag.ack) === 0 ? 0 : next[other(side)]
    wire.send(side, at, (ends, ports) => tcp(ends, { ...ports, flags, seq: next[side], ack, payload, options }))
    next[side] = (next[side] + payload.length + ((flags & (flag.syn | flag.fin)) === 0 ? 0 : 1)) >>> 0
  }
  const { from, to, chunks } = session
  say(0, from, flag.syn, undefined, segmentSize)
  say(1, from, flag.syn | flag.ack, undefined, segmentSize)
  say(0, from, flag.ack)
  for (const { d, t, b } of chunks)
    for (const [i, piece] of pieces(Buffer.from(b, 'base64'), segmentBytes).entries()) {
      say(d, from + t, flag.push | flag.ack, piece)
      if (i % unacknowledged === unacknowledged - 1) say(other(d), from + t, flag.ack)
    }
  say(0, to, flag.fin | flag.ack)
  say(1, to, flag.fin | flag.ack)
  say(0, to, flag.ack)
}

const overUdp = ({ from, chunks }: RecordedSession, wire: Wire): void => {
  for (const { d, t, b } of chunks)
    for (const payload of pieces(Buffer.from(b, 'base64'), datagramBytes))
      wire.send(d, from + t, (ends, ports) => udp(ends, { ...ports, payload }))
}

/** A pcap file of the conversation; its handshake, acknowledgements and end are made up, what was said is as it was recorded. */
export const captureOf = (session: RecordedSession): Uint8Array => {
  const wire = wireOf(session)
  if (session.transport === 'tcp') overTcp(session, wire)
  else overUdp(session, wire)
  const writer = new PcapWriter()
  let last = 0
  const records = wire.frames.map(({ at, frame }) => {
    // µs since 1970; each packet is later than the one before it.
    last = Math.max(Math.round(at * 1000), last + 1)
    return writer.record(frame, Math.floor(last / 1e6), (last % 1e6) * 1000)
  })
  return Buffer.concat([writer.header(), ...records])
}
