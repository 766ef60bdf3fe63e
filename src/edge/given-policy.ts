/** The policy that the daemon was started with: the confirmed one wins over it, and an alarm says where they differ. */
import { Fault } from '#core/errors.ts'
import type { Plan } from '#policy/plan.ts'
import type { Edge, EdgeOptions } from './context.ts'
import { refusalOf } from './writing.ts'
import { type FormerPorts } from './bridge.ts'
import { storedPolicy } from './link/stored-policy.ts'
import { policyFromFile, policyFromText, type PolicySource } from './policy-source.ts'

export const policyFileAlarm = 'policy-file'

const givenPolicy = ({ policy, policyText, state, edge }: EdgeOptions): PolicySource => {
  if (policy !== undefined) return policyFromFile(policy)
  const text = policyText ?? storedPolicy(state)?.text
  if (text === undefined)
    throw new Fault('usage', `The edge "${edge}" has no policy.`, { advice: 'Give it one with --policy.' })
  return policyFromText(text)
}

/** What an edge may begin with. */
export interface Offer {
  /** What it was given, or what is wrong with that. */
  readonly given: PolicySource | Fault
  /** What its store has it enforce, whatever was given. */
  readonly kept: PolicySource | undefined
  /** What earlier plans may have joined together. */
  readonly former: FormerPorts | undefined
}

/** The daemon is started as another kind of edge than it was, with a policy for that: both are done on purpose (decisions/023). */
export const isRefounded = (
  given: Offer['given'],
  { edge, routed }: Pick<EdgeOptions, 'edge' | 'routed'>,
  kind: Plan['kind'],
): boolean => {
  if (given instanceof Fault || routed === (kind === 'routed')) return false
  const box = given.site.edges[edge]
  return box !== undefined && routed === (box.bridge === undefined)
}

/** @throws Fault of the policy that was given, where the store keeps none for this edge; those of the store */
export const offered = (options: EdgeOptions): Offer => {
  const stored = storedPolicy(options.state)
  const keeps = stored?.edge === options.edge
  let given: Offer['given']
  try {
    given = givenPolicy(options)
  } catch (error) {
    if (!keeps || !(error instanceof Fault)) throw error
    given = error
  }
  if (!keeps || isRefounded(given, options, stored.kind)) return { given, kept: undefined, former: undefined }
  const kept = 'text' in given && given.text === stored.text ? given : policyFromText(stored.text)
  return { given, kept, former: stored.former }
}

/** What is wrong with what the daemon was given, beside what is enforced. @param given a policy, or why it was not taken */
export const policyFileText = (name: string, given: Offer['given']): string =>
  given instanceof Fault
    ? `${name} is not taken by this version, and what was confirmed last is enforced: ${[given.message, ...given.details.slice(0, 1)].join(' ')} Correct it, then apply it with \`bulkhead edge apply\`.`
    : `${name} is not the policy that was confirmed last; the confirmed one is enforced. Apply the file with \`bulkhead edge apply\`.`

/** What is confirmed now may be what the file says by now. */
export const heedConfirmed = (edge: Edge): void => {
  if (!edge.alarms.has(policyFileAlarm)) return
  // A file that cannot be read differs.
  refusalOf(() => {
    if (givenPolicy(edge.options).text === edge.text) edge.alarms.delete(policyFileAlarm)
  })
}
