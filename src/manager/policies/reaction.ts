import type { Reaction } from '../events/reaction.ts'
import { noteHarm } from './harm.ts'

export const policyReaction: Reaction = {
  name: 'policies',
  kinds: ['denial', 'command-denied', 'containment', 'overflow'],
  react: noteHarm,
}
