/**
 * What goes up: events of each class in their order, one batch of a class at a time, the lowest number of a class first and P0 before
 * all; and reports, which are kept until an acknowledgement of something sent after them shows that they arrived.
 */
import { type EventClass, eventClasses } from '#schema/event-kinds.ts'
import { type EventBatch, type FromEdge, PolicyReport, StateReport, type ToEdgeOf } from '#schema/link-frames.ts'
import type { StoredEvent } from '../store/events.ts'
import { reportPage } from '../store/held.ts'
import type { Store } from '../store/open.ts'
import { cursorsOf } from '../store/outbox.ts'

export const batchOf = { count: 500, size: 256 * 1024 } as const
/** What is only counted may wait for company; alerts may not. ms */
const linger: Record<EventClass, number> = { P0: 0, P1: 0, P2: 500, P3: 500 }
/** Bytes waiting for the network from which on no batch is added. */
const crowded = 1 << 20

export interface UplinkOptions {
  readonly store: Pick<Store, 'outbox' | 'held' | 'kv'>
  readonly send: (frame: FromEdge) => boolean
  readonly backlog: () => number
  /** The store could not be read or written; it will be tried again with the next event. */
  readonly onTrouble: (error: unknown) => void
}

interface Flight {
  readonly seq: number
  /** Newest report that was sent before it. */
  readonly report: number
}

export const uplink = ({ store, send, backlog, onTrouble }: UplinkOptions) => {
  let open = false
  const flights = new Map<EventClass, Flight>()
  const due = new Map<EventClass, number>()
  let scheduled: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  /** Newest report handed to this link. */
  let told = 0

  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      onTrouble(error)
    }
  }

  const sendReports = (): void => {
    const reports = store.held.reports(told)
    for (const { id, body } of reports) {
      const document: unknown = JSON.parse(body)
      const report = StateReport.safeParse(document).data ?? PolicyReport.safeParse(document).data
      if (report !== undefined && !send(report)) return
      told = id
    }
    if (reports.length === reportPage) schedule()
  }

  /** @returns whether a batch was sent */
  const sendBatch = (name: EventClass): boolean => {
    const after = cursorsOf(store.kv)[name] ?? 0
    const events = store.outbox.next(name, after, batchOf)
    const last = events.at(-1)
    if (last === undefined) return false
    store.outbox.secure(last.seq)
    const batch: EventBatch = { type: 'events', store: store.outbox.id(), class: name, events: [...events] }
    if (!send(batch)) return false
    flights.set(name, { seq: last.seq, report: told })
    return true
  }

  /** One batch, then others get their turn. */
  const step = (): void => {
    scheduled = undefined
    if (!open) return
    guarded(() => {
      sendReports()
      const now = performance.now()
      for (const name of eventClasses) {
        const at = due.get(name)
        if (at === undefined || at > now || flights.has(name)) continue
        if (backlog() > crowded) break
        due.delete(name)
        if (sendBatch(name)) {
          schedule()
          return
        }
      }
    })
    later()
  }
  const schedule = (): void => {
    scheduled ??= setImmediate(step)
  }
  /** Wakes for what lingers, and for what found the line full. */
  const later = (): void => {
    clearTimeout(timer)
    const waits = [...due].filter(([name]) => !flights.has(name)).map(([, at]) => at - performance.now())
    if (open && waits.length > 0) timer = setTimeout(schedule, Math.max(20, Math.min(...waits)))
  }
  const wants = (name: EventClass, wait = linger[name]): void => {
    if (!due.has(name)) due.set(name, performance.now() + wait)
  }

  return {
    /** A link stands. */
    opened: (): void => {
      open = true
      told = 0
      flights.clear()
      for (const name of eventClasses) wants(name, 0)
      schedule()
    },
    closed: (): void => {
      open = false
      flights.clear()
      clearTimeout(timer)
      if (scheduled !== undefined) clearImmediate(scheduled)
      scheduled = undefined
    },
    /** Events were stored. */
    stored: (events: readonly StoredEvent[]): void => {
      if (!open) return
      let urgent = false
      for (const { event } of events) {
        wants(event.class)
        urgent ||= linger[event.class] === 0
      }
      if (urgent) schedule()
      else if (scheduled === undefined) later()
    },
    /** A report was written down. */
    reported: (): void => {
      if (open) schedule()
    },
    acknowledged: ({ store: id, class: name, seq }: ToEdgeOf<'ack'>): void =>
      guarded(() => {
        const flight = flights.get(name)
        if (id !== store.outbox.id() || flight === undefined) return
        // Nothing that was not sent can have been stored.
        store.outbox.acknowledge(name, Math.min(seq, flight.seq))
        if (flight.report > 0) store.held.reported(flight.report)
        flights.delete(name)
        due.set(name, 0)
        schedule()
      }),
  }
}
