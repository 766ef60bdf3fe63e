/**
 * Secrets that a person hands to a command: by a file, by standard input, or typed at a terminal that does not show them. What stands on
 * a command line stays in the history of a shell.
 */
import { Fault } from '#core/errors.ts'
import { textIn } from './failure.ts'

/** As a shell says of a command that Ctrl-C ended: 128 and the number of the signal. */
const interrupted = 130

/** Asks at the terminal for one line, which is not shown. An end without a line (Ctrl-D) is an empty one. */
export const typed = async (what: string): Promise<string> => {
  const { createInterface } = await import('node:readline/promises')
  const { Writable } = await import('node:stream')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asked = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // After the terminal has stopped to show what is typed: somebody may be quick.
  process.stderr.write(`${what}: `)
  try {
    return await new Promise<string>((resolve) => {
      asked.once('line', resolve)
      asked.once('close', () => resolve(''))
      asked.once('SIGINT', () => {
        asked.close()
        process.stderr.write('\n')
        process.exit(interrupted)
      })
    })
  } finally {
    asked.close()
    process.stderr.write('\n')
  }
}

export interface Wanted {
  /** Such as `password`. */
  readonly what: string
  /** The option that names its file. */
  readonly option: string
}

const fromInput = 'standard input'

/**
 * A reader for one command. Each secret is the first line of its file; those by `-` are the lines of standard input, in the order in
 * which they are asked for.
 * @throws Fault `usage` where there is none, `file-unreadable`
 */
export const secretReader = (): ((file: string, wanted: Wanted) => Promise<string>) => {
  let lines: string[] | undefined
  const given = async (file: string, what: string): Promise<string> => {
    if (file !== '-') return textIn(file).split('\n', 1)[0]!
    if (process.stdin.isTTY) return typed(`The ${what}`)
    lines ??= textIn('-').split('\n')
    return lines.shift() ?? ''
  }
  return async (file, { what, option }) => {
    const isNext = lines !== undefined && file === '-'
    const line = (await given(file, what)).replace(/\r$/, '')
    if (line !== '') return line
    const place = file === '-' ? fromInput : file
    throw new Fault('usage', `There is no ${what} in the ${isNext ? 'next' : 'first'} line of ${place}.`, {
      advice: `Write it there, or name another file with ${option}.`,
    })
  }
}

/** What a password is called, wherever one is asked for. */
export const aPassword: Wanted = { what: 'password', option: '--password-file' }
