/** The parts of the live view, each as lines of a given width. Pure. */
import { legible } from '#core/legible.ts'
import { eventKinds } from '#schema/event-kinds.ts'
import { reasons, type ReasonId } from '#policy/reasons.ts'
import type { Event, EventEnd } from '#schema/event.ts'
import type { EdgeStatus } from '#schema/control.ts'
import type { PollRow } from '../messages.ts'
import type { Model, Told } from './model.ts'
import { columns, widthOf, wrap, type Line, type Span, type Style } from './text.ts'

const number = (value: number): string => value.toLocaleString('en')
const ms = (value: number | undefined): string =>
  value === undefined ? '' : value < 10 ? value.toFixed(2) : value.toFixed(1)

/** A title in a rule across the width. */
export const rule = (title: string, width: number): Line => {
  const head = title === '' ? '' : ` ${title} `
  return [
    ['──', 'dim'],
    [head, 'bold'],
    ['─'.repeat(Math.max(0, width - 2 - head.length)), 'dim'],
  ]
}

const stateStyle: Readonly<Record<EdgeStatus['state'], Style>> = {
  enforcing: ['bold', 'green'],
  observing: ['bold', 'blue'],
  bypassed: ['bold', 'yellow'],
  pending: ['bold', 'yellow'],
  altered: ['bold', 'red'],
}

export const header = ({ site, status, silent, step }: Model, elapsedMs: number, width: number): Line => {
  const state: Line = silent
    ? [['● daemon dead, kernel enforcing', ['bold', 'red']]]
    : status === undefined
      ? [[`○ ${step}`, 'yellow']]
      : [[`● ${status.state}`, stateStyle[status.state]], `  generation ${status.plan.generation}`]
  const clock = `${String(Math.floor(elapsedMs / 60_000)).padStart(2, '0')}:${String(Math.floor(elapsedMs / 1000) % 60).padStart(2, '0')}`
  const left: Line = [
    [' BULKHEAD ', ['bold', 'inverse']],
    ' ',
    [site, 'bold'],
    status === undefined ? '' : ` · ${status.edge}`,
  ]
  const right: Line = [...state, `  ${clock} `]
  return [...left, ' '.repeat(Math.max(1, width - widthOf(left) - widthOf(right))), ...right]
}

interface ConduitColumn {
  readonly title: string
  readonly width: number
  /** Shown from this width of the view on. */
  readonly from: number
  readonly cell: (
    conduit: EdgeStatus['conduits'][number],
    polls: readonly PollRow[],
    rate: number | undefined,
    judged: Judged | undefined,
  ) => string
}
/** What became of a conduit's commands; absent where none is judged. */
type Judged = EdgeStatus['inspection']['conduits'][number]
const largest = (polls: readonly PollRow[], what: 'p50' | 'p99'): number | undefined => {
  const values = polls.flatMap((row) => row[what] ?? [])
  return values.length === 0 ? undefined : Math.max(...values)
}
const total = (polls: readonly PollRow[], what: 'sent' | 'lost'): string =>
  polls.length === 0 ? '' : number(polls.reduce((sum, row) => sum + row[what], 0))

const conduitColumns: readonly ConduitColumn[] = [
  { title: 'CONDUIT', width: 19, from: 0, cell: ({ id }) => id },
  { title: 'BETWEEN', width: 20, from: 0, cell: ({ from, to }) => `${from} → ${to}` },
  { title: 'SERVICE', width: 8, from: 0, cell: ({ service }) => service },
  { title: 'PACKETS', width: -9, from: 0, cell: ({ open, hits }) => (open ? number(hits.packets) : 'closed') },
  {
    title: 'REFUSED',
    width: -7,
    from: 0,
    cell: (_conduit, _polls, _rate, judged) => (judged === undefined ? '' : number(judged.counts.denied)),
  },
  {
    title: '/S',
    width: -6,
    from: 100,
    cell: (_conduit, _polls, rate) => (rate === undefined ? '' : number(Math.round(rate))),
  },
  { title: 'POLLS', width: -8, from: 114, cell: (_conduit, polls) => total(polls, 'sent') },
  { title: 'LOST', width: -5, from: 100, cell: (_conduit, polls) => total(polls, 'lost') },
  { title: 'P50 MS', width: -6, from: 104, cell: (_conduit, polls) => ms(largest(polls, 'p50')) },
  { title: 'P99 MS', width: -6, from: 0, cell: (_conduit, polls) => ms(largest(polls, 'p99')) },
  { title: '', width: 9, from: 125, cell: ({ essential }) => (essential ? 'essential' : '') },
]

export const conduitPanel = ({ status, polls, rates }: Model, width: number): readonly Line[] => {
  const shown = conduitColumns.filter(({ from }) => width >= from)
  const widths = shown.map((column) => column.width)
  const rows = (status?.conduits ?? []).map((conduit): Line => {
    const own = polls.filter((row) => row.conduit === conduit.id)
    const rate = rates.get(conduit.id)
    const judged = status?.inspection.conduits.find(({ id }) => id === conduit.id)
    const style: Style | undefined = !conduit.open ? 'dim' : (rate ?? 0) > 0 ? undefined : 'gray'
    const cells = shown.map(({ title, cell }): Span => {
      const text = cell(conduit, own, rate, judged)
      if (title === 'REFUSED' && (judged?.counts.denied ?? 0) > 0) return [text, 'yellow']
      return style === undefined ? text : [text, style]
    })
    return [' ', ...columns(cells, widths)]
  })
  return [
    [
      ' ',
      ...columns(
        shown.map(({ title }): Span => [title, 'dim']),
        widths,
      ),
    ],
    ...rows,
  ]
}

const modeStyle: Readonly<Record<string, Style>> = {
  observe: 'blue',
  shadow: 'cyan',
  enforce: 'yellow',
  contain: 'green',
}

const decoyRow = ({ decoys }: EdgeStatus): Line => {
  if (decoys === undefined) return []
  const met = decoys.contacts === 0 ? '' : ` met ${number(decoys.contacts)}`
  return [
    ' ',
    ...columns(
      [
        'decoys',
        decoys.host === 'running' ? [number(decoys.standing), 'green'] : [decoys.host, 'red'],
        [met, 'yellow'],
      ],
      [13, 9, -10],
    ),
  ]
}

export const zonePanel = ({ status }: Model): readonly Line[] => {
  const widths = [13, 9, -10]
  return [
    [
      ' ',
      ...columns(
        ['ZONE', 'MODE', 'DENIED'].map((title): Span => [title, 'dim']),
        widths,
      ),
    ],
    ...(status?.zones ?? []).map(({ name, mode, island, denied }): Line => [
      ' ',
      ...columns(
        [name, [island ? 'island' : mode, modeStyle[mode] ?? 'bold'], [number(denied), denied > 0 ? 'yellow' : 'dim']],
        widths,
      ),
    ]),
    ...(status?.decoys === undefined ? [] : [decoyRow(status)]),
  ]
}

const left = (expires: string, now: number): string => {
  const seconds = Math.max(0, Math.round((Date.parse(expires) - now) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Who is contained, longest first: with one time for all, the newest. */
export const containmentPanel = ({ status, machines }: Model, now: number, height: number): readonly Line[] => {
  const contained = (status?.containments ?? []).toSorted((a, b) => b.expires.localeCompare(a.expires))
  const head: Line = [['CONTAINED', 'dim'], contained.length === 0 ? '' : [` ${contained.length}`, ['bold', 'red']]]
  if (contained.length === 0) return [head, [['nobody', 'dim']]]
  const rows = contained.map(({ ip, kind, port, expires, by }): Line => [
    ...columns(
      [[ip, 'red'], machines.find(({ ips }) => ips.includes(ip))?.name ?? '', [left(expires, now), 'dim']],
      [13, 9, -5],
      1,
    ),
    ` ${kind}${port === undefined ? '' : ` on ${port}`}${kind !== 'ordered' || by === undefined ? '' : ` by ${by}`}`,
  ])
  const room = height - 1
  return [
    head,
    ...(rows.length <= room
      ? rows
      : [...rows.slice(0, room - 1), [[`and ${rows.length - room + 1} more`, 'dim'] satisfies Span]]),
  ]
}

const tone = (severity: number): Style =>
  severity >= 7 ? 'red' : severity >= 5 ? 'yellow' : severity >= 3 ? 'cyan' : 'dim'
const clocks = new Map<string, Intl.DateTimeFormat>()
const clockFor = (timezone: string): Intl.DateTimeFormat => {
  const clock = clocks.get(timezone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, timeStyle: 'medium' })
  clocks.set(timezone, clock)
  return clock
}

const nameOf = (end: EventEnd): string => end.asset ?? end.ip ?? end.mac ?? end.port ?? '?'
const isReason = (reason: string | undefined): reason is ReasonId =>
  reason !== undefined && Object.hasOwn(reasons, reason)

/**
 * An event's own words; a sentence that was only put together from its fields is put together shorter, as the label stands
 * before it already.
 */
const wordsOf = (event: Event): string => {
  const { kind, text, source, destination, protocol, port, reason } = event
  const composed = text.toLowerCase().startsWith(`${eventKinds[kind].label}: `)
  if (!composed || source === undefined || destination === undefined) return text
  const service = protocol === undefined ? '' : ` ${protocol}${port === undefined ? '' : `/${port}`}`
  return `${nameOf(source)} → ${nameOf(destination)}${service}${isReason(reason) ? `: ${reasons[reason]}` : ''}`
}

export const eventLine = (event: Event, timezone: string): Line => {
  const { label, severity } = eventKinds[event.kind]
  const count = event.count > 1 ? ` ×${number(event.count)}` : ''
  return [
    [` ${clockFor(timezone).format(new Date(event.time))} `, 'dim'],
    [label.toUpperCase().padEnd(12), tone(severity)],
    ` ${legible(wordsOf(event))}`,
    [count, 'bold'],
  ]
}

/** The newest `height` events, the newest last. */
export const eventPanel = ({ events, timezone }: Model, height: number): readonly Line[] =>
  events.slice(-height).map((event) => eventLine(event, timezone))

export const toldLines = (told: Told, width: number): readonly Line[] => {
  if (told.kind === 'tool')
    return [
      [
        [` ${told.host}$ `, ['bold', 'magenta']],
        [legible(told.text), 'bold'],
      ],
    ]
  if (told.kind === 'check') {
    const mark: Span = told.ok ? [' ✓ ', ['bold', 'green']] : [' ✗ ', ['bold', 'red']]
    return wrap(legible(told.text), width - 4).map((text, at): Line => [at === 0 ? mark : '   ', text])
  }
  return wrap(legible(told.text), width - 2).map((text): Line => [' ', text])
}
