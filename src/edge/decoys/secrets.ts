/** What was typed in conversations that are not over: in memory alone, so that their recordings can be kept without it. */

export interface Secret {
  readonly user: string
  readonly password: string
}
/** `all`: more than can be looked for one by one, so that nothing of the conversation may be readable. */
export type Typed = readonly Secret[] | 'all'

export interface SecretLimits {
  /** Conversations at once; the host has no more connections. */
  readonly conversations: number
  /** Secrets of one of them. */
  readonly each: number
  /** Characters of all secrets together. */
  readonly characters: number
}
const limits: SecretLimits = { conversations: 8192, each: 64, characters: 4 << 20 }

export interface Secrets {
  add(conversation: string, secret: Secret): void
  /** Gives them, and forgets them. */
  take(conversation: string): Typed
}

const sizeOf = (typed: Typed): number =>
  typed === 'all' ? 0 : typed.reduce((sum, { user, password }) => sum + user.length + password.length, 0)

export const secretsWithin = ({ conversations, each, characters }: SecretLimits = limits): Secrets => {
  // Oldest first. Who has no room any more is not forgotten, but masked as a whole.
  const kept = new Map<string, Typed>()
  let size = 0
  const put = (conversation: string, typed: Typed): void => {
    size += sizeOf(typed) - sizeOf(kept.get(conversation) ?? [])
    kept.set(conversation, typed)
  }
  const take = (conversation: string): Typed => {
    const typed = kept.get(conversation) ?? []
    size -= sizeOf(typed)
    kept.delete(conversation)
    return typed
  }
  return {
    take,
    add: (conversation, secret) => {
      const before = kept.get(conversation) ?? []
      if (before === 'all') return
      const known = before.some(({ user, password }) => user === secret.user && password === secret.password)
      if (!known) put(conversation, before.length >= each ? 'all' : [...before, secret])
      for (const [other, typed] of size > characters ? kept : []) {
        if (typed !== 'all') put(other, 'all')
        if (size <= characters) break
      }
      const [oldest] = kept.keys()
      if (kept.size > conversations && oldest !== undefined) take(oldest)
    },
  }
}
