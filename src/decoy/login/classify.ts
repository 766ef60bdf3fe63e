/** What a login at a decoy amounts to. A pure function of what was typed before, what is planted and what the verifier said. */
import { accountOf } from '#core/account.ts'
import type { Attempt } from '#core/personality.ts'
import type { LoginClass } from '#schema/decoy-host.ts'
import { knownSecret, type Planted } from './known-secret.ts'
import { period, pairTried, secretsFor, sourcesFor, usersWith } from './series.ts'
import { loginWindow, remembered, tagOf, type LoginState, type Tried } from './state.ts'

/** Different passwords for one user, within {@link loginWindow}, from whatever sources. */
export const bruteForceSecrets = 5
/** Different users with one password, within {@link loginWindow}, from one source. */
export const sprayUsers = 4

export interface Typed {
  /** ms since 1970. */
  readonly at: number
  readonly source: string
  readonly attempt: Attempt
  /** Of the verifier; absent when it was not asked. */
  readonly answer?: 'current' | 'old' | 'wrong' | 'not-asked'
}

export interface LoginKnowledge {
  /** Secret of this site, 32 bytes: tags are kept in place of what was typed. */
  readonly key: Uint8Array
  readonly honeytokens: readonly Planted[]
}

export interface LoginVerdict {
  readonly class: LoginClass
  readonly user: string
  /** Of this source within the window, this one among them. */
  readonly attempts: number
  readonly users: number
  readonly secrets: number
  readonly evidence: readonly string[]
  readonly contain: boolean
}

/** Whether the source is contained for it at once; a guess is left to the budget of the decoy. */
const contains: Readonly<Record<LoginClass, boolean>> = {
  honeytoken: true,
  'compromised-credential': true,
  'old-password': true,
  'vendor-default': true,
  'brute-force': true,
  spray: true,
  'misconfigured-client': false,
  guess: false,
}

const triedOf = ({ at, source, attempt: { user, secret } }: Typed, key: Uint8Array): Tried => {
  const account = accountOf(user)
  const named = account === '' ? '' : tagOf(key, 'user', account)
  if (secret.kind === 'none') return { at, source, user: named }
  // Two proofs of one password differ with their challenges: each counts as another.
  const text = secret.kind === 'password' ? secret.text : Buffer.from(secret.response).toString('latin1')
  return { at, source, user: named, secret: tagOf(key, 'secret', text) }
}

const count = (values: Iterable<string | undefined>): number => new Set([...values].filter(Boolean)).size
const s = (n: number): string => `${Math.round(n / 1000)} s`

type Finding = readonly [LoginClass, ...evidence: string[]]

/** In the order of what matters most. */
const found = (typed: Typed, tried: Tried, state: LoginState, knowledge: LoginKnowledge): Finding => {
  const { attempt, answer } = typed
  const known = knownSecret(attempt, knowledge.honeytokens)
  if (known?.kind === 'honeytoken') {
    const { id, planted } = known.token
    return ['honeytoken', `honeytoken ${id}`, ...(planted === undefined ? [] : [`planted: ${planted}`])]
  }
  if (answer === 'current') return ['compromised-credential', 'the verifier takes it as the current password']
  if (answer === 'old') return ['old-password', 'the verifier knows it as a former password']
  if (known?.kind === 'vendor-default') {
    const { vendor, product, source } = known.of
    return ['vendor-default', `${vendor} ${product} is delivered with it`, source, 'ATT&CK T0812']
  }
  const recent = ({ at }: Tried): boolean => tried.at - at < loginWindow
  const ofSource = state.sources.get(tried.source) ?? []
  const ofUser = tried.user === '' ? ofSource : (state.users.get(tried.user) ?? [])
  const secrets = secretsFor(ofUser.filter(recent), tried.user)
  if (secrets >= bruteForceSecrets && tried.secret !== undefined) {
    const sources = sourcesFor(ofUser.filter(recent))
    return ['brute-force', `${secrets} passwords for one user`, ...(sources > 1 ? [`${sources} sources`] : [])]
  }
  const users = usersWith(ofSource.filter(recent), tried.secret)
  if (users >= sprayUsers) return ['spray', `one password for ${users} users`]
  const same = attempt.secret.kind === 'password' ? pairTried(ofSource, tried) : undefined
  const regular = same === undefined ? undefined : period(same)
  if (same !== undefined && regular !== undefined)
    return ['misconfigured-client', `${same.length} times the same login, every ${s(regular)}`]
  return ['guess']
}

export const classify = (
  state: LoginState,
  typed: Typed,
  knowledge: LoginKnowledge,
): { readonly verdict: LoginVerdict; readonly state: LoginState } => {
  const tried = triedOf(typed, knowledge.key)
  const next = remembered(state, tried)
  const [name, ...evidence] = found(typed, tried, next, knowledge)
  const ofSource = (next.sources.get(tried.source) ?? []).filter(({ at }) => tried.at - at < loginWindow)
  return {
    verdict: {
      class: name,
      user: typed.attempt.user,
      attempts: ofSource.length,
      users: count(ofSource.map(({ user }) => user)),
      secrets: count(ofSource.map(({ secret }) => secret)),
      evidence: evidence.map((text) => text.slice(0, 200)),
      contain: contains[name],
    },
    state: next,
  }
}
