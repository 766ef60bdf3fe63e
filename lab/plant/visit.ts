/** Running a program inside a plant that another terminal started. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Fault } from '#core/errors.ts'
import { nearest } from '#policy/suggest.ts'
import type { Running } from './beacon.ts'
import { bottling, dairy, edgeSocket } from './hosts.ts'

const isSignal = (name: string): name is keyof typeof constants.signals => Object.hasOwn(constants.signals, name)

/** Ctrl-C is for the program; we end when it does. */
const ignore = (): void => {}

/**
 * Runs a program on a machine of the plant with this process's terminal.
 * @returns its exit code; 128 and the signal's number when a signal ended it, as in a shell
 * @throws Fault `not-found` for a machine that is not there, `privileges-missing`
 */
export const visit = async (plant: Running, host: string, argv: readonly string[]): Promise<number> => {
  const known = [...plant.hosts, bottling.namespace, dairy.namespace]
  if (!known.includes(host)) {
    const meant = nearest(host, known)
    const what = `The plant has no machine \`${host}\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`
    throw new Fault('not-found', meant === undefined ? `${what}.` : what, { advice: `It has: ${known.join(', ')}.` })
  }
  const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials']
  const enter = ['--target', String(plant.pid), ...user, '--mount', '--net', '--pid', '--']
  // The file system is the same there, but nsenter begins at its root. Commands there mean the site that they are run at. env takes no
  // option after the first variable.
  const socket = edgeSocket(host.startsWith('dairy') ? dairy : bottling)
  const here = ['env', `--chdir=${process.cwd()}`, `BULKHEAD_SOCKET=${socket}`]
  const words = [...enter, 'ip', 'netns', 'exec', host, ...here, ...argv]
  const child = spawn('nsenter', words, { stdio: 'inherit' })
  process.on('SIGINT', ignore)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', () =>
        reject(new Fault('library-missing', 'The command `nsenter` (util-linux) is not installed.')),
      )
      child.on('exit', (code, signal) =>
        resolve(code ?? 128 + (signal !== null && isSignal(signal) ? constants.signals[signal] : 0)),
      )
    })
  } finally {
    process.off('SIGINT', ignore)
  }
}
