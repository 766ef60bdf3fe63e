/** Out-of-scope frames all the time, of every kind, from somebody unknown and from a known asset; counted where they would do harm. */
import { ethernet, icmp, ipv4, ipv6, tcp, udp } from '#packet/build.ts'
import { decodeFrame, macAt } from '#packet/decode.ts'
import { describe } from '#packet/describe.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import type { World } from '../world/world.ts'
import { addresses, macs } from './production.ts'

type Host = 'stranger' | 'historian'

const broadcast = 'ff:ff:ff:ff:ff:ff'
const ACK = 16
const PSH = 8

const ip = (from: Host, proto: number, payload: Uint8Array, dst: string = addresses['plc-a']) =>
  ethernet({
    dst: dst === addresses['plc-a'] ? macs['plc-a'] : broadcast,
    src: macs[from],
    etherType: etherTypes.ipv4,
    payload: ipv4({ src: addresses[from], dst, proto, payload }),
  })

const framesOf = (from: Host): Uint8Array[] => {
  const ends = { src: addresses[from], dst: addresses['plc-a'] }
  const ends6 = { src: 'fd00:198:18:2::99', dst: 'fd00:198:18:1::11' }
  const data = new TextEncoder().encode('write')
  return [
    ip(from, ipProtocols.tcp, tcp(ends, { sport: 40_000, dport: 502 })),
    ip(from, ipProtocols.tcp, tcp(ends, { sport: 40_000, dport: 502, flags: PSH | ACK, ack: 1, payload: data })),
    ip(from, ipProtocols.udp, udp(ends, { sport: 40_000, dport: 2222, payload: data })),
    ip(from, ipProtocols.udp, udp(ends, { sport: 502, dport: 161, payload: data })),
    ip(from, ipProtocols.icmp, icmp({ type: 8 })),
    ip(from, ipProtocols.udp, udp({ ...ends, dst: '198.18.1.255' }, { sport: 9, dport: 9 }), '198.18.1.255'),
    ethernet({ dst: macs['plc-a'], src: macs[from], etherType: 0x88b5, payload: data }),
    ethernet({
      dst: macs['plc-b'],
      src: macs[from],
      etherType: etherTypes.ipv6,
      payload: ipv6({ ...ends6, proto: ipProtocols.udp, payload: udp(ends6, { sport: 9, dport: 2222 }) }),
    }),
  ]
}

export interface Intruder {
  readonly sent: number
  /** Frames that came through since the last call, in words. */
  delivered(): Promise<readonly string[]>
  stop(): Promise<void>
}

/** ms between two frames of each of the two. */
const pace = process.env['BULKHEAD_TEST'] === 'long' ? 4 : 8

export const startIntruder = (world: World): Intruder => {
  const frames = (['stranger', 'historian'] as const).map((host) => ({ host, frames: framesOf(host) }))
  const theirs: readonly string[] = [macs.stranger, macs.historian]
  const cell = world.wire('cell')
  let sent = 0
  let arrived: string[] = []
  const timer = setInterval(() => {
    for (const { host, frames: all } of frames) {
      const frame = all[sent % all.length]
      if (frame !== undefined) world.send(host, frame)
      world.received(host)
    }
    sent++
  }, pace)
  const closing = new AbortController()
  const count = () => {
    for (const bytes of cell.drain()) {
      if (!theirs.includes(macAt(bytes, 6))) continue
      const frame = decodeFrame(bytes)
      // Their kernels may ask for addresses, which is in scope.
      if (frame.etherType !== etherTypes.arp) arrived.push(describe(frame))
    }
  }
  const following = (async () => {
    while (!closing.signal.aborted) if (await cell.wait(50)) count()
  })()
  return {
    get sent() {
      return sent * frames.length
    },
    delivered: async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      count()
      const before = arrived
      arrived = []
      return before
    },
    stop: async () => {
      clearInterval(timer)
      closing.abort()
      await following
    },
  }
}
