/** What follows from an event once it is stored. */
import type { EventKindName } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'
import type { Manager } from '../context.ts'

/** An edge as rows know it: `id` of the table `edges`. */
export interface EdgeRef extends EdgeIdentity {
  readonly id: number
}

export interface IngestedEvent {
  readonly edge: EdgeRef
  /** Number of the row, and when it was stored (ms since 1970). */
  readonly id: number
  readonly received: number
  readonly event: Event
}

export interface Reaction {
  readonly name: string
  readonly kinds: readonly EventKindName[]
  /**
   * Called after the events are stored, in the order of their storing, and again after a crash in between: the same event may come
   * twice, so what it does must be keyed by the event's id.
   */
  readonly react: (manager: Manager, events: readonly IngestedEvent[]) => Promise<void>
}
