/** What was typed into decoys: told, verified where the site has a verifier, and classified. */
import { attemptLimit, type Attempt } from '#core/personality.ts'
import type { HostOrder, HostReport, HostSession } from '#schema/decoy-host.ts'
import { buckets } from './bucket.ts'
import type { Limits } from './limits.ts'

type Verified = Extract<HostOrder, { type: 'verified' }>
type Login = Extract<HostReport, { type: 'login' }>

/** One attempt with what is known of it. */
export interface LoginEvidence {
  readonly session: HostSession
  readonly user: string
  readonly secret: Attempt['secret']
  readonly verified: Verified['answer']
  /** Who verified it. */
  readonly by: string
  /** ms since 1970. */
  readonly at: number
}
/** What an attempt amounts to after those before it. Keeps state of its own, bounded. */
export type Classify = (
  evidence: LoginEvidence,
) => Omit<Login, 'type' | 'session' | 'user' | 'evidence'> & { readonly evidence: readonly string[] }

export interface Logins {
  /** @returns false when some were lost: nobody can find them in the recording then, and it must not be kept */
  take(session: HostSession, attempts: readonly Attempt[]): boolean
  verified(order: Verified): void
  /** Attempts that were lost because there were too many. */
  readonly lost: number
}

export interface LoginOptions {
  readonly limits: Limits
  readonly verify: boolean
  readonly classify: Classify | undefined
  /** ms since 1970. */
  readonly now: () => number
  readonly tell: (report: HostReport) => void
}

/** Of one answer of a personality. */
const mostAtOnce = 16
const clipped = (text: string): string => text.slice(0, attemptLimit)

export const logins = ({ limits, verify, classify, now, tell }: LoginOptions): Logins => {
  const ofSource = buckets(limits.attemptsPerSource, limits.attemptsPerSource, limits.sources, now)
  const ofAll = buckets(limits.attemptsInAll, limits.attemptsInAll, 1, now)
  const waiting = new Map<string, (answer: Verified['answer'], by: string) => void>()
  let last = 0
  let lost = 0

  const judge = (evidence: LoginEvidence): void => {
    if (classify === undefined) return
    const { class: kind, attempts, users, secrets, evidence: reasons, contain } = classify(evidence)
    tell({
      type: 'login',
      session: evidence.session,
      class: kind,
      user: evidence.user,
      attempts,
      users,
      secrets,
      evidence: reasons.slice(0, 8).map((reason) => reason.slice(0, 200)),
      contain,
    })
  }

  const takeOne = (session: HostSession, { user, secret }: Attempt): void => {
    const id = `a${++last}`
    const at = now()
    const named = clipped(user)
    const shown: Attempt['secret'] = secret.kind === 'password' ? { ...secret, text: clipped(secret.text) } : secret
    const asked = verify && shown.kind === 'password' && waiting.size < limits.verifying
    tell({
      type: 'attempt',
      id,
      session,
      user: named,
      ...(shown.kind === 'password' && { password: shown.text }),
      verify: asked,
    })
    const judged = (verified: Verified['answer'], by: string): void =>
      judge({ session, user: named, secret: shown, verified, by, at })
    if (!asked) return judged('not-asked', '')
    const timer = setTimeout(() => {
      waiting.delete(id)
      judged('not-asked', '')
    }, limits.verify)
    waiting.set(id, (answer, by) => {
      clearTimeout(timer)
      waiting.delete(id)
      judged(answer, by)
    })
  }

  return {
    take: (session, attempts) => {
      const before = lost
      for (const [index, attempt] of attempts.entries()) {
        if (index < mostAtOnce && ofSource.take(session.source) && ofAll.take('')) takeOne(session, attempt)
        else lost++
      }
      return lost === before
    },
    verified: ({ id, answer, by }) => waiting.get(id)?.(answer, by),
    get lost() {
      return lost
    },
  }
}
