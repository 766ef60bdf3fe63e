/** What is remembered of logins, so that the next can be understood: bounded, and without a word of clear text. */
import { createHmac } from 'node:crypto'

/** Sources, and users, that are remembered: the one not heard of for longest is forgotten. */
export const seriesLimit = 256
/** Attempts that are remembered of each. */
export const seriesLength = 48
/** ms in which attempts belong together. */
export const loginWindow = 3_600_000
/** ms after which an attempt is forgotten: periods of clients that ask this rarely are still seen. */
const loginMemory = 86_400_000

/** One attempt. Equal tags: equal texts. */
export interface Tried {
  /** ms since 1970. */
  readonly at: number
  readonly source: string
  readonly user: string
  /** Absent when no secret was shown. */
  readonly secret?: string
}

export interface LoginState {
  readonly sources: ReadonlyMap<string, readonly Tried[]>
  /** By tag. */
  readonly users: ReadonlyMap<string, readonly Tried[]>
}
export const emptyLoginState: LoginState = { sources: new Map(), users: new Map() }

/** Keyed, and apart by what it is of. 16 bytes are enough to tell texts apart. */
export const tagOf = (key: Uint8Array, kind: 'user' | 'secret', text: string): string =>
  createHmac('sha256', key).update(`${kind}\0${text}`).digest('base64').slice(0, 22)

const added = (
  all: ReadonlyMap<string, readonly Tried[]>,
  name: string,
  tried: Tried,
): ReadonlyMap<string, readonly Tried[]> => {
  const next = new Map(all)
  const before = (next.get(name) ?? []).filter(({ at }) => tried.at - at < loginMemory)
  next.delete(name)
  next.set(name, [...before.slice(1 - seriesLength), tried])
  if (next.size > seriesLimit) for (const [oldest] of next) if (next.size > seriesLimit) next.delete(oldest)
  return next
}

export const remembered = (state: LoginState, tried: Tried): LoginState => ({
  sources: added(state.sources, tried.source, tried),
  // A protocol without users says nothing of a user.
  users: tried.user === '' ? state.users : added(state.users, tried.user, tried),
})
