import type { Reaction } from '../events/reaction.ts'

export const exchangeReaction: Reaction = { name: 'exchange', kinds: [], react: async () => undefined }
