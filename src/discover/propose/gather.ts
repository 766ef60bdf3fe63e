/** What a proposal is made of: who is in it, where, and what of it may be permitted. */
import { isProtocolName } from '#protocols/index.ts'
import type { Site } from '#schema/site.ts'
import type { Device, Inventory, Observed, Sign } from '../model.ts'
import { assetOf, bindingsOf, sharedMacs } from './assets.ts'
import { keptOf, type Kept, type Selection } from './kept.ts'
import { isPermittable, pairsOf, type Pair } from './pairs.ts'
import type { Wire } from './ports.ts'
import type { Excluded, Seat } from './proposal.ts'
import { etherTypeName } from './services.ts'
import type { PlannedZone, Seating } from './zones.ts'

/** A person said who it is. */
const isTold = ({ told }: Device): boolean =>
  told?.name !== undefined || told?.kind !== undefined || told?.owner !== undefined

/**
 * Devices that have a part in something that may be permitted, that nothing is known against, or that a person knows: who is no asset
 * is a stranger, which mode `contain` stops at its first packet.
 */
const members = (
  observed: Observed,
  inventory: Inventory,
  signs: readonly Sign[],
  selection: Selection,
): readonly Device[] => {
  const part = new Set<Device>(selection.unicast.flatMap(({ client, server }) => [client, server]))
  for (const { client } of selection.group) part.add(client)
  for (const { client, server } of selection.frames) part.add(client).add(server)
  const named = new Set<Device | undefined>()
  for (const { vlan, source } of signs) named.add(inventory.at(vlan, source))
  for (const { vlan, client, server, cast } of observed.conversations) {
    named.add(inventory.at(vlan, client))
    if (cast === 'unicast') named.add(inventory.at(vlan, server))
  }
  const accused = new Set(signs.map(({ vlan, source }) => inventory.at(vlan, source)))
  // To begin a session around what was taken out of it is no conversation.
  const talking = new Set(
    selection.unicast
      .filter(
        ({ whole, commands, engineering }) =>
          whole || engineering.length > 0 || commands.some(({ risk }) => risk !== 'session'),
      )
      .flatMap(({ client, server }) => [client, server]),
  )
  return inventory.devices.filter((device) => {
    if (device.silent || device.ips.length === 0) return false
    if (isTold(device)) return true
    // Who is the source of a sign must do something else that is normal: broadcasts alone do not make it one of the plant.
    if (accused.has(device)) return talking.has(device)
    return part.has(device) || !named.has(device)
  })
}

/** The zone of a device without an IP address: one of its level. */
const nearest = (zones: readonly PlannedZone[], { level }: Device): string | undefined =>
  zones.toSorted((a, b) => Math.abs(a.level - level.value) - Math.abs(b.level - level.value))[0]?.name

interface Sorted {
  readonly permit: readonly Pair[]
  readonly decide: readonly Pair[]
  readonly excluded: readonly Excluded[]
  readonly aside: readonly string[]
}

const pairText = ({ client, server, service }: Pair) => `${client.id} to ${server.id}, ${service}`

/** What is permitted, what a person decides about, and what crosses no edge. */
const sorted = (pairs: readonly Pair[], seats: ReadonlyMap<Device, Seat>, wire: Wire): Sorted => {
  const permit: Pair[] = []
  const decide: Pair[] = []
  const excluded: Excluded[] = []
  const aside: string[] = []
  for (const pair of pairs) {
    const { client, server, conversations, engineering, protocol, commands, service } = pair
    const [from, to] = [seats.get(client)?.zone, seats.get(server)?.zone]
    if (from === undefined || to === undefined) continue
    const ids = conversations.map(({ id }) => id)
    if (!wire.crosses(from, to)) {
      aside.push(...ids)
      continue
    }
    const safe = server.kind.value === 'sis'
    const unsafe = protocol === undefined ? [] : commands.filter(({ risk }) => risk !== 'read' && risk !== 'session')
    if (safe && (protocol === undefined || unsafe.length > 0 || engineering.length > 0))
      excluded.push({
        why: 'safety',
        text: `${pairText(pair)}: a safety system is read and nothing else`,
        conversations: ids,
        commands: [...unsafe, ...engineering].map(({ id }) => id),
      })
    const kept = safe
      ? { ...pair, whole: false, commands: commands.filter(({ risk }) => risk === 'read' || risk === 'session') }
      : pair
    if (!(safe && protocol === undefined) && isPermittable(kept)) permit.push(kept)
    if (!safe && engineering.length > 0 && isProtocolName(service)) decide.push({ ...pair, commands: engineering })
    else if (!safe && engineering.length > 0)
      excluded.push({
        why: 'not-expressible',
        text: `${pairText(pair)}: engineering on a port where commands cannot be judged`,
        conversations: ids,
        commands: engineering.map(({ id }) => id),
      })
  }
  return { permit, decide, excluded, aside }
}

/** Frames between two assets with Ethernet addresses are a conduit; the rest is a row for their zones. */
const framesOf = (
  frames: readonly Kept[],
  assets: Site['assets'],
  seats: ReadonlyMap<Device, Seat>,
  wire: Wire,
): { readonly pairs: readonly Pair[]; readonly rows: readonly Kept[] } => {
  const bound = (device: Device) => (assets[device.id]?.macs ?? []).length > 0
  const crossing = frames.filter(({ client, server }) => {
    const [from, to] = [seats.get(client)?.zone, seats.get(server)?.zone]
    return from === undefined || to === undefined || wire.crosses(from, to)
  })
  const [pairs, rows]: [Kept[], Kept[]] = [[], []]
  for (const kept of crossing)
    (kept.conversation.etherType >= 0x600 && bound(kept.client) && bound(kept.server) ? pairs : rows).push(kept)
  // An EtherType has no client: both directions are permitted, and one conduit says so.
  const once = Map.groupBy(pairs, ({ client, server, conversation }) =>
    [[client.id, server.id].toSorted().join(' '), etherTypeName(conversation.etherType)].join(' '),
  )
  return {
    rows,
    pairs: [...once.values()].flatMap((list) => {
      const [first] = list
      if (first === undefined) return []
      const conversations = list.map(({ conversation }) => conversation)
      const service = etherTypeName(first.conversation.etherType)
      return [
        {
          client: first.client,
          server: first.server,
          service,
          commands: [],
          engineering: [],
          conversations,
          whole: true,
        },
      ]
    }),
  }
}

export interface Gathered {
  readonly zones: readonly PlannedZone[]
  readonly seats: ReadonlyMap<Device, Seat>
  readonly wire: Wire
  readonly assets: Site['assets']
  /** What conduits are made of: IP, and frames between two assets. */
  readonly permit: readonly Pair[]
  readonly decide: readonly Pair[]
  readonly group: Selection['group']
  readonly frames: readonly Kept[]
  readonly excluded: readonly Excluded[]
  readonly aside: readonly string[]
  /** The zone of a device, also of one without an IP address. */
  readonly zoneOf: (device: Device) => string | undefined
}

/** Where devices are placed, and which pairs of zones an edge stands between. */
export interface Placing {
  /** @param excluded what was left out of all that was seen */
  readonly seating: (devices: readonly Device[], excluded: readonly Excluded[]) => Seating
  readonly wire: (seating: Seating, shared: ReadonlySet<string>) => Wire
}

/** Who is in a proposal, and all that may be permitted. @throws Fault as placing does */
export const gather = (
  observed: Observed,
  inventory: Inventory,
  signs: readonly Sign[],
  placing: Placing,
): Gathered => {
  const selection = keptOf(observed, inventory, signs)
  const devices = members(observed, inventory, signs, selection)
  const seating = placing.seating(devices, selection.excluded)
  const { zones, seats } = seating
  const shared = sharedMacs(devices)
  const wire = placing.wire(seating, shared)
  const macsOf = bindingsOf(observed, signs)
  const assets: Site['assets'] = Object.fromEntries(
    devices.flatMap((device) => {
      const seat = seats.get(device)
      return seat === undefined ? [] : [[device.id, assetOf(seat, macsOf, shared)]]
    }),
  )
  const { permit, decide, excluded, aside } = sorted(pairsOf(selection.unicast), seats, wire)
  const frames = framesOf(selection.frames, assets, seats, wire)
  return {
    zones,
    seats,
    wire,
    assets,
    permit: [...permit, ...frames.pairs],
    decide,
    group: selection.group,
    frames: frames.rows,
    excluded: [...selection.excluded, ...excluded],
    aside,
    zoneOf: (device) => seats.get(device)?.zone ?? (device.ips.length === 0 ? nearest(zones, device) : undefined),
  }
}
