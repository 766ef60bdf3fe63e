/** Which zones are behind which port of the edge: what is below it, and what is above. */
import { Fault } from '#core/errors.ts'
import type { Device } from '../model.ts'
import type { ProposeOptions, Seat } from './proposal.ts'
import type { PlannedZone } from './zones.ts'

export interface PlannedPort {
  readonly name: string
  readonly zones: readonly string[]
  readonly vlans: readonly number[]
  /** Ethernet addresses of routers behind it. */
  readonly routers: readonly string[]
}

export interface Wire {
  readonly ports: readonly PlannedPort[]
  /** One zone on both sides: conversations inside it cross the edge. */
  readonly inside: boolean
  /** Whether a packet between two zones crosses the edge. */
  readonly crosses: (a: string, b: string) => boolean
}

/** Controllers and what is below them are the cell; everything else is the plant. */
const cellBelow = 2

/** Without any zone on one side, the lowest level is the cell; one zone alone is on both sides. */
const halves = (zones: readonly PlannedZone[]): readonly (readonly [string, readonly string[]])[] => {
  const border = zones.some(({ level }) => level < cellBelow) && zones.some(({ level }) => level >= cellBelow)
  const lowest = Math.min(...zones.map(({ level }) => level))
  const isLow = ({ level }: PlannedZone) => (border ? level < cellBelow : level === lowest)
  const low = zones.filter(isLow).map(({ name }) => name)
  const high = zones.filter((zone) => !isLow(zone)).map(({ name }) => name)
  // All of one level: cells are told apart, the first from the rest.
  if (high.length === 0 && low.length > 1)
    return [
      ['plant', low.slice(1)],
      ['cell', low.slice(0, 1)],
    ]
  return [
    ['plant', high.length === 0 ? low : high],
    ['cell', low],
  ]
}

const asked = (
  ports: NonNullable<ProposeOptions['ports']>,
  zones: readonly PlannedZone[],
): readonly (readonly [string, readonly string[]])[] => {
  const known = zones.map(({ name }) => name)
  const placed = Object.values(ports).flat()
  const unknown = placed.filter((name) => !known.includes(name))
  const missing = known.filter((name) => !placed.includes(name))
  const details = [`Zones: ${known.join(', ')}.`]
  if (Object.keys(ports).length < 2) throw new Fault('usage', 'An edge has at least two ports.', { details })
  if (unknown.length > 0)
    throw new Fault('usage', `No zone of the proposal is called \`${unknown.join('`, `')}\`.`, { details })
  if (missing.length > 0)
    throw new Fault('usage', `No port was given for zone \`${missing.join('`, `')}\`.`, { details })
  return Object.entries(ports)
}

/** @throws Fault `usage` when the ports that were asked for do not hold the zones there are */
export const wireOf = (
  zones: readonly PlannedZone[],
  seats: ReadonlyMap<Device, Seat>,
  shared: ReadonlySet<string>,
  { ports }: ProposeOptions,
): Wire => {
  const sides = ports === undefined ? halves(zones) : asked(ports, zones)
  const vlans = [...new Set(zones.flatMap(({ devices }) => devices.map(({ vlan }) => vlan)))].toSorted((a, b) => a - b)
  const behind = (name: string) => new Set(sides.flatMap(([port, inside]) => (inside.includes(name) ? [port] : [])))
  const of = new Map(zones.map(({ name }) => [name, behind(name)]))
  const routers = (inside: readonly string[]) =>
    [
      ...new Set(
        [...seats.values()]
          .filter(({ zone }) => inside.includes(zone))
          .flatMap(({ device: { behind: router, macs } }) => [
            ...(router === undefined ? [] : [router]),
            ...macs.filter((mac) => shared.has(mac)),
          ]),
      ),
    ].toSorted()
  return {
    ports: sides.map(([name, inside]) => ({ name, zones: inside, vlans, routers: routers(inside) })),
    inside: zones.length === 1,
    crosses: (a, b) => {
      const [from, to] = [of.get(a) ?? new Set(), of.get(b) ?? new Set()]
      return [...from].some((port) => [...to].some((other) => other !== port))
    },
  }
}
