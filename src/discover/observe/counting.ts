/** What is counted of every packet of a connection: traffic, Ethernet addresses, openings. */
import { i32be } from '#core/bytes.ts'
import { macAt } from '#packet/decode.ts'
import { tcpFlags } from '#packet/numbers.ts'
import type { Connection, Side } from './connection.ts'
import { destinationOf, sourceOf } from './orientation.ts'
import { mostMacs } from './recording.ts'
import type { Summary } from './summary.ts'

export interface SeenPacket {
  readonly bytes: Uint8Array
  /** Where its Ethernet header begins; -1 without one. */
  readonly frame: number
  /** Bytes on the wire. */
  readonly length: number
  /** ms since 1970. */
  readonly now: number
}

export const countPacket = (connection: Connection, side: 0 | 1, packet: SeenPacket, summary: Summary): void => {
  const { bytes, frame, length, now } = packet
  const mine = connection.sides[side]
  mine.packets++
  mine.bytes += length
  if (now > connection.last) connection.last = now
  else if (now < connection.first) connection.first = now
  if (frame < 0) return
  const [word0, word1, word2] = [i32be(bytes, frame), i32be(bytes, frame + 4), i32be(bytes, frame + 8)]
  if (mine.frame0 === word0 && mine.frame1 === word1 && mine.frame2 === word2 && mine.isFramed) return
  if (mine.isFramed) {
    countOthers(connection, side, packet, summary)
    return
  }
  mine.isFramed = true
  mine.frame0 = word0
  mine.frame1 = word1
  mine.frame2 = word2
}

/** A packet with other Ethernet addresses than the first one of its end. What is summed up for those is put right here. */
const countOthers = (
  { vlan, names, sides }: Connection,
  side: 0 | 1,
  { bytes, frame, length, now }: SeenPacket,
  summary: Summary,
): void => {
  const [sent, received] = [sourceOf(sides[side]), destinationOf(sides[side])]
  const [from, to] = [macAt(bytes, frame + 6), macAt(bytes, frame)]
  addMac(sides[side], from)
  addMac(sides[side === 0 ? 1 : 0], to)
  const add = (mac: string, count: 1 | -1, does: 'sent' | 'received') => {
    const none = { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 }
    summary.endpoint(vlan, mac, { ...none, [does]: count, [`${does}Bytes`]: count * length }, now, now)
  }
  if (from !== sent) {
    add(from, 1, 'sent')
    add(sent, -1, 'sent')
    summary.bind(vlan, from, names[side], { packets: 1, claims: 0 }, now, now)
    summary.bind(vlan, sent, names[side], { packets: -1, claims: 0 }, now, now)
  }
  if (to === received) return
  add(to, 1, 'received')
  add(received, -1, 'received')
}

const addMac = (side: Side, mac: string): void => {
  side.macs ??= new Set()
  if (side.macs.size < mostMacs) side.macs.add(mac)
}

/** Who opens a TCP connection, whether it is accepted, and whether it is refused. */
export const countOpening = (connection: Connection, side: 0 | 1, flags: number): void => {
  if ((flags & (tcpFlags.syn | tcpFlags.rst)) === 0) return
  if ((flags & tcpFlags.syn) !== 0 && (flags & tcpFlags.ack) === 0) {
    connection.opener = side
    connection.opened++
  } else if ((flags & tcpFlags.syn) !== 0) {
    if (connection.opener < 0) connection.opener = side === 0 ? 1 : 0
    connection.accepted++
  } else if (connection.accepted === 0 && connection.opener >= 0 && connection.opener !== side) connection.rejected++
}
