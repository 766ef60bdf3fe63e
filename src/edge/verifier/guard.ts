/** Keeps an attacker from locking people out: whoever types names at a decoy must never bring a user near the directory's lock-out. */
import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { accountOf } from '#core/account.ts'
import { canBeAsked, type PasswordVerifier, type VerifierStore } from './verifier.ts'

/** ms between two binds of one user. */
export const bindPause = 3_600_000
/** Failed binds that are left to the user himself. */
export const margin = 2
/** Users that are remembered; beyond, nobody new is asked about, for forgetting one would allow a bind too many. */
export const guardedUsers = 2048
const key = 'verifier-binds'

const State = z.object({
  salt: z.string(),
  /** By salted hash of the user: when he was asked about, and when that failed, ms since 1970. */
  users: z.record(z.string(), z.object({ asked: z.number(), failed: z.array(z.number()) })),
})
type State = z.infer<typeof State>

export interface GuardOptions {
  readonly store: VerifierStore
  /** Failed binds after which the directory locks a user. */
  readonly lockOut: number
  /** ms in which the directory counts them. */
  readonly window: number
  /** ms since 1970. */
  readonly now: () => number
}

const readState = (store: VerifierStore): State | undefined => {
  const text = store.get(key)
  if (text === undefined) return { salt: randomBytes(16).toString('hex'), users: {} }
  try {
    return State.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/**
 * Asks the verifier behind it at most once an hour for a user, and never when a failure would come within two of the lock-out. Unknown
 * users count: whether a user is known is what an attacker would like to learn.
 */
export const guarded = (
  verifier: PasswordVerifier,
  { store, lockOut, window, now }: GuardOptions,
): PasswordVerifier => {
  let state = readState(store)
  const memory = Math.max(bindPause, window)
  // What cannot be read may have held somebody who is close to the lock-out: as long as it counts, nobody is asked about.
  const blindUntil = state === undefined ? now() + memory : 0
  state ??= { salt: randomBytes(16).toString('hex'), users: {} }
  const { salt } = state
  const users = new Map(Object.entries(state.users))
  const save = (): void => store.set(key, JSON.stringify({ salt, users: Object.fromEntries(users) }))

  const forget = (at: number): void => {
    for (const [name, { asked }] of users) if (at - asked >= memory) users.delete(name)
  }

  return {
    verify: async (user, password) => {
      const at = now()
      if (!canBeAsked(user, password) || at < blindUntil) return 'not-asked'
      const name = createHash('sha256')
        .update(`${salt}\0${accountOf(user)}`)
        .digest('hex')
        .slice(0, 32)
      if (!users.has(name) && users.size >= guardedUsers) forget(at)
      const before = users.get(name)
      if (before === undefined && users.size >= guardedUsers) return 'not-asked'
      const failed = (before?.failed ?? []).filter((one) => at - one < window)
      // A clock that went back proves nothing about what the directory still counts.
      if (before !== undefined && at - before.asked < bindPause) return 'not-asked'
      if (failed.length + 1 > lockOut - margin) return 'not-asked'
      // Written before it is asked: an edge that dies meanwhile has asked.
      users.set(name, { asked: at, failed: [...failed, at] })
      try {
        save()
      } catch {
        return 'not-asked'
      }
      const verdict = await verifier.verify(user, password)
      if (verdict === 'current') {
        users.set(name, { asked: at, failed })
        try {
          save()
        } catch {
          // One failure too many is remembered, which only makes it ask less.
        }
      }
      return verdict
    },
    close: () => verifier.close(),
  }
}
