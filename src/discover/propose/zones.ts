/** Zones by level and network, with the fewest networks that keep them apart. */
import { formatIp, parseIp } from '#core/address.ts'
import { byText } from '#core/order.ts'
import type { Device } from '../model.ts'
import type { Seat } from './proposal.ts'

export interface PlannedZone {
  readonly name: string
  readonly level: number
  readonly networks: readonly string[]
  /** Given where more than one VLAN was seen. */
  readonly vlan?: number
  readonly devices: readonly Device[]
}

export interface Seating {
  readonly zones: readonly PlannedZone[]
  readonly seats: ReadonlyMap<Device, Seat>
}

/** Purdue levels as zones: devices and their controllers are one cell. */
const bands = [
  { below: 2, name: 'control', level: 1 },
  { below: 3, name: 'supervisory', level: 2 },
  { below: 3.5, name: 'operations', level: 3 },
  { below: 4, name: 'dmz', level: 3.5 },
  { below: 5, name: 'enterprise', level: 4 },
  { below: Number.POSITIVE_INFINITY, name: 'external', level: 5 },
] as const

/** Longest networks tried first for addresses of a zone: a subnet as plants use them. */
const subnet = { 4: 24, 6: 64 } as const
/** Networks of one zone beyond which wider ones are tried: the Internet is not listed by subnets. */
const manyNetworks = 32

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 50)

const bandOf = (level: number) => bands.find(({ below }) => level < below) ?? bands[5]

interface Placed {
  readonly family: 4 | 6
  readonly value: bigint
  readonly zone: string
}

const bitsOf = (family: 4 | 6) => (family === 4 ? 32 : 128)

/** `198.18.1`, or `fd00-198-18-1` for IPv6: the subnet as a part of a name. */
const subnetName = (ip: string): string => {
  const parsed = parseIp(ip)
  if (parsed === undefined) return ''
  const { family, value } = parsed
  const shift = BigInt(bitsOf(family) - subnet[family])
  const first = formatIp(family, (value >> shift) << shift)
  return family === 4 ? first.split('.').slice(0, 3).join('.') : slug(first.replaceAll(':', '-').replace(/-+$/, ''))
}

/** The address that says where a device is: its first IPv4 one. */
const homeOf = ({ ips }: Device): string => ips.find((ip) => !ip.includes(':')) ?? ips[0] ?? ''

/**
 * The largest networks, no larger than `longest` allows, that hold addresses of one zone alone. A network whose last address is a
 * device is split on: it would be taken for the broadcast address (RFC 919).
 */
const split = (
  family: 4 | 6,
  placed: readonly Placed[],
  longest: ReadonlyMap<string, number>,
  reaches: SeatingOptions['reaches'],
  emit: (zone: string, network: string) => void,
): void => {
  const bits = bitsOf(family)
  const walk = (all: readonly Placed[], length: number): void => {
    const first = all[0]
    if (first === undefined) return
    const size = 1n << BigInt(bits - length)
    const start = (first.value / size) * size
    const isOne = all.every(({ zone }) => zone === first.zone)
    const isBroadcast = family === 4 && length <= 30 && all.some(({ value }) => value === start + size - 1n)
    const network = `${formatIp(family, start)}/${length}`
    const fits = isOne && !isBroadcast && length >= (longest.get(first.zone) ?? subnet[family])
    if (length === bits || (fits && reaches?.(network) !== true)) {
      emit(first.zone, network)
      return
    }
    const middle = start + size / 2n
    walk(
      all.filter(({ value }) => value < middle),
      length + 1,
    )
    walk(
      all.filter(({ value }) => value >= middle),
      length + 1,
    )
  }
  walk(placed, 0)
}

/** Networks of each zone. Zones in different VLANs may share addresses, so each VLAN is done for itself. */
const networksOf = (
  placed: readonly Placed[],
  reaches: SeatingOptions['reaches'],
): ReadonlyMap<string, readonly string[]> => {
  const shorter = new Map<string, number>()
  for (;;) {
    const networks = new Map<string, string[]>()
    const longest = (family: 4 | 6) =>
      new Map([...shorter].map(([zone, steps]) => [zone, Math.max(0, subnet[family] - steps * 8)]))
    for (const family of [4, 6] as const)
      split(
        family,
        placed.filter((each) => each.family === family),
        longest(family),
        reaches,
        (zone, network) => {
          const known = networks.get(zone)
          if (known === undefined) networks.set(zone, [network])
          else known.push(network)
        },
      )
    const large = [...networks].filter(
      ([zone, list]) => list.length > manyNetworks && (shorter.get(zone) ?? 0) < 3 && zone.startsWith('external'),
    )
    if (large.length === 0) return networks
    for (const [zone] of large) shorter.set(zone, (shorter.get(zone) ?? 0) + 1)
  }
}

export interface SeatingOptions {
  /** Names that are no longer free. */
  readonly taken: ReadonlySet<string>
  /** The zone of a device that has one already. */
  readonly fixed?: (device: Device) => string | undefined
  /** Whether a network reaches into what belongs to another zone already. */
  readonly reaches?: (network: string) => boolean
}

/** Puts devices into zones; those that have one already are in none of the zones returned. */
export const seatingOf = (
  all: readonly Device[],
  { taken, fixed = () => undefined, reaches }: SeatingOptions,
): Seating => {
  const settled = new Map(all.map((device) => [device, fixed(device)]))
  const devices = all.filter((device) => settled.get(device) === undefined)
  const vlans = new Set(all.map(({ vlan }) => vlan))
  const several = vlans.size > 1
  const controls = new Set(
    devices
      .filter(({ level, told }) => told?.zone === undefined && level.value < 2)
      .map((device) => subnetName(homeOf(device))),
  )
  const free = (name: string): string => {
    let tried = name
    for (let n = 2; taken.has(tried); n++) tried = `${name}-${n}`
    return tried
  }
  const nameOf = (device: Device): string => {
    const band = bandOf(device.level.value)
    const said = device.told?.zone === undefined ? '' : slug(device.told.zone)
    const cell = band.name === 'control' && controls.size > 1 ? `-${subnetName(homeOf(device))}` : ''
    const base = said === '' ? `${band.name}${cell}` : said
    return several && device.vlan !== 0 ? `${base}-vlan-${device.vlan}` : base
  }
  const members = Map.groupBy(devices, nameOf)
  const names = new Map([...members.keys()].map((name) => [name, free(name)]))
  const zoneOf = (device: Device) => names.get(nameOf(device)) ?? ''
  const networks = new Map<string, readonly string[]>()
  for (const vlan of vlans) {
    const placed = devices
      .filter((device) => device.vlan === vlan)
      .flatMap((device) =>
        device.ips.flatMap((ip): Placed[] => {
          const parsed = parseIp(ip)
          return parsed === undefined ? [] : [{ ...parsed, zone: zoneOf(device) }]
        }),
      )
      .toSorted((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
    for (const [zone, list] of networksOf(placed, reaches)) networks.set(zone, list)
  }
  const zones = [...members]
    .map(([key, inside]): PlannedZone => {
      const name = names.get(key) ?? key
      const vlan = inside[0]?.vlan ?? 0
      return {
        name,
        level: Math.max(...inside.map(({ level }) => bandOf(level.value).level)),
        networks: networks.get(name) ?? [],
        ...(several ? { vlan } : {}),
        devices: inside,
      }
    })
    .toSorted((a, b) => a.level - b.level || byText(a.name, b.name))
  return {
    zones,
    seats: new Map(all.map((device) => [device, { device, zone: settled.get(device) ?? zoneOf(device) }])),
  }
}
