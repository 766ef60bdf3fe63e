/** What carries events to one receiver. */
import type { Event } from '#schema/event.ts'
import type { Target } from '#schema/manager-exchange.ts'

export type Outcome =
  /** `refused`: how many of them the receiver did not want, for good. */
  | { readonly ok: true; readonly refused?: number }
  /** `final`: the same again will not be taken either. */
  | { readonly ok: false; readonly what: string; readonly final: boolean }

export interface Outlet {
  /** Most events that one message holds. */
  readonly batch: number
  /** ms to gather events for one message; 0 when each goes at once. */
  readonly gatherMs: number
  /** Takes them in their order, and says so only when the receiver has them as far as its protocol tells. Never throws. */
  deliver(events: readonly Event[], total: Totals): Promise<Outcome>
  close(): void
}

/** Counts over everything a message stands for, also what does not fit into it. */
export interface Totals {
  readonly events: number
  readonly kinds: ReadonlyMap<Event['kind'], number>
}

export interface Secrets {
  readonly key?: string
  readonly authorization?: string
  readonly password?: string
}
export interface OutletOptions {
  readonly name: string
  readonly secrets: Secrets
  readonly version: string
  /** Where this manager listens. */
  readonly ownPorts: readonly number[]
  readonly now: () => number
}
export type Opening<K extends Target['kind']> = (target: Extract<Target, { kind: K }>, options: OutletOptions) => Outlet

export const failed = (what: string, final = false): Outcome => ({ ok: false, what, final })

/** 400 Bad Request, 413 Content Too Large, 422 Unprocessable Content: about what was sent. Everything else can change by itself. */
const final = new Set([400, 413, 422])
export const outcomeOf = (status: number): Outcome =>
  status >= 200 && status < 300
    ? { ok: true }
    : failed(
        status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`,
        final.has(status),
      )

export const totalsOf = (events: readonly Event[]): Totals => {
  const kinds = new Map<Event['kind'], number>()
  for (const { kind } of events) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  return { events: events.length, kinds }
}
