import { exchangeReaction } from '../exchange/reaction.ts'
import { orderReaction } from '../orders/reaction.ts'
import { policyReaction } from '../policies/reaction.ts'
import { riskReaction } from '../risk/reaction.ts'
import type { Reaction } from './reaction.ts'

/** In this order: containment before everything else. */
export const reactions: readonly Reaction[] = [orderReaction, policyReaction, riskReaction, exchangeReaction]
