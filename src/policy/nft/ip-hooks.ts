/** Whether a plan needs what the bridge family does not have. */
import { enforcesAnything, type Plan } from '../plan.ts'
import { rewrites } from './deceive.ts'
import { rolesOf } from './inspection.ts'

/**
 * Whether packets have to come to the IP hooks: on a bridge for NAT, for commands that are judged or watched, and for fragments that
 * come in another order than they were made, which is a detour that every packet pays for; on a router they are there anyhow.
 */
export const needsIpHooks = (plan: Plan): boolean =>
  enforcesAnything(plan) &&
  (plan.kind === 'routed' || plan.together === true || rewrites(plan) || rolesOf(plan).length > 0)
