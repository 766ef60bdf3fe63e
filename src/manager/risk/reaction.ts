import type { Reaction } from '../events/reaction.ts'

export const riskReaction: Reaction = { name: 'risk', kinds: [], react: async () => undefined }
