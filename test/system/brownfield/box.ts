/** The box that becomes the edge: its command line, and programs at hosts of the plant. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bulkheadAtEdge } from '../edge-process.ts'
import type { World } from '../world/world.ts'

const command = fileURLToPath(new URL('../../../bulkhead', import.meta.url))
const timeoutMs = 60_000

export interface Running {
  /** Ctrl-C, after which it has to end without an error. @returns what it printed */
  interrupt(): Promise<string>
}

export class Box {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** Runs `bulkhead …` to its end, which must have this code. @returns what it printed */
  async bulkhead(words: string, code = 0): Promise<string> {
    const ended = await bulkheadAtEdge(this.#world, words.split(' '))
    assert.equal(ended.code, code, `bulkhead ${words}: ${ended.stdout}${ended.stderr}`)
    return ended.stdout
  }

  async json<T>(words: string, code = 0): Promise<T> {
    const value: T = JSON.parse(await this.bulkhead(`${words} --json`, code))
    return value
  }

  /** Starts `bulkhead …` and waits until it says, on standard error, what is waited for. */
  async start(words: string, until: RegExp): Promise<Running> {
    const child = this.#world.spawn('edge', command, words.split(' '))
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.setEncoding('utf8').on('data', (text: string) => (said[stream] += text))
    for (const limit = performance.now() + timeoutMs; !until.test(said.stderr); await sleep(20))
      assert.ok(child.exitCode === null && performance.now() < limit, `bulkhead ${words}: ${said.stderr}`)
    return {
      interrupt: async () => {
        const closed = once(child, 'close')
        child.kill('SIGINT')
        const [code]: unknown[] = await closed
        assert.equal(code, 0, `bulkhead ${words}: ${said.stdout}${said.stderr}`)
        return said.stdout
      },
    }
  }

  /** Runs a script of this repository at a host to its end. @returns what it printed */
  async exec(host: string, args: readonly string[]): Promise<string> {
    const ended = await this.#world.exec(host, process.execPath, ['--disable-warning=ExperimentalWarning', ...args])
    assert.equal(ended.code, 0, `${host} ${args.join(' ')}: ${ended.stderr}`)
    return ended.stdout
  }
}
