/** A device or client of the lab at a host: everything it said, in order, and orders in words to it. */
import { createInterface } from 'node:readline'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { World } from '../world/world.ts'

export type Row = Readonly<Record<string, unknown>>

const parse = (line: string): Row => {
  try {
    const row: Row = JSON.parse(line)
    return row
  } catch {
    return { said: line }
  }
}

/** ms that a row may take to come. */
const limitMs = 30_000

export class Program implements AsyncDisposable {
  readonly rows: Row[] = []
  readonly #child: ChildProcess
  #woken = (): void => undefined
  #ended = false

  /** @param script below `lab/devices` */
  constructor(world: World, host: string, script: string, args: readonly string[]) {
    const file = fileURLToPath(new URL(`../../../lab/devices/${script}`, import.meta.url))
    this.#child = world.spawn(host, process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    if (this.#child.stdout === null) throw new Error('no output')
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.rows.push(parse(line))
      this.#woken()
    })
    this.#child.once('exit', () => {
      this.#ended = true
      this.#woken()
    })
  }

  /** The first row from `from` on that matches. @throws Error when the program ended or the time is over */
  async row(matches: (row: Row) => boolean, from = 0): Promise<Row> {
    const end = performance.now() + limitMs
    for (;;) {
      const found = this.rows.slice(from).find(matches)
      if (found !== undefined) return found
      const left = end - performance.now()
      if (this.#ended || left <= 0) throw new Error(`it said only ${JSON.stringify(this.rows.slice(-5))}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#woken = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  ready(): Promise<Row> {
    return this.row(({ kind }) => kind === 'listening')
  }

  /** Gives an order and waits for its answer. */
  async ask(order: string): Promise<Row> {
    const from = this.rows.length
    this.#child.stdin?.write(`${order}\n`)
    const { order: _, ...answer } = await this.row((row) => row['order'] === order, from)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 3000)
    await gone
    clearTimeout(late)
  }
}
