/** Nothing of the manager needs root: started as root, it becomes somebody else before it opens anything. */
import { chmodSync, chownSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { Fault } from '#core/errors.ts'
import { makeFolders } from '#core/folders.ts'

/** Looked for in this order when --user is not given. */
const usualUsers = ['bulkhead', 'nobody']

export interface Unprivileged {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const idsOf = (name: string): { uid: number; gid: number } | undefined => {
  const row = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name)
  return row === undefined ? undefined : { uid: Number(row[2]), gid: Number(row[3]) }
}

/** @throws Fault `usage` when there is none */
export const unprivilegedUser = (user?: string): Unprivileged => {
  const names = user === undefined ? usualUsers : [user]
  for (const name of names) {
    const ids = idsOf(name)
    if (ids !== undefined && ids.uid !== 0) return { name, ...ids }
  }
  throw new Fault('usage', `There is no unprivileged user ${names.join(' or ')} on this machine.`, {
    advice: 'Make one: useradd --system bulkhead.',
  })
}

/**
 * Whether uid 0 is an ordinary user of the machine, in a user namespace that has nobody else to become (user_namespaces(7)): nothing
 * has to be given up then. @param map of /proc/self/uid_map
 */
export const isOnlyNamedRoot = (map: string): boolean => {
  const ranges = map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const [[inside, outside, count] = []] = ranges
  return ranges.length === 1 && inside === 0 && count === 1 && outside !== undefined && outside !== 0
}
export const isRootless = (): boolean =>
  process.getuid?.() === 0 && isOnlyNamedRoot(readFileSync('/proc/self/uid_map', 'utf8'))

/**
 * Makes the state directory (0700) and, as root, gives it to an unprivileged user and becomes that user.
 * @throws Fault `usage` when there is no such user, `refused` when the directory is somebody else's, `privileges-missing`
 */
export const settle = (state: string, user?: string): void => {
  makeFolders(state, 0o700)
  const uid = process.getuid?.() ?? 0
  const owner = statSync(state).uid
  if (uid !== 0 || isRootless()) {
    if (owner !== uid)
      throw new Fault('refused', `${state} belongs to another user.`, { advice: 'Choose another place with --state.' })
    chmodSync(state, 0o700)
    return
  }
  const ids = unprivilegedUser(user)
  if (owner !== ids.uid) {
    if (readdirSync(state).length > 0)
      throw new Fault('refused', `${state} belongs to another user and is not empty.`, {
        advice: 'Choose another place with --state, or name its owner with --user.',
      })
    chownSync(state, ids.uid, ids.gid)
  }
  chmodSync(state, 0o700)
  // What was compiled to start is kept for the next start now: later the folder may be out of reach.
  flushCompileCache()
  try {
    process.setgroups?.([])
    process.setgid?.(ids.gid)
    process.setuid?.(ids.uid)
  } catch (error) {
    throw new Fault('privileges-missing', 'The manager cannot become an unprivileged user here.', {
      advice: 'Start it as an ordinary user.',
      cause: error,
    })
  }
}
