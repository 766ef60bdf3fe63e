/** The classifier with the state that it keeps, as a decoy host asks it. */
import type { Attempt } from '#core/personality.ts'
import { classify, type LoginKnowledge, type LoginVerdict, type Typed } from './classify.ts'
import { emptyLoginState } from './state.ts'

export interface Evidence {
  readonly session: { readonly source: string }
  readonly user: string
  readonly secret: Attempt['secret']
  readonly verified: NonNullable<Typed['answer']>
  /** Who verified it; empty when nobody was asked. */
  readonly by: string
  /** ms since 1970. */
  readonly at: number
}

export const classifier = (knowledge: LoginKnowledge): ((evidence: Evidence) => Omit<LoginVerdict, 'user'>) => {
  let state = emptyLoginState
  return ({ session: { source }, user, secret, verified, by, at }) => {
    const result = classify(state, { at, source, attempt: { user, secret }, answer: verified }, knowledge)
    state = result.state
    const { user: _, evidence, ...verdict } = result.verdict
    const isVerified = verdict.class === 'compromised-credential' || verdict.class === 'old-password'
    return { ...verdict, evidence: isVerified && by !== '' ? [...evidence, `verified by ${by}`] : evidence }
  }
}
