/** What a running edge has found in shadow: its counters and its events, in place of captures. */
import { Fault } from '#core/errors.ts'
import { callEdge, readEvents } from '#edge/control/client.ts'
import type { EdgeStatus } from '#schema/control.ts'
import type { Event, EventEnd } from '#schema/event.ts'
import { socketNamed } from '../edge/connection.ts'

/** Events looked at, the newest: as many as an edge gives at once. */
const maxEvents = 10_000
/** Findings told apart. */
const maxFindings = 1000

export interface Finding {
  readonly kind: 'would-deny' | 'would-contain' | 'would-deny-command' | 'would-spoof'
  readonly source: string
  readonly destination: string
  /** `tcp/502`, a service with its command, an EtherType. */
  readonly what: string
  readonly zone?: string
  readonly conduit?: string
  readonly essential: boolean
  readonly count: number
  readonly first: string
  readonly last: string
  readonly text: string
}

export interface LiveResult {
  readonly site: string
  readonly edge: string
  /** Since when its rules count, and until when they were asked. */
  readonly since: string
  readonly until: string
  readonly summary: {
    /** Packets that enforcement would have denied, commands it would have refused, sources it would have contained. */
    readonly packets: number
    readonly commands: number
    readonly contained: number
    /** Commands of essential conduits that would have been refused. */
    readonly essential: number
  }
  /** Zones that do not enforce yet. */
  readonly zones: readonly {
    readonly name: string
    readonly mode: string
    readonly packets: number
    readonly perDay?: number
  }[]
  readonly conduits: readonly {
    readonly id: string
    readonly essential: boolean
    readonly messages: number
    readonly wouldDeny: number
  }[]
  readonly findings: readonly Finding[]
  /** What the figures do not say, in sentences. */
  readonly blind: readonly string[]
}

const endText = (end: EventEnd | undefined): string => {
  const address = end?.ip ?? end?.mac
  if (end?.asset === undefined) return address ?? '-'
  return address === undefined ? end.asset : `${end.asset} (${address})`
}

const kindOf = ({ kind, reason }: Event): Finding['kind'] | undefined => {
  if (kind === 'would-deny' || kind === 'would-contain' || kind === 'would-deny-command') return kind
  return kind === 'spoof' && reason === 'would-spoof' ? 'would-spoof' : undefined
}

const whatOf = ({ protocol, port, details }: Event): string => {
  const { service, op, what } = details ?? {}
  if (typeof service === 'string') return [service, op, what].filter((part) => typeof part === 'string').join(' ')
  return [protocol, port].filter((part) => part !== undefined).join('/') || '-'
}

/** One row for events that say the same of the same ends. */
const findingsOf = (
  events: readonly Event[],
  essentials: ReadonlySet<string>,
): { readonly findings: readonly Finding[]; readonly more: number } => {
  const rows = new Map<string, Finding>()
  let more = 0
  for (const event of events) {
    const kind = kindOf(event)
    if (kind === undefined) continue
    const { zone, conduit, count, first, last, text } = event
    const ends = { source: endText(event.source), destination: endText(event.destination), what: whatOf(event) }
    const key = [kind, ends.source, ends.destination, ends.what, zone, conduit].join(' ')
    const known = rows.get(key)
    if (known === undefined && rows.size >= maxFindings) {
      more++
      continue
    }
    rows.set(key, {
      kind,
      ...ends,
      ...(zone === undefined ? {} : { zone }),
      ...(conduit === undefined ? {} : { conduit }),
      essential: conduit !== undefined && essentials.has(conduit),
      text,
      count: (known?.count ?? 0) + count,
      first: known === undefined || first < known.first ? first : known.first,
      last: known === undefined || last > known.last ? last : known.last,
    })
  }
  const findings = [...rows.values()].toSorted(
    (a, b) => Number(b.essential) - Number(a.essential) || b.count - a.count || a.source.localeCompare(b.source),
  )
  return { findings, more }
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const blindOf = (status: EdgeStatus, ms: number, events: readonly Event[], more: number): readonly string[] => {
  const observed = status.zones.filter(({ mode }) => mode === 'observe').map(({ name }) => name)
  const enforced = status.zones.filter(({ mode }) => mode === 'enforce' || mode === 'contain').map(({ name }) => name)
  return [
    ...(ms < hourMs ? ['The rules have counted for less than an hour: figures per day cannot be told.'] : []),
    ...(ms < 7 * dayMs ? ['They have not counted for a week: weekly work may not have happened yet.'] : []),
    ...(observed.length === 0
      ? []
      : [
          `${observed.join(', ')}: in mode observe, which counts packets and records no events. Mode shadow names them.`,
        ]),
    ...(enforced.length === 0 ? [] : [`${enforced.join(', ')}: enforced already; see \`bulkhead edge status\`.`]),
    ...(events.length < maxEvents ? [] : [`Only the newest ${maxEvents} events were looked at.`]),
    ...(more === 0 ? [] : [`${more} further events are in no row.`]),
  ]
}

/** Figures of a status with its events: pure. */
const liveFrom = (status: EdgeStatus, events: readonly Event[]): LiveResult => {
  const essentials = new Set(status.conduits.flatMap(({ id, essential }) => (essential ? [id] : [])))
  const since = Date.parse(status.plan.applied)
  const ms = Math.max(0, Date.parse(status.time) - since)
  const zones = status.zones
    .filter(({ mode }) => mode === 'observe' || mode === 'shadow')
    .map((zone) => {
      const packets = zone.observed + zone['would-deny']
      return {
        name: zone.name,
        mode: zone.mode,
        packets,
        ...(ms < hourMs ? {} : { perDay: Math.round((packets * dayMs) / ms) }),
      }
    })
  const conduits = status.inspection.conduits
    .filter(({ watched, counts }) => watched || counts.wouldDeny > 0)
    .map(({ id, counts: { messages, wouldDeny } }) => ({ id, essential: essentials.has(id), messages, wouldDeny }))
  const { findings, more } = findingsOf(events, essentials)
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0)
  return {
    site: status.site,
    edge: status.edge,
    since: status.plan.applied,
    until: status.time,
    summary: {
      packets: sum(zones.map(({ packets }) => packets)),
      commands: sum(conduits.map(({ wouldDeny }) => wouldDeny)),
      contained: findings.filter(({ kind }) => kind === 'would-contain').length,
      essential: sum(conduits.map(({ essential, wouldDeny }) => (essential ? wouldDeny : 0))),
    },
    zones,
    conduits,
    findings,
    blind: blindOf(status, ms, events, more),
  }
}

/**
 * @param source `edge:` for the edge of this machine, `edge:NAME` for one of several, `edge:/path` for its control socket
 * @throws Fault `usage` for another source, `edge-unreachable` when none answers
 */
export const liveResult = async (source: string, edge: string | undefined): Promise<LiveResult> => {
  if (!source.startsWith('edge:'))
    throw new Fault('usage', `--live takes \`edge:\`, \`edge:NAME\` or \`edge:SOCKET\`, not \`${source}\`.`, {
      advice: 'Write --live edge: for the edge of this machine.',
    })
  const socket = socketNamed(source.slice('edge:'.length) || (edge ?? ''))
  const status = await callEdge(socket, 'status', {})
  const kind = ['would-deny', 'would-contain', 'would-deny-command', 'spoof']
  // Events are of the rules that count now: what an earlier policy would have denied says nothing about this one.
  return liveFrom(status, await readEvents(socket, { kind, since: status.plan.applied, limit: maxEvents }))
}
