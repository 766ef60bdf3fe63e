import type { EdgeStatus } from '#schema/control.ts'
import { count, plural, type Column, type Output, type Style } from '../output.ts'
import { legible } from '#core/legible.ts'
import { ago, clock, left } from './time.ts'

type State = EdgeStatus['state']
type Row<K extends 'zones' | 'conduits' | 'ports' | 'containments' | 'permits' | 'denies'> = EdgeStatus[K][number]

export interface ViewOptions {
  /** ms since 1970 */
  readonly now: number
  readonly timezone?: string
  /** Rows of a long table that are shown. */
  readonly rows: number
}

const stateStyle: Record<State, Style> = {
  bypassed: ['bold', 'white', 'bgRed'],
  altered: ['bold', 'white', 'bgRed'],
  pending: ['bold', 'black', 'bgYellow'],
  observing: ['bold', 'cyan'],
  enforcing: ['bold', 'green'],
}

const sayState: Record<State, (status: EdgeStatus, options: ViewOptions) => string> = {
  bypassed: ({ bypass }, { now, timezone }) =>
    bypass === undefined
      ? 'BYPASSED: everything passes'
      : `BYPASSED until ${clock(bypass.until, now, timezone)} (${left(bypass.until, now)} left): everything passes. ${legible(bypass.reason)}, by ${legible(bypass.by)}`,
  altered: () => 'ALTERED: somebody else changed the rules of this edge',
  pending: ({ plan: { deadline } }, { now, timezone }) =>
    deadline === undefined
      ? 'PENDING: the policy waits for `bulkhead edge confirm`'
      : `PENDING: rolls back at ${clock(deadline, now, timezone)} (${left(deadline, now)} left) unless \`bulkhead edge confirm\``,
  observing: () => 'OBSERVING: nothing is denied',
  enforcing: () => 'ENFORCING',
}

/** The first line of `status`. A bypass comes before everything else. */
export const stateLine = (status: EdgeStatus, output: Output, options: ViewOptions): string => {
  const state = status.bypass === undefined ? status.state : 'bypassed'
  return output.paint(stateStyle[state], sayState[state](status, options))
}

const hostWord = { running: '', starting: ', nobody answers for them yet', down: ', NOBODY ANSWERS FOR THEM' } as const

const decoyLine = ({ decoys }: EdgeStatus): string[] =>
  decoys === undefined
    ? []
    : [
        `Decoys  ${count(decoys.standing)} on ${plural(decoys.stations, 'Ethernet address', 'Ethernet addresses')}, ${plural(decoys.contacts, 'contact')}${decoys.withdrawn === 0 ? '' : `, ${count(decoys.withdrawn)} left to somebody else`}${hostWord[decoys.host]}`,
      ]

const managerLine = ({ manager }: EdgeStatus, { now }: ViewOptions): string[] => {
  if (manager === undefined) return []
  const waiting = manager.waiting === 0 ? '' : `, ${plural(manager.waiting, 'event')} to send`
  const where = manager.connected
    ? `${legible(manager.name ?? '')} at ${legible(manager.url ?? '')}, linked since ${ago(manager.since, now)}`
    : `not reached since ${ago(manager.since, now)}${manager.problem === undefined ? '' : `: ${legible(manager.problem)}`}`
  return [`Manager ${where}${waiting}`]
}

const identity = (status: EdgeStatus, { now, timezone }: ViewOptions): string => {
  const { plan } = status
  const confirmed = plan.confirmed ? 'confirmed' : 'not confirmed'
  return [
    `Edge    ${status.edge} of ${status.site}, ${status.kind}, daemon ${status.pid} up ${ago(status.started, now).replace(' ago', '')}`,
    `Policy  ${plan.digest.slice(0, 12)}, generation ${plan.generation}, ${confirmed}, since ${clock(plan.applied, now, timezone)}`,
    `Events  ${count(status.events.stored)} stored${status.events.dropped === 0 ? '' : `, ${count(status.events.dropped)} dropped`}`,
    ...decoyLine(status),
    ...managerLine(status, { now, rows: 0 }),
  ].join('\n')
}

const number = (value: number): string => (value === 0 ? '-' : count(value))

const portColumns: readonly Column<Row<'ports'>>[] = [
  { title: 'PORT', cell: ({ name }) => name },
  { title: 'DEVICE', cell: ({ device }) => device },
  { title: 'LINK', cell: ({ up }) => (up ? 'up' : 'DOWN'), style: ({ up }) => (up ? undefined : 'red') },
  { title: 'ZONES', cell: ({ zones }) => zones.join(', ') },
]

const modeStyle: Record<Row<'zones'>['mode'], Style | undefined> = {
  observe: 'dim',
  shadow: 'cyan',
  enforce: undefined,
  contain: 'green',
}
const zoneColumns: readonly Column<Row<'zones'>>[] = [
  { title: 'ZONE', cell: ({ name }) => name },
  {
    title: 'MODE',
    cell: ({ mode, island }) => (island ? `${mode}, ISOLATED` : mode),
    style: ({ mode, island }) => (island ? 'red' : modeStyle[mode]),
  },
  {
    title: 'DENIED',
    right: true,
    cell: ({ denied }) => number(denied),
    style: ({ denied }) => (denied > 0 ? 'yellow' : undefined),
  },
  { title: 'WOULD DENY', right: true, cell: (zone) => number(zone['would-deny']) },
  { title: 'OBSERVED', right: true, cell: ({ observed }) => number(observed) },
  { title: 'INSIDE', right: true, cell: ({ intra }) => number(intra) },
]

const opening = ({ open, until }: Row<'conduits'>, { now, timezone }: ViewOptions): string => {
  const word = open ? 'open' : 'closed'
  return until === undefined ? word : `${word} until ${clock(until, now, timezone)}`
}
const conduitColumns = (options: ViewOptions): readonly Column<Row<'conduits'>>[] => [
  {
    title: 'CONDUIT',
    cell: ({ id, essential }) => (essential ? `${id} *` : id),
    style: ({ open }) => (open ? undefined : 'dim'),
  },
  { title: 'FROM', cell: ({ from }) => from },
  { title: 'TO', cell: ({ to }) => to },
  { title: 'SERVICE', cell: ({ service }) => service },
  { title: 'PACKETS', right: true, cell: ({ hits }) => number(hits.packets) },
  { title: 'LAST', cell: ({ hits }) => ago(hits.last, options.now) },
  { title: 'WINDOW', cell: (conduit) => opening(conduit, options) },
]

type Judged = EdgeStatus['inspection']['conduits'][number]
const judgedColumns: readonly Column<Judged>[] = [
  { title: 'COMMANDS ON', cell: ({ id, watched }) => (watched ? `${id} (watched)` : id) },
  { title: 'MESSAGES', right: true, cell: ({ counts }) => number(counts.messages) },
  {
    title: 'REFUSED',
    right: true,
    cell: ({ counts }) => number(counts.denied),
    style: ({ counts }) => (counts.denied > 0 ? 'yellow' : undefined),
  },
  { title: 'WOULD REFUSE', right: true, cell: ({ counts }) => number(counts.wouldDeny) },
  { title: 'RESET', right: true, cell: ({ counts }) => number(counts.resets) },
  { title: 'WAIT p50', right: true, cell: ({ latency }) => (latency === undefined ? '-' : `< ${latency.p50} µs`) },
  { title: 'p99', right: true, cell: ({ latency }) => (latency === undefined ? '-' : `< ${latency.p99} µs`) },
  { title: 'p99.9', right: true, cell: ({ latency }) => (latency === undefined ? '-' : `< ${latency.p999} µs`) },
]

type Queue = EdgeStatus['inspection']['queues'][number]
const queueColumns: readonly Column<Queue>[] = [
  { title: 'INSPECTOR', cell: ({ role, queue }) => (role === 'watch' ? 'watch' : `${role} ${queue}`) },
  { title: 'STATE', cell: ({ state }) => state, style: ({ state }) => (state === 'judging' ? undefined : 'red') },
  { title: 'PROCESS', right: true, cell: ({ pid }) => (pid === 0 ? '-' : String(pid)) },
  { title: 'RESTARTS', right: true, cell: ({ restarts }) => number(restarts) },
]

/** What a person must know about connections before touching an inspector. */
const inspectionNotes = ({ inspection: { translated, unsynchronised, uninspected } }: EdgeStatus): string[] => [
  ...(translated === 0
    ? []
    : [
        `${plural(translated, 'connection')} carried a refused command: not seamlessly bypassable, reset if the inspector ends.`,
      ]),
  ...(unsynchronised === 0
    ? []
    : [`${plural(unsynchronised, 'connection')} picked up in the middle: no message found yet.`]),
  ...(uninspected.packets === 0 && uninspected.dropped === 0
    ? []
    : [
        `Uninspected since the rules were loaded: ${count(uninspected.packets)} packets passed, ${count(uninspected.dropped)} were stopped.`,
      ]),
]

const denyColumns = ({ now }: ViewOptions): readonly Column<Row<'denies'>>[] => [
  { title: 'DENY', cell: ({ id }) => id },
  { title: 'PACKETS', right: true, cell: ({ hits }) => number(hits.packets) },
  { title: 'LAST', cell: ({ hits }) => ago(hits.last, now) },
]

const containmentColumns = ({ now }: ViewOptions): readonly Column<Row<'containments'>>[] => [
  { title: 'CONTAINED', cell: ({ ip }) => ip, style: () => 'red' },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'AT', cell: ({ port, vlan }) => `${port ?? '-'}${vlan === 0 ? '' : ` VLAN ${vlan}`}` },
  { title: 'MAC', cell: ({ mac }) => mac ?? '-' },
  { title: 'LEFT', cell: ({ expires }) => left(expires, now) },
  { title: 'BY', cell: ({ by }) => by ?? 'kernel' },
  { title: 'REASON', cell: ({ reason }) => reason ?? '-' },
]

export const permitColumns = ({ now }: ViewOptions): readonly Column<Row<'permits'>>[] => [
  { title: 'PERMIT', cell: ({ id }) => id },
  { title: 'FROM', cell: ({ from, mac }) => (mac === undefined ? from : `${from} (${mac})`) },
  { title: 'TO', cell: ({ to }) => to },
  { title: 'SERVICE', cell: ({ service }) => service },
  { title: 'LEFT', cell: ({ expires }) => left(expires, now) },
  { title: 'BY', cell: ({ by }) => by },
  { title: 'REASON', cell: ({ reason }) => reason },
]

const counterColumns = ({ now }: ViewOptions): readonly Column<readonly [string, Row<'denies'>['hits']]>[] => [
  { title: 'COUNTER', cell: ([name]) => name },
  { title: 'PACKETS', right: true, cell: ([, hits]) => number(hits.packets) },
  { title: 'LAST', cell: ([, hits]) => ago(hits.last, now) },
]

/** What a person reads on `bulkhead edge status`. */
export const statusText = (status: EdgeStatus, output: Output, options: ViewOptions): string => {
  const section = <R>(
    rows: readonly R[],
    columns: readonly Column<R>[],
    noun: string,
    inAll = rows.length,
  ): string[] => {
    if (rows.length === 0) return []
    const listed = rows.slice(0, options.rows)
    const hidden = inAll - listed.length
    const shown = output.table(listed, columns)
    const rest = rows.length > listed.length ? ': --all' : ', too many to list'
    return [hidden > 0 ? `${shown}\n… and ${plural(hidden, `more ${noun}`)}${rest}` : shown]
  }
  const active = Object.entries(status.counters).filter(([, { packets }]) => packets > 0)
  const alarms = status.alarms.map((alarm) => output.paint(['bold', 'red'], `! ${legible(alarm)}`))
  return [
    [stateLine(status, output, options), ...alarms, identity(status, options)].join('\n'),
    ...section(status.containments, containmentColumns(options), 'containment', status.contained),
    ...section(status.permits, permitColumns(options), 'permit'),
    ...section(status.ports, portColumns, 'port'),
    ...section(status.zones, zoneColumns, 'zone'),
    ...section(status.conduits, conduitColumns(options), 'conduit'),
    ...(status.conduits.some(({ essential }) => essential) ? ['* essential'] : []),
    ...section(status.inspection.conduits, judgedColumns, 'conduit'),
    ...section(status.inspection.queues, queueColumns, 'inspector'),
    ...inspectionNotes(status),
    ...section(status.denies, denyColumns(options), 'deny'),
    ...section(active, counterColumns(options), 'counter'),
  ].join('\n\n')
}
