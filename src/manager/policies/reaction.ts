import type { Reaction } from '../events/reaction.ts'

export const policyReaction: Reaction = { name: 'policies', kinds: [], react: async () => undefined }
