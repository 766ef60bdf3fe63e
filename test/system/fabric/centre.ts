/** A manager as a process of its own, with its own PostgreSQL: what can be killed. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { type Ask, askManager, callManager, unreachableAt } from '#manager/client.ts'
import { catalogue, type ErrorCode, Fault } from '#core/errors.ts'
import { Problem, User } from '#schema/manager-api.ts'
import { copyTemplate, templateFolder } from '../manager/template.ts'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const isCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code)
const password = 'correct horse battery'
const Listening = z.object({ listening: z.int(), link: z.int(), setup: z.string().optional() })

export class Centre {
  readonly #folder: string
  readonly state: string
  #child: ChildProcess | undefined
  /** Last words of all that ran here. */
  said = ''

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'bulkhead-centre-'))
    // Whoever the manager becomes must get through; what is in its own directory is its own.
    chmodSync(this.#folder, 0o711)
    this.state = join(this.#folder, 'manager')
  }

  /** Started, with an administrator. */
  static async start(): Promise<Centre> {
    const centre = new Centre()
    try {
      mkdirSync(centre.state)
      await copyTemplate(templateFolder(), centre.state)
      const code = await centre.run()
      const body = { code, name: 'ann', password }
      await centre.ask({ method: 'POST', path: '/v1/setup', body, answer: User })
      return centre
    } catch (error) {
      await centre.close()
      throw error
    }
  }

  /** Starts it on what the one before left. @returns the code for the first administrator, while there is none */
  async run(): Promise<string | undefined> {
    const at = ['--listen', '127.0.0.1:0', '--link', '127.0.0.1:0', '--host', '127.0.0.1']
    const words = [
      '--disable-warning=ExperimentalWarning',
      main,
      'manager',
      'run',
      '--json',
      '--state',
      this.state,
      ...at,
    ]
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.said = (this.said + text).slice(-256_000)))
    const lines = createInterface({ input: child.stdout })
    const [line] = await Promise.race([once(lines, 'line'), once(child, 'close').then(() => [''])])
    const listening = Listening.safeParse(line === '' ? undefined : JSON.parse(String(line)))
    if (!listening.success)
      throw new Error(`the manager does not start: ${line} ${this.said.slice(-1000)} ${this.#databaseLog()}`)
    return listening.data.setup
  }

  #databaseLog(): string {
    return readFileSync(join(this.state, 'postgres/postgres.log'), 'utf8').slice(-1500)
  }

  async kill(): Promise<void> {
    const child = this.#child
    assert.ok(child !== undefined)
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the manager ended by itself: ${this.said.slice(-2000)}`)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Its server; the processes that serve connections notice it themselves. */
  killDatabase(): void {
    const pid = Number(readFileSync(join(this.state, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0])
    assert.ok(pid > 1, 'the number of the database')
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It is not back yet from the time before.
      assert.ok(error instanceof Error && 'code' in error && error.code === 'ESRCH')
    }
  }

  /** As its local administrator. @throws Fault */
  ask<T>(what: Ask<T>): Promise<T> {
    return askManager(join(this.state, 'manager.sock'), what)
  }

  /** An account of that role. */
  async employ(name: string, role: string): Promise<void> {
    await this.ask({ method: 'POST', path: '/v1/users', body: { name, role, password }, answer: User })
  }
  /** @returns the cookie of a session, for {@link askAs} */
  async logIn(name: string): Promise<string> {
    const { cookie } = await this.#call({ method: 'POST', path: '/v1/login', body: { name, password }, answer: User })
    return cookie
  }
  /** As whoever has the cookie. @throws Fault */
  async askAs<T>(cookie: string, what: Ask<T>): Promise<T> {
    return (await this.#call(what, cookie)).answer
  }
  async #call<T>(
    { method = 'GET', path, body, answer }: Ask<T>,
    cookie?: string,
  ): Promise<{ readonly answer: T; readonly cookie: string }> {
    const socket = join(this.state, 'manager.sock')
    const headers: Record<string, string> = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(cookie === undefined ? {} : { cookie }),
    }
    const call = callManager(socket, { method, path, headers, timeout: 30_000 })
    call.on('timeout', () => call.destroy(new Error('timeout')))
    call.end(body === undefined ? undefined : JSON.stringify(body))
    let value: unknown
    let response: IncomingMessage
    try {
      ;[response] = await once(call, 'response')
      value = await json(response)
    } catch (error) {
      throw unreachableAt(socket, error)
    }
    if ((response.statusCode ?? 500) < 400)
      return { answer: answer.parse(value), cookie: String(response.headers['set-cookie']).split(';')[0] ?? '' }
    const { code, what, details } = Problem.parse(value).error
    throw new Fault(isCode(code) ? code : 'internal', what, { details })
  }

  async close(): Promise<void> {
    const child = this.#child
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 8000)
      await gone
      clearTimeout(late)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
