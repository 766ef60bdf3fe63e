/** The place of the control socket: its directory, its permissions, and what is left there by a daemon that died. */
import { accessSync, chmodSync, chownSync, constants, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { codeOf, Fault } from '#core/errors.ts'
import { makeFolders } from '#core/folders.ts'
import { longestPath } from '#linux/unix-datagram.ts'
import { groupId } from './accounts.ts'

const directoryMode = 0o750
export const socketMode = 0o660
/** Of a process that holds the socket but hangs, a connection is still accepted by the kernel, so this is never reached by load. */
const connectMs = 1000

const noAccess = (path: string, error: unknown): Fault =>
  codeOf(error) === 'ENOSPC'
    ? new Fault('disk-full', `There is no space for the control socket ${path}.`, { cause: error })
    : new Fault('privileges-missing', `The control socket ${path} cannot be made: ${codeOf(error) ?? 'unknown'}.`, {
        advice: 'Run as root, or choose a place you may write to with --socket.',
        cause: error,
      })

/** Whether somebody listens at the path: every answer but "refused" and "gone" counts as yes. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path)
    const end = (alive: boolean): void => {
      probe.destroy()
      resolve(alive)
    }
    probe.setTimeout(connectMs, () => end(true))
    probe.once('connect', () => end(true))
    probe.once('error', (error) => end(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? 'unknown')))
  })

/**
 * Makes the directory (0750) and takes away the socket of a daemon that is dead.
 * @throws Fault `edge-running` when somebody answers there, `refused` when it is no socket, `privileges-missing`, `usage`
 */
export const preparePlace = async (path: string, group: string | undefined): Promise<void> => {
  if (Buffer.byteLength(path) >= longestPath)
    throw new Fault('usage', `The socket path ${path} is longer than ${longestPath - 1} bytes.`)
  const folder = dirname(path)
  try {
    const made = makeFolders(folder, directoryMode)
    if (made !== undefined) own(folder, directoryMode, group)
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw error instanceof Fault ? error : noAccess(path, error)
  }
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket())
    throw new Fault('refused', `${path} is not a socket and stays untouched.`, {
      advice: 'Move it away, or choose another place with --socket.',
    })
  if (await answers(path)) throw alreadyRunning(path)
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw noAccess(path, error)
  }
}

const alreadyRunning = (path: string): Fault => new Fault('edge-running', `Another daemon answers at ${path}.`)

/** What a failed `listen` means. */
export const listenFault = (path: string, error: unknown): Fault =>
  codeOf(error) === 'EADDRINUSE' ? alreadyRunning(path) : noAccess(path, error)

/**
 * Mode and group of the directory or the socket.
 * @throws Fault `usage` when there is no such group
 */
export const own = (path: string, mode: number, group: string | undefined): void => {
  if (group !== undefined) {
    const gid = groupId(group)
    if (gid === undefined) throw new Fault('usage', `There is no group ${group} on this machine.`)
    chownSync(path, -1, gid)
  }
  chmodSync(path, mode)
}
