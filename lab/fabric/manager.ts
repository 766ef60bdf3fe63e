/** The manager of the lab's two sites: a process outside of the plant's namespaces, as a centre is outside of its plants. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { type Row, rowOf } from '../plant/device.ts'
import { setUp } from './people.ts'

const keeper = fileURLToPath(new URL('keeper.ts', import.meta.url))
/** ms; initdb on a slow disk */
const startLimit = 180_000
/** More than the keeper waits. */
const stopLimit = 60_000

const Listening = z.object({ listening: z.number(), setup: z.string().optional() })
const Ended = z.object({ ended: z.union([z.number(), z.string()]) })

export class LabManager {
  /** Keys, certificates, database and sockets; edges reach it through a socket in it. */
  readonly state: string
  readonly #keeper
  #heard: (row: Row) => void = () => undefined
  #said = ''
  #tokens: Readonly<Record<string, string>> | undefined

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-lab-'))
    // Whoever the manager becomes must get through; what is in its own directory is its own.
    chmodSync(folder, 0o711)
    this.state = join(folder, 'manager')
    const words = ['--disable-warning=ExperimentalWarning', keeper, folder]
    // In a group of its own: Ctrl-C is for the one who ends the plant.
    this.#keeper = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    // What it cannot be told, it has ended with.
    this.#keeper.stdin.on('error', () => undefined)
    createInterface({ input: this.#keeper.stdout }).on('line', (line) => {
      const row = rowOf(line)
      if (Object.keys(row).length === 0) this.#said += `${line}\n`
      this.#heard(row)
    })
    this.#keeper.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (this.#said = (this.#said + text).slice(-4000)))
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
    this.#said = ''
    const listening = this.#next(startLimit, (row) => Listening.safeParse(row).data)
    this.#keeper.stdin.write('up\n')
    const { listening: port, setup } = await listening
    if (setup !== undefined) this.#tokens = await setUp({ state: this.state, port, code: setup })
    return performance.now() - begin
  }

  /** Ends it as a person would, and waits until it is gone. */
  async stop(): Promise<void> {
    const ended = this.#next(stopLimit, (row) => Ended.safeParse(row).data)
    this.#keeper.stdin.write('down\n')
    await ended
  }

  /** Nothing of it is left. */
  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#keeper
    if (exitCode !== null || signalCode !== null) return
    const gone = new Promise((resolve) => this.#keeper.once('exit', resolve))
    this.#keeper.stdin.end()
    await gone
  }

  /** The first row that is what is waited for. @throws Fault when the manager ended, or nothing came in time */
  #next<T>(limit: number, read: (row: Row) => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const late = setTimeout(() => reject(this.#fault('does not answer')), limit)
    this.#heard = (row) => {
      const found = read(row)
      const ended = Ended.safeParse(row)
      if (found !== undefined) resolve(found)
      else if (ended.success) reject(this.#fault(`ended with exit code ${ended.data.ended}`))
    }
    return promise.finally(() => clearTimeout(late))
  }

  #fault(what: string): Fault {
    return new Fault('manager-unreachable', `The manager of the plant ${what}.`, {
      details: this.#said.trim().split('\n').slice(-6),
      advice: 'Its last words are above.',
    })
  }
}
