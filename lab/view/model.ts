/** What the view knows, from the messages of the plant. Pure. */
import type { EdgeStatus } from '#schema/control.ts'
import type { Event } from '#schema/event.ts'
import type { ChapterFigures, Figures } from '../figures.ts'
import type { Machine, Message, PollRow } from '../messages.ts'

/** A line of the story. */
export type Told =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'tool'; readonly host: string; readonly text: string }
  | { readonly kind: 'check'; readonly text: string; readonly ok: boolean }

export interface Model {
  readonly step: string
  readonly site: string
  readonly timezone: string
  readonly machines: readonly Machine[]
  readonly chapter?: { readonly number: number; readonly of: number; readonly title: string }
  readonly told: readonly Told[]
  readonly played: readonly ChapterFigures[]
  /** Newest last. */
  readonly events: readonly Event[]
  /** The last one; `silent` when the daemon does not answer. */
  readonly status?: EdgeStatus
  readonly silent: boolean
  /** Packets per second and conduit, from the last two statuses. */
  readonly rates: ReadonlyMap<string, number>
  readonly polls: readonly PollRow[]
  readonly figures?: Figures
}

export const emptyModel: Model = {
  step: 'starting',
  site: '',
  timezone: 'UTC',
  machines: [],
  told: [],
  played: [],
  events: [],
  silent: false,
  rates: new Map(),
  polls: [],
}

const kept = 200

/** Words as a person would type them: quoted only where a shell needs it. */
export const commandLine = (argv: readonly string[]): string =>
  argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')

const ratesOf = (before: EdgeStatus | undefined, after: EdgeStatus): Map<string, number> => {
  const seconds = before === undefined ? 0 : (Date.parse(after.time) - Date.parse(before.time)) / 1000
  if (before === undefined || seconds <= 0) return new Map()
  const earlier = new Map(before.conduits.map(({ id, hits }) => [id, hits.packets]))
  return new Map(
    after.conduits.map(({ id, hits }) => [id, Math.max(0, hits.packets - (earlier.get(id) ?? hits.packets)) / seconds]),
  )
}

/** How far back an event is taken for more of the same. */
const near = 6
/** Two events with the same text of it tell the same thing. */
export const sameness = ({ kind, source, destination, port, text }: Event): string =>
  source?.ip === undefined ? `${kind} ${text}` : `${kind} ${source.ip} ${destination?.ip ?? ''} ${port ?? ''}`

/** Adds an event; one that repeats a recent one replaces it, with the sum of both counts. */
const withEvent = (events: readonly Event[], event: Event): readonly Event[] => {
  const same = events.findLastIndex((other, at) => at >= events.length - near && sameness(other) === sameness(event))
  const found = events[same]
  if (found === undefined) return [...events, event].slice(-kept)
  const sum = { ...event, count: Math.max(1, found.count) + Math.max(1, event.count) }
  return [...events.slice(0, same), ...events.slice(same + 1), sum]
}

const tell = (model: Model, told: Told): Model => ({ ...model, told: [...model.told, told].slice(-kept) })

export const receive = (model: Model, message: Message): Model => {
  switch (message.type) {
    case 'step':
      return { ...model, step: message.text }
    case 'up':
      return { ...model, site: message.site, machines: message.machines, timezone: message.timezone }
    case 'chapter': {
      const { number, of, title } = message
      return { ...model, chapter: { number, of, title }, told: [] }
    }
    case 'say':
      return tell(model, { kind: 'say', text: message.text })
    case 'tool':
      return tell(model, { kind: 'tool', host: message.host, text: commandLine(message.argv) })
    case 'check':
      return tell(model, { kind: 'check', text: message.text, ok: message.ok })
    case 'chapter-end':
      return { ...model, played: [...model.played, message.chapter] }
    case 'event':
      return { ...model, events: withEvent(model.events, message.event) }
    case 'status':
      if (message.status === null) return { ...model, silent: true }
      return { ...model, silent: false, status: message.status, rates: ratesOf(model.status, message.status) }
    case 'polls':
      return { ...model, polls: message.rows }
    case 'figures':
      return { ...model, figures: message.figures }
    case 'manager':
    case 'fault':
      break
  }
  return model
}
