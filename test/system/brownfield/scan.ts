/** Somebody who looks for services: one opening to each port of both controllers, counted where it would do harm. */
import { ethernet, ipv4, tcp } from '#packet/build.ts'
import { decodeFrame, macAt } from '#packet/decode.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import type { World } from '../world/world.ts'
import { addresses, macs } from './plant.ts'

const SYN = 2
const ports = [22, 80, 102, 502, 4840, 44_818]
const targets = ['plc-a', 'plc-b'] as const
type Target = (typeof targets)[number]

/** Openings of one scan. */
export const openings = targets.length * ports.length

const opening = (target: Target, dport: number, sport: number): Uint8Array => {
  const ends = { src: addresses.stranger, dst: addresses[target] }
  return ethernet({
    dst: macs[target],
    src: macs.stranger,
    etherType: etherTypes.ipv4,
    payload: ipv4({ ...ends, proto: ipProtocols.tcp, payload: tcp(ends, { sport, dport, flags: SYN }) }),
  })
}

const isOpening = (bytes: Uint8Array): boolean =>
  macAt(bytes, 6) === macs.stranger && decodeFrame(bytes).tcpFlags === SYN

/**
 * Openings that have come to the controllers since the last call. What their own kernels say to each other is not counted.
 * The first call begins to listen.
 */
export const delivered = (world: World): number =>
  targets.reduce((sum, target) => sum + world.received(target).filter(isOpening).length, 0)

let sport = 40_000

/** @param most openings, from the first on */
export const scan = (world: World, most = openings): void => {
  sport++
  const all = targets.flatMap((target) => ports.map((port) => opening(target, port, sport)))
  for (const frame of all.slice(0, most)) world.send('stranger', frame)
}
