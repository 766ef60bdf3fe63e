import type { Reaction } from '../events/reaction.ts'
import { eventsStored } from './stored.ts'

/**
 * Of no kind: what is delivered follows from places in the stored events, and a reaction would cost a row of the inbox for each event.
 * The hint `changed` wakes, {@link eventsStored} counts.
 */
export const exchangeReaction: Reaction = {
  name: 'exchange',
  kinds: [],
  react: async (manager, events) =>
    eventsStored(
      manager,
      events.map(({ event }) => event),
    ),
}
