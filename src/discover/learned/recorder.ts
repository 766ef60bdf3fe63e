/** Recordings of machines that never were: sessions over TCP with their openings, numbers and answers, and single frames. */
import { arp, ethernet, icmp, ipv4, tcp } from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { recordOf, type CaptureRecord } from '#packet/records.ts'

export interface Host {
  readonly ip: string
  readonly mac: string
}

/** A message, and what is answered to it. */
export type Exchange = readonly [asked: Uint8Array, answered?: Uint8Array]

export interface Session {
  /** @param at ms since the recording began; the answer comes 5 ms later */
  readonly say: (at: number, exchange: Exchange) => void
  readonly close: (at: number) => void
}

export interface Recorder {
  readonly frame: (at: number, bytes: Uint8Array) => void
  readonly segment: (at: number, from: Host, to: Host, segment: Parameters<typeof tcp>[1]) => void
  /** Opens a connection at once. */
  readonly session: (at: number, client: Host, server: Host, port: number) => Session
  readonly echo: (at: number, from: Host, to: Host) => void
  /** Who has an address is asked for by a broadcast. */
  readonly whoHas: (at: number, from: Host, ip: string) => void
  readonly frames: readonly Frame[]
}

/** What was on the wire, ms since the recording began. */
export interface Frame {
  readonly at: number
  readonly bytes: Uint8Array
}

/** Frames in the order of their time. @param start ms since 1970 */
export const recordsOf = (frames: readonly Frame[], start: number): readonly CaptureRecord[] =>
  frames
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, bytes }, index) => {
      const ms = start + at
      const seconds = Math.floor(ms / 1000)
      return recordOf(bytes, { number: index + 1, seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1e6) })
    })

const { syn, ack, psh, fin } = tcpFlags
/** Milliseconds after which a device answers. */
const thinks = 5

/** @param firstPort of the clients: two recordings that are put together must not share one */
export const recorder = (firstPort: number): Recorder => {
  const frames: Frame[] = []
  let port = firstPort
  const frame = (at: number, bytes: Uint8Array) => {
    frames.push({ at, bytes })
  }
  const packet = (at: number, from: Host, to: Host, proto: number, payload: Uint8Array) =>
    frame(
      at,
      ethernet({
        src: from.mac,
        dst: to.mac,
        etherType: etherTypes.ipv4,
        payload: ipv4({ src: from.ip, dst: to.ip, proto, payload }),
      }),
    )
  const segment: Recorder['segment'] = (at, from, to, part) =>
    packet(at, from, to, ipProtocols.tcp, tcp({ src: from.ip, dst: to.ip }, part))
  return {
    frame,
    segment,
    session: (begun, client, server, service) => {
      const sport = port++
      let [mine, theirs] = [1000, 5000]
      const there = (at: number, flags: number, payload?: Uint8Array) => {
        const part = { sport, dport: service, flags, seq: mine, ack: theirs }
        segment(at, client, server, payload === undefined ? part : { ...part, payload })
        mine += payload?.length ?? 0
      }
      const back = (at: number, flags: number, payload?: Uint8Array) => {
        const part = { sport: service, dport: sport, flags, seq: theirs, ack: mine }
        segment(at, server, client, payload === undefined ? part : { ...part, payload })
        theirs += payload?.length ?? 0
      }
      segment(begun, client, server, { sport, dport: service, flags: syn, seq: mine - 1 })
      segment(begun + 1, server, client, {
        sport: service,
        dport: sport,
        flags: syn | ack,
        seq: theirs - 1,
        ack: mine,
      })
      there(begun + 2, ack)
      return {
        say: (at, [asked, answered]) => {
          there(at, psh | ack, asked)
          if (answered !== undefined) back(at + thinks, psh | ack, answered)
        },
        close: (at) => {
          there(at, fin | ack)
          mine++
          back(at + 1, fin | ack)
          theirs++
          there(at + 2, ack)
        },
      }
    },
    echo: (at, from, to) => packet(at, from, to, ipProtocols.icmp, icmp({ type: 8 })),
    whoHas: (at, from, ip) =>
      frame(
        at,
        ethernet({
          src: from.mac,
          dst: 'ff:ff:ff:ff:ff:ff',
          etherType: etherTypes.arp,
          payload: arp({ operation: 1, senderMac: from.mac, senderIp: from.ip, targetIp: ip }),
        }),
      ),
    frames,
  }
}
