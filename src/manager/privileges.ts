/** Nothing of the manager needs root: started as root, it becomes somebody else before it opens anything. */
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { Fault } from '#core/errors.ts'

/** Looked for in this order when --user is not given. */
const usualUsers = ['bulkhead', 'nobody']

const idsOf = (name: string): { uid: number; gid: number } | undefined => {
  const row = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name)
  return row === undefined ? undefined : { uid: Number(row[2]), gid: Number(row[3]) }
}

/**
 * Makes the state directory (0700) and, as root, gives it to an unprivileged user and becomes that user.
 * @throws Fault `usage` when there is no such user, `refused` when the directory is somebody else's, `privileges-missing`
 */
export const settle = (state: string, user?: string): void => {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const uid = process.getuid?.() ?? 0
  const owner = statSync(state).uid
  if (uid !== 0) {
    if (owner !== uid)
      throw new Fault('refused', `${state} belongs to another user.`, { advice: 'Choose another place with --state.' })
    chmodSync(state, 0o700)
    return
  }
  const names = user === undefined ? usualUsers : [user]
  const ids = names.map(idsOf).find((found) => found !== undefined && found.uid !== 0)
  if (ids === undefined)
    throw new Fault('usage', `There is no unprivileged user ${names.join(' or ')} on this machine.`, {
      advice: 'Make one: useradd --system bulkhead.',
    })
  if (owner !== ids.uid) {
    if (readdirSync(state).length > 0)
      throw new Fault('refused', `${state} belongs to another user and is not empty.`, {
        advice: 'Choose another place with --state, or name its owner with --user.',
      })
    chownSync(state, ids.uid, ids.gid)
  }
  chmodSync(state, 0o700)
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
