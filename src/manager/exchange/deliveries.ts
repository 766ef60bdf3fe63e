/** Brings stored events to every receiver: in order, at least once, each at its own pace and from its own cursor. */
import type { Event } from '#schema/event.ts'
import type { Manager } from '../context.ts'
import type { IngestedEvent } from '../events/reaction.ts'
import { moveCursor, noteTrouble, takeCursor } from './cursors.ts'
import { failed, type Outcome, type Outlet, totalsOf } from './deliver/outlet.ts'
import { wants } from './filter.ts'
import { gapNote } from './notes.ts'
import type { Readers } from './readers.ts'
import type { ReceiverRow } from './receivers.ts'

const pageSize = 500
/** A message that is refused for good is tried this often before its events count as dead. */
const triesOfOne = 3

export interface Course {
  readonly manager: Manager
  readonly readers: Readers
  readonly row: ReceiverRow
  readonly outlet: Outlet
  readonly signal: AbortSignal
}
/** `idle`: everything is delivered. `wait`: ms until it is worth looking again. `failed`: later, longer each time. */
export type Pass =
  | { readonly end: 'idle' }
  | { readonly end: 'wait'; readonly ms: number }
  | { readonly end: 'failed'; readonly what: string }

interface Progress {
  position: number
  untold: number
}

/** Leaves out what is further behind than the receiver may be. */
const boundLag = async ({ manager, readers, row }: Course, at: Progress): Promise<boolean> => {
  const overdue = await readers.overdue(manager, at.position, row.lag)
  if (overdue === undefined) return true
  const { position, events } = overdue
  if (!(await moveCursor(manager, row.name, { position, skipped: events }))) return false
  at.position = position
  at.untold += events
  return true
}

/** Nothing is left up to there, so that the next look is a short one. */
const arrive = async ({ manager, row }: Course, at: Progress, newest: number): Promise<Pass> => {
  if (newest > at.position) await moveCursor(manager, row.name, { position: newest })
  return { end: 'idle' }
}

const withNote = ({ manager, row }: Course, at: Progress, events: readonly Event[]): readonly Event[] =>
  at.untold > 0 ? [gapNote(row.name, at.untold, manager.now()), ...events] : events

const isFinal = (outcome: Outcome): boolean => !outcome.ok && outcome.final

/** One message; a refusal for good is narrowed down to the events that it is about. */
const send = async (course: Course, at: Progress, events: readonly Event[]): Promise<Outcome> => {
  const { outlet } = course
  const first = await outlet.deliver(withNote(course, at, events), totalsOf(events))
  if (first.ok || !isFinal(first)) return first
  if (events.length === 1) {
    let last: Outcome = first
    for (let tries = 1; tries < triesOfOne && isFinal(last); tries++)
      last = await outlet.deliver(events, totalsOf(events))
    return isFinal(last) ? { ok: true, refused: 1 } : last
  }
  let refused = 0
  for (const event of events) {
    const one = await send(course, { ...at, untold: 0 }, [event])
    if (!one.ok) return one
    refused += one.refused ?? 0
  }
  return { ok: true, refused }
}

/** Each message as soon as it is full or there is no more. */
const atOnce = async (course: Course, at: Progress): Promise<Pass> => {
  const { manager, readers, row, outlet, signal } = course
  while (!signal.aborted) {
    const newest = await readers.newestEvent(manager)
    const page = await readers.eventsAfter(manager, at.position, pageSize)
    if (page.length === 0) return arrive(course, at, newest)
    const wanted = page.filter(({ event }) => wants(row.filter, event))
    for (let from = 0; from < wanted.length; from += outlet.batch) {
      const part = wanted.slice(from, from + outlet.batch)
      const outcome = await send(
        course,
        at,
        part.map(({ event }) => event),
      )
      if (!outcome.ok) return { end: 'failed', what: outcome.what }
      const dead = outcome.refused ?? 0
      const position = part.at(-1)?.id ?? at.position
      const step = { position, delivered: part.length - dead, dead, told: true }
      if (!(await moveCursor(manager, row.name, step))) return { end: 'idle' }
      at.position = position
      at.untold = dead
    }
    const position = page.at(-1)?.id ?? at.position
    if (position !== at.position && !(await moveCursor(manager, row.name, { position }))) return { end: 'idle' }
    at.position = position
  }
  return { end: 'idle' }
}

/** Everything that waits in one message, once its oldest event has waited long enough. */
const gathered = async (course: Course, at: Progress): Promise<Pass> => {
  const { manager, readers, row, outlet, signal } = course
  const shown: Event[] = []
  const kinds = new Map<Event['kind'], number>()
  let events = 0
  let { position } = at
  for (;;) {
    const page: readonly IngestedEvent[] = await readers.eventsAfter(manager, position, pageSize)
    for (const { event, received } of page) {
      if (!wants(row.filter, event)) continue
      const rest = received + outlet.gatherMs - manager.now()
      if (events === 0 && rest > 0) return { end: 'wait', ms: rest }
      events++
      kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1)
      if (shown.length < outlet.batch) shown.push(event)
    }
    position = page.at(-1)?.id ?? position
    if (page.length === 0 || signal.aborted) break
  }
  if (signal.aborted) return { end: 'idle' }
  if (events === 0) {
    if (position !== at.position) await moveCursor(manager, row.name, { position })
    return { end: 'idle' }
  }
  const outcome = await outlet.deliver(withNote(course, at, shown), { events, kinds })
  if (!outcome.ok && !outcome.final) return { end: 'failed', what: outcome.what }
  const step = outcome.ok ? { delivered: events, told: true } : { dead: events }
  await moveCursor(manager, row.name, { position, ...step })
  return { end: 'idle' }
}

/** Delivers what there is. Never throws; what went wrong is noted at the receiver. */
export const deliverTo = async (course: Course): Promise<Pass> => {
  const { manager, readers, row, outlet } = course
  try {
    const newest = await readers.newestEvent(manager)
    // Who has nothing to deliver takes the right to from nobody, and writes nothing.
    if (newest <= row.position) return { end: 'idle' }
    const cursor = await takeCursor(manager, row.name)
    if (cursor === undefined) return { end: 'idle' }
    const at: Progress = { ...cursor }
    if (!(await boundLag(course, at))) return { end: 'idle' }
    const pass = await (outlet.gatherMs > 0 ? gathered(course, at) : atOnce(course, at))
    if (pass.end === 'failed') await noteTrouble(manager, row.name, pass.what)
    return pass
  } catch (error) {
    const outcome = failed(error instanceof Error ? error.message : 'unknown')
    return { end: 'failed', what: outcome.ok ? '' : outcome.what }
  }
}
