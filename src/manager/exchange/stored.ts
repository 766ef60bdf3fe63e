import type { Manager } from '../context.ts'
import { countEvent, countsOf } from './metrics/counts.ts'
import { exchangeOf } from './registry.ts'

/** Counts what this manager stored, for its metrics, and wakes deliveries. For whoever stores events, once a transaction. */
export const eventsStored = (
  manager: Manager,
  events: readonly { readonly kind: string; readonly site: string }[],
): void => {
  const counts = countsOf(manager)
  for (const event of events) countEvent(counts, event)
  exchangeOf(manager).wake()
}
