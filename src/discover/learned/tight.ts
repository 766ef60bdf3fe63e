/**
 * Whether a proposal permits more than was seen, from the policy and what was seen alone: nothing of what proposals are made with
 * is used.
 */
import type { Constraint } from '#core/protocol.ts'
import { parseRanges } from '#policy/constraint.ts'
import { constraintsOf, isProtocolName, vocabularies, type ProtocolName } from '#protocols/index.ts'
import type { Conduit, Site } from '#schema/site.ts'
import type { Command, Conversation, Observed } from '../model.ts'
import { serves } from './serves.ts'
import { placesSeen } from './sample.ts'

/** A set of numbers may be permitted this much wider than it was seen. */
const wider = 1.2
/** Of the places of an op, each on a field of its own, at least this share was seen: two fields, each a fifth wider. */
const placesShare = 1 / (wider * wider)

export type Ranges = readonly (readonly [low: number, high: number])[]

/** What an entry says of its op: numbers by field, and names. */
export interface Entry {
  readonly op: string
  readonly numbers: Readonly<Record<string, Ranges>>
  readonly names: Readonly<Record<string, readonly string[]>>
}

const widthOf = (ranges: Ranges): number => {
  let [width, covered] = [0, Number.NEGATIVE_INFINITY]
  for (const [low, high] of ranges.toSorted(([a], [b]) => a - b)) {
    width += Math.max(0, high - Math.max(low - 1, covered))
    covered = Math.max(covered, high)
  }
  return width
}

/** Numbers of a field as they were seen; values written are from the lowest to the highest of each object. */
const numbersSeen = (field: string, commands: readonly Command[]): Ranges =>
  field === 'values'
    ? commands.flatMap(({ values }) => (values === undefined ? [] : [[Math.floor(values[0]), Math.ceil(values[1])]]))
    : commands.flatMap(({ spans }) => spans[field] ?? [])

type Written = number | string | readonly (number | string)[]

const isWritten = (value: unknown): value is Written =>
  typeof value === 'number' || typeof value === 'string' || Array.isArray(value)

const listOf = (written: Written): readonly string[] =>
  typeof written === 'object' ? written.map(String) : [String(written)]

const entryOf = (allowed: NonNullable<Conduit['allow']>[number], protocol: ProtocolName): Entry => {
  if (typeof allowed === 'string') return { op: allowed, numbers: {}, names: {} }
  const { op, ...fields } = allowed
  const constraints: Readonly<Record<string, Constraint>> = constraintsOf(vocabularies[protocol], op) ?? {}
  const numbers: Record<string, Ranges> = {}
  const names: Record<string, readonly string[]> = {}
  for (const [field, written] of Object.entries(fields)) {
    if (!isWritten(written)) continue
    if (constraints[field]?.kind === 'names') names[field] = listOf(written)
    else numbers[field] = parseRanges(written) ?? []
  }
  return { op, numbers, names }
}

const fieldComplaints = (op: string, entries: readonly Entry[], seen: readonly Command[]): readonly string[] => {
  const complaints: string[] = []
  for (const field of new Set(entries.flatMap(({ numbers }) => Object.keys(numbers)))) {
    const permitted = widthOf(entries.flatMap(({ numbers }) => numbers[field] ?? []))
    const width = widthOf(numbersSeen(field, seen))
    if (permitted > width * wider) complaints.push(`${op}: ${permitted} ${field} permitted, ${width} seen`)
  }
  for (const field of new Set(entries.flatMap(({ names }) => Object.keys(names)))) {
    const known = new Set(seen.flatMap(({ texts }) => texts[field] ?? []).map((text) => text.toLowerCase()))
    for (const name of entries.flatMap(({ names }) => names[field] ?? []))
      if (!known.has(name.toLowerCase())) complaints.push(`${op}: ${field} ${name} was not seen`)
  }
  return complaints
}

const endsOf = ({ assets, groups }: Site, name: string): readonly (readonly string[])[] =>
  (groups[name]?.assets ?? [name]).map((asset) => [...(assets[asset]?.ips ?? []), ...(assets[asset]?.macs ?? [])])

/** Between two devices; of protocols in which both ends may ask, also those that the other one is the client of. */
const between = (
  from: readonly string[],
  to: readonly string[],
  service: string,
  all: readonly Conversation[],
): readonly Conversation[] => {
  const bothAsk = isProtocolName(service)
    ? vocabularies[service].companions.some((companion) => companion.from === 'server')
    : /^(?:tcp|udp|icmp|ip)\b/.exec(service) === null
  return all.filter(
    (conversation) =>
      serves(service, conversation) &&
      ((from.includes(conversation.client) && to.includes(conversation.server)) ||
        (bothAsk && from.includes(conversation.server) && to.includes(conversation.client))),
  )
}

const conduitComplaints = (conduit: Conduit, site: Site, observed: Observed): readonly string[] => {
  const { from, to, service, allow } = conduit
  const protocol = isProtocolName(service) ? service : undefined
  if (protocol !== undefined && allow === undefined) return ['every command is permitted']
  const entries = protocol === undefined ? [] : (allow ?? []).map((allowed) => entryOf(allowed, protocol))
  const byOp = Map.groupBy(entries, ({ op }) => op)
  const complaints: string[] = []
  const inAll: Command[] = []
  for (const client of endsOf(site, from))
    for (const server of endsOf(site, to)) {
      const pair = `${client.join('/')} to ${server.join('/')}`
      const conversations = between(client, server, service, observed.conversations)
      if (conversations.length === 0) complaints.push(`${pair} was not seen`)
      const commands = conversations.flatMap((conversation) => conversation.commands)
      inAll.push(...commands)
      for (const [op, permitted] of byOp) {
        const seen = commands.filter((command) => command.op === op)
        if (seen.length === 0) complaints.push(`${pair}: ${op} was not seen`)
        const places = permitted.map((entry): Entry => {
          const { values: _values, ...numbers } = entry.numbers
          return { ...entry, numbers }
        })
        complaints.push(...fieldComplaints(op, places, seen).map((text) => `${pair}: ${text}`))
      }
    }
  if (protocol === undefined) return complaints
  for (const [op, permitted] of byOp) {
    const seen = inAll.filter((command) => command.op === op)
    complaints.push(...fieldComplaints(op, permitted, seen))
    const share = placesSeen(permitted, seen, constraintsOf(vocabularies[protocol], op) ?? {})
    if (share < placesShare) complaints.push(`${op}: of the places permitted ${(share * 100).toFixed(0)} % were seen`)
  }
  return complaints
}

/** What a policy permits that was not seen, as sentences; none of a policy that is as tight as a proposal is to be. */
export const looseIn = (site: Site, observed: Observed): readonly string[] =>
  site.conduits.flatMap((conduit) => conduitComplaints(conduit, site, observed).map((text) => `${conduit.id}: ${text}`))
