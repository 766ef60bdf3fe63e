import { eventKindNames } from '#schema/event-kinds.ts'
import type { Reaction } from '../events/reaction.ts'
import { countEvent, countsOf } from './metrics/counts.ts'
import { exchangeOf } from './registry.ts'

/** Only wakes and counts: what is delivered follows from cursors over the stored events, so a call twice or never changes nothing. */
export const exchangeReaction: Reaction = {
  name: 'exchange',
  kinds: eventKindNames,
  react: async (manager, events) => {
    const counts = countsOf(manager)
    for (const { event } of events) countEvent(counts, event)
    exchangeOf(manager).wake()
  },
}
