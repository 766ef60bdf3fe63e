/** Many commands of iproute2 in one process: starting one for each is what takes the time. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { Fault, exhaustionOf } from '#core/errors.ts'
import { isConnected } from './process.ts'

/** One command without the name of its program, its words apart by blanks. */
export type Command = string

export interface BatchOptions {
  readonly namespace?: string | undefined
  /** Goes on after a command that fails: for tidying up what may be gone. */
  readonly force?: boolean
}

/**
 * Runs them in order, up to the first that fails.
 * @throws Fault `internal` for a command of more than one line, `library-missing` without iproute2, `resources-exhausted`, `privileges-missing`, `kernel-feature-missing` with the command that failed
 */
export const runBatch = async (
  program: 'ip' | 'bridge',
  commands: readonly Command[],
  { namespace, force = false }: BatchOptions = {},
): Promise<void> => {
  if (commands.length === 0) return
  const wrong = commands.find((command) => /[\n\r;#\\]/.test(command))
  if (wrong !== undefined) throw new Fault('internal', `No command of ${program}: ${JSON.stringify(wrong)}`)
  const words = [...(namespace === undefined ? [] : ['-n', namespace]), ...(force ? ['-force'] : []), '-batch', '-']
  const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'pipe'] })
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', (error) =>
      reject(
        exhaustionOf(error) ??
          new Fault('library-missing', `The command \`${program}\` cannot be started.`, { cause: error }),
      ),
    )
    child.on('close', (code, signal) => resolve(signal ?? code ?? 1))
  })
  if (!isConnected(child)) {
    await ended
    return
  }
  // It may end before it has read everything; its exit code tells.
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${commands.join('\n')}\n`)
  const [code, said] = await Promise.all([ended, text(child.stderr)])
  if (code === 0 || force) return
  const at = Number(/Command failed -:(\d+)/.exec(said)?.[1] ?? 0)
  const first = said.split('\n')[0]?.replace(/^(RTNETLINK answers|Error): /, '') ?? ''
  // A filter of system calls ends whoever makes another one, before it can say why.
  const what = code === 'SIGSYS' ? 'system calls that it needs are not permitted (SystemCallFilter of its unit)' : first
  const command = `${program} ${commands[at - 1] ?? ''}`.trim()
  throw new Fault(
    /not permitted|denied/.test(what) ? 'privileges-missing' : 'kernel-feature-missing',
    `\`${command}\` was refused: ${what}`,
    { advice: 'Decoys need network namespaces, veth, macvlan and bridges, and CAP_SYS_ADMIN to enter namespaces.' },
  )
}
