/** The policy that the daemon was started with: the confirmed one wins over it, and an alarm says where they differ. */
import { Fault } from '#core/errors.ts'
import { refusalOf, type Edge, type EdgeOptions } from './context.ts'
import { storedPolicy } from './link/stored-policy.ts'
import { policyFromFile, policyFromText, type PolicySource } from './policy-source.ts'

export const policyFileAlarm = 'policy-file'

export const givenPolicy = ({ policy, policyText, state, edge }: EdgeOptions): PolicySource => {
  if (policy !== undefined) return policyFromFile(policy)
  const text = policyText ?? storedPolicy(state)
  if (text === undefined)
    throw new Fault('usage', `The edge "${edge}" has no policy.`, { advice: 'Give it one with --policy.' })
  return policyFromText(text)
}

/** What is confirmed now may be what the file says by now. */
export const heedConfirmed = (edge: Edge): void => {
  if (!edge.alarms.has(policyFileAlarm)) return
  // A file that cannot be read differs.
  refusalOf(() => {
    if (givenPolicy(edge.options).text === edge.text) edge.alarms.delete(policyFileAlarm)
  })
}
