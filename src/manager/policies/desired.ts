/** What the link asks of the life cycle of policies. */
import type { PolicyReport, ToEdge } from '#schema/link.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'

/** Frames of type `policy` or `confirm` that are due for an edge that has this revision; mostly none. */
export const policyFrames = async (_manager: Manager, _edge: EdgeRef, _have: number): Promise<readonly ToEdge[]> => []

/** What an edge did with a revision. */
export const policyReported = async (_manager: Manager, _edge: EdgeRef, _report: PolicyReport): Promise<void> =>
  undefined
