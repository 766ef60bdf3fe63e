/** The manager of the lab's two sites: a process outside of the plant's namespaces, as a centre is outside of its plants. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { rowOf } from '../plant/device.ts'
import { setUp } from './people.ts'

const bulkhead = fileURLToPath(new URL('../../bulkhead', import.meta.url))
/** ms; initdb on a slow disk */
const startLimit = 60_000
const stopLimit = 10_000

const Listening = z.object({ listening: z.number(), setup: z.string().optional() })
type Listening = z.infer<typeof Listening>

export class LabManager {
  /** Keys, certificates, database and sockets; edges reach it through a socket in it. */
  readonly state: string
  readonly #folder: string
  #child: ChildProcess | undefined
  #said = ''
  #tokens: Readonly<Record<string, string>> | undefined

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'bulkhead-lab-'))
    // Whoever the manager becomes must get through; what is in its own directory is its own.
    chmodSync(this.#folder, 0o711)
    this.state = join(this.#folder, 'manager')
  }

  /** What enrols each edge, by its name; there once it has been started. */
  get tokens(): Readonly<Record<string, string>> {
    return this.#tokens ?? {}
  }

  /**
   * Starts it and waits until it listens; the first time also sets it up, as a person would.
   * @returns ms it took
   * @throws Fault with what it said
   */
  async start(): Promise<number> {
    const begin = performance.now()
    const words = ['--state', this.state, '--listen', '127.0.0.1:0', '--link', '127.0.0.1:0', '--json']
    const child = spawn(bulkhead, ['manager', 'run', ...words], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#child = child
    this.#said = ''
    const { promise, resolve, reject } = Promise.withResolvers<Listening>()
    const late = setTimeout(() => reject(this.#fault('does not answer')), startLimit)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const line = Listening.safeParse(rowOf(text.trim()))
      if (line.success) resolve(line.data)
      else this.#said += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said = (this.#said + text).slice(-4000)))
    child.once('error', reject)
    child.once('exit', (code) => reject(this.#fault(`ended with exit code ${code}`)))
    try {
      const { listening: port, setup } = await promise
      if (setup !== undefined) this.#tokens = await setUp({ state: this.state, port, code: setup })
    } finally {
      clearTimeout(late)
    }
    return performance.now() - begin
  }

  /** Ends it as a person would, and waits until it is gone. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimit)
    await gone
    clearTimeout(late)
  }

  /** Nothing of it is left. */
  async close(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #fault(what: string): Fault {
    return new Fault('manager-unreachable', `The manager of the plant ${what}.`, {
      details: this.#said.trim().split('\n').slice(-6),
      advice: 'Its last words are above.',
    })
  }
}
