import type { ChildProcess } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { World } from './world.ts'

/** A script of this repository at a host (or `edge`) that reads lines and prints JSON lines. */
export class Program {
  readonly #child: ChildProcess
  readonly #lines: Interface
  #said = ''

  /** @param script from the root of the repository on */
  constructor(world: World, host: string, script: string, args: readonly string[] = []) {
    const file = fileURLToPath(new URL(`../../../${script}`, import.meta.url))
    const command = ['--disable-warning=ExperimentalWarning', file, ...args]
    this.#child = world.spawn(host, process.execPath, command, { stdio: ['pipe', 'pipe', 'pipe'] })
    if (this.#child.stdout === null) throw new Error('no output')
    this.#lines = createInterface({ input: this.#child.stdout })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text))
  }

  /** The next line it prints. */
  async line(): Promise<Record<string, unknown>> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const ended = () => reject(new Error(`the program ended: ${this.#said}`))
    this.#lines.once('line', resolve)
    this.#child.once('exit', ended)
    try {
      return JSON.parse(await promise)
    } finally {
      this.#lines.off('line', resolve)
      this.#child.off('exit', ended)
    }
  }

  /** Writes a line, as it is or as JSON, and gives the one it answers with. */
  ask(order: string | Record<string, unknown>): Promise<Record<string, unknown>> {
    const answer = this.line()
    this.#child.stdin?.write(`${typeof order === 'string' ? order : JSON.stringify(order)}\n`)
    return answer
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }
}
