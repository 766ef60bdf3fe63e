/** Whether decoys can stand where the policy has them, and harm nobody there. */
import type { Check } from './context.ts'
import { deceptionChecks } from './decoys/deception.ts'
import { loginChecks } from './decoys/logins.ts'
import { poolChecks } from './decoys/pools.ts'

export const decoys: readonly Check[] = [...poolChecks, ...deceptionChecks, ...loginChecks]
