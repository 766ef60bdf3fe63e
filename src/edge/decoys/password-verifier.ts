/** Who is asked about what was typed at a decoy, as the policy names him; what keeps people from being locked out is in the store. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import type { Edge } from '../context.ts'
import { keys } from '../store/kv.ts'
import { verifierOf } from '../verifier/build.ts'
import type { PasswordVerifier } from '../verifier/verifier.ts'

const alarm = 'decoy-verifier'

/** @returns undefined where nobody can be asked; decoys stand all the same, and an alarm says why */
export const passwordVerifier = ({ verifier }: PlanDecoys, edge: Edge): PasswordVerifier | undefined => {
  if (verifier === undefined) {
    edge.alarms.delete(alarm)
    return undefined
  }
  const { kv } = edge.store
  try {
    const made = verifierOf(verifier, {
      store: {
        get: (key) => kv.get(`${keys.verifier}.${key}`, z.string()),
        set: (key, value) => kv.set(`${keys.verifier}.${key}`, value),
      },
    })
    edge.alarms.delete(alarm)
    return made
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    edge.alarms.set(alarm, `Passwords typed at decoys are not verified: ${error.message}.`)
    return undefined
  }
}
