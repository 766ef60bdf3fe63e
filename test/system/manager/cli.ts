/**
 * Commands by their words, with exit code and what they print, for tests of what a command says and does. Node and the modules of the
 * command start once for all of them; what it is to be a process of its own (signals, streams, a start) is tested where it matters.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const Said = z.object({ code: z.int(), out: z.string(), err: z.string() })
export type Said = z.infer<typeof Said>

const program = fileURLToPath(new URL('cli-host.ts', import.meta.url))
const execArgv = ['--disable-warning=ExperimentalWarning']

let host: ChildProcess | undefined
const started = (): ChildProcess => {
  if (host?.connected === true) return host
  // It ends with this process, which does not wait for it.
  const child = fork(program, { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.unref()
  child.channel?.unref()
  return (host = child)
}

const one = async (words: readonly string[], env: Readonly<Record<string, string>>): Promise<Said> => {
  const child = started()
  const ending = new AbortController()
  const { signal } = ending
  const alive = setInterval(() => undefined, 60_000)
  try {
    child.send({ words, env })
    const gone = once(child, 'exit', { signal }).then(([code, killed]) => {
      throw new Error(`the command ended its process: ${String(code ?? killed)}`)
    })
    const [said] = await Promise.race([once(child, 'message', { signal }), gone])
    return Said.parse(said)
  } finally {
    clearInterval(alive)
    ending.abort()
  }
}

let last: Promise<unknown> = Promise.resolve()
/** `bulkhead WORDS…`; one after another, however they are called. */
export const bulkhead = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> => {
  const next = last.then(() => one(words, env))
  last = next.catch(() => undefined)
  return next
}

/** The same, which must succeed. @returns what it printed */
export const done = async (...words: readonly string[]): Promise<string> => {
  const { code, out, err } = await bulkhead(words)
  if (code !== 0) throw new Error(`bulkhead ${words.join(' ')}: ${code} ${err}${out}`)
  return out
}
