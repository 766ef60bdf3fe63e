import type { Reaction } from '../events/reaction.ts'

export const orderReaction: Reaction = { name: 'orders', kinds: [], react: async () => undefined }
