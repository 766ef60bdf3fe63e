/**
 * The smallest readable policy that permits what was seen and does not look like an attack. The same observations give the same
 * text.
 */
import { Fault } from '#core/errors.ts'
import { isProtocolName } from '#protocols/index.ts'
import type { Site } from '#schema/site.ts'
import type { Command, Conversation, Device, Inventory, Observed, Sign } from '../model.ts'
import { assetOf, bindingsOf, sharedMacs } from './assets.ts'
import { endsOf, writeConduit, writeDecision } from './conduits.ts'
import { documentOf } from './document.ts'
import { groupTrafficOf } from './group-traffic.ts'
import { blocksOf } from './grouping.ts'
import { keptOf, type Kept, type Selection } from './kept.ts'
import { namer } from './names.ts'
import { isPermittable, pairsOf, type Pair } from './pairs.ts'
import { wireOf, type Wire } from './ports.ts'
import { proofsOf } from './proofs.ts'
import type { Excluded, Proposal, ProposeOptions, Seat } from './proposal.ts'
import { etherTypeName, isCompanion } from './services.ts'
import { verify } from './verify.ts'
import { seatingOf, type PlannedZone } from './zones.ts'

/** Days after which what is for decision ends, once it is permitted. */
const decisionDays = 90
const dayMs = 86_400_000

/** Devices that have a part in something that may be permitted, or that nothing is known against. */
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
  const talking = new Set(selection.unicast.flatMap(({ client, server }) => [client, server]))
  return inventory.devices.filter((device) => {
    if (device.silent || device.ips.length === 0) return false
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

const lookLike = (pair: Pick<Pair, 'engineering' | 'commands'>, signs: readonly Sign[]): readonly string[] => {
  const ids = new Set([...pair.engineering, ...pair.commands].map(({ id }) => id))
  return signs
    .filter(({ commands }) => commands.some((id) => ids.has(id)))
    .map(({ kind, techniques, text }) => `Looks like ${kind} (${techniques.join(', ')}): ${text}`)
}

const commandsById = (conversations: readonly Conversation[]): ReadonlyMap<string, Command> =>
  new Map(conversations.flatMap(({ commands }) => commands.map((command) => [command.id, command])))

/**
 * Proposes a policy.
 * @throws Fault `not-found` when nothing that was seen can be permitted; `usage` when options contradict what was seen
 */
export const propose = (
  observed: Observed,
  inventory: Inventory,
  signs: readonly Sign[],
  options: ProposeOptions = {},
): Proposal => {
  const selection = keptOf(observed, inventory, signs)
  const devices = members(observed, inventory, signs, selection)
  if (devices.length === 0)
    throw new Fault('not-found', 'Nothing was seen that a policy could permit: no device with an IP address spoke.', {
      advice: 'Capture where IP traffic passes, for longer, and run `bulkhead discover` on it.',
    })
  const seating = seatingOf(devices, new Set(devices.map(({ id }) => id)))
  const { zones, seats } = seating
  const shared = sharedMacs(devices)
  const wire = wireOf(zones, seats, shared, options)
  const macsOf = bindingsOf(observed, signs)
  const assets: Site['assets'] = Object.fromEntries(
    devices.flatMap((device) => {
      const seat = seats.get(device)
      return seat === undefined ? [] : [[device.id, assetOf(seat, macsOf, shared)]]
    }),
  )
  const naming = namer([...devices.map(({ id }) => id), ...zones.map(({ name }) => name), 'any', 'maintenance'])
  const ends = endsOf(naming)
  const ids = namer([])
  const pairs = pairsOf(selection.unicast)
  const { permit, decide, excluded, aside } = sorted(pairs, seats, wire)
  const frames = framesOf(selection.frames, assets, seats, wire)
  const commands = commandsById(observed.conversations)
  const conduits = blocksOf([...permit, ...frames.pairs]).map((block) => writeConduit(block, ends, ids, commands))
  const last = Math.max(0, ...observed.captures.map((capture) => capture.last))
  const now = options.now ?? last
  const expires = new Date(now + decisionDays * dayMs).toISOString().slice(0, 10)
  const decisions = blocksOf(decide).map((block) =>
    writeDecision(block, ends, ids, commands, expires, lookLike({ engineering: [], commands: block.commands }, signs)),
  )
  const zoneOf = (device: Device) =>
    seats.get(device)?.zone ?? (device.ips.length === 0 ? nearest(zones, device) : undefined)
  const covered = (conversation: Conversation) =>
    conduits.some(
      ({ block: { protocol, conversations } }) =>
        protocol !== undefined && conversations.some((main) => isCompanion(protocol, main, conversation)),
    )
  const traffic = groupTrafficOf(selection.group, frames.rows, zoneOf, covered)
  const all = [...selection.excluded, ...excluded, ...traffic.excluded]
  const text = documentOf({
    observed,
    options,
    ports: wire.ports,
    inside: wire.inside,
    zones,
    assets,
    groups: ends.groups,
    conduits,
    decisions,
    traffic,
    tests: proofsOf(conduits, decisions),
    excluded: all,
    aside,
  })
  const { site, defects } = verify(text, now)
  if (site === undefined)
    throw new Fault('internal', 'The proposed policy is no policy.', { details: defects.map((defect) => defect.text) })
  return {
    site,
    text,
    conduits: conduits.map(({ lines: _lines, block: _block, ...conduit }) => conduit),
    decisions: decisions.map(({ block: _block, ...decision }) => decision),
    excluded: all,
    aside,
    questions: inventory.questions,
    defects,
  }
}
