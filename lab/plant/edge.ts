/** The edge of the plant: its daemon as any edge runs it, reached over its control socket. */
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Fault } from '#core/errors.ts'
import { callEdge, followEvents, type BodyOf } from '#edge/control/client.ts'
import { enrol } from '#edge/link/enrol.ts'
import type { Answers } from '#edge/operations.ts'
import type { EdgeStatus, Operation } from '#schema/control.ts'
import type { Event } from '#schema/event.ts'
import manifest from '../../package.json' with { type: 'json' }
import { edgeSocket, home } from './hosts.ts'
import type { Plant } from './plant.ts'

const bulkhead = fileURLToPath(new URL('../../bulkhead', import.meta.url))
/** ms; on a slow machine */
const startLimit = 90_000
/** ms; what is waited for comes at once, on a machine that is not busy */
const eventLimit = 30_000

const withoutColour = (text: string): string =>
  text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')

export class LabEdge {
  readonly #plant: Plant
  readonly #log: string
  readonly state: string
  readonly socket: string
  readonly #events: Event[] = []
  readonly #onEvent: (event: Event) => void
  #daemon: ChildProcess | undefined
  #said = ''

  constructor(plant: Plant, onEvent: (event: Event) => void) {
    this.#plant = plant
    this.#onEvent = onEvent
    const { edge } = plant.lab
    this.#log = `${home}/${edge}.log`
    this.state = `${home}/${edge}`
    this.socket = edgeSocket(plant.lab)
    mkdirSync(this.state, { recursive: true, mode: 0o755 })
    writeFileSync(this.#log, '')
  }

  /** Everything the edge has reported, oldest first. */
  get events(): readonly Event[] {
    return this.#events
  }

  /**
   * Starts the daemon and waits until it answers.
   * @returns ms it took
   * @throws Fault with what the daemon said
   */
  async start(): Promise<number> {
    const begin = performance.now()
    this.#said = ''
    const { policyFile, edge, namespace } = this.#plant.lab
    const words = ['--policy', policyFile, '--edge', edge, '--state', this.state, '--socket', this.socket]
    const daemon = this.#plant.spawn(namespace, [bulkhead, 'edge', 'run', ...words])
    this.#daemon = daemon
    for (const output of [daemon.stdout, daemon.stderr])
      output?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-4000)
        appendFileSync(this.#log, text)
      })
    while (daemon.exitCode === null && daemon.signalCode === null) {
      if (await this.#answers()) {
        const ms = performance.now() - begin
        void this.#follow(daemon)
        return ms
      }
      if (performance.now() - begin > startLimit) break
      await sleep(50)
    }
    const details = withoutColour(this.#said).trim().split('\n').slice(-6)
    const what = daemon.exitCode === null ? 'does not answer' : `ended with exit code ${daemon.exitCode}`
    throw new Fault('edge-unreachable', `The edge of the plant ${what}.`, {
      details,
      advice: 'Its last words are above.',
    })
  }

  /** Joins a manager; the daemon notices by itself. @throws Fault */
  async enrol(token: string): Promise<void> {
    await enrol({ token, state: this.state, version: manifest.version, edge: this.#plant.lab.edge })
  }

  /** Ends the daemon as a crash would: no handler of it runs. */
  async kill(): Promise<void> {
    const daemon = this.#daemon
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const gone = new Promise((resolve) => daemon.once('exit', resolve))
    daemon.kill('SIGKILL')
    await gone
  }

  status(): Promise<EdgeStatus> {
    return this.call('status', {})
  }

  call<O extends Operation>(operation: O, body: BodyOf<O>): Promise<Answers[O]> {
    return callEdge(this.socket, operation, body)
  }

  /** The first event, past or within `timeoutMs`, that matches. */
  async event(matches: (event: Event) => boolean, timeoutMs = eventLimit): Promise<Event | undefined> {
    const limit = performance.now() + timeoutMs
    for (;;) {
      const found = this.#events.find(matches)
      if (found !== undefined || performance.now() > limit) return found
      await sleep(20)
    }
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.status()).state !== 'pending'
    } catch (error) {
      if (error instanceof Fault && error.code === 'edge-unreachable') return false
      throw error
    }
  }

  /** Takes in what this daemon reports; the next one continues after the last event of this one. */
  async #follow(daemon: ChildProcess): Promise<void> {
    while (this.#daemon === daemon && daemon.exitCode === null && daemon.signalCode === null) {
      const last = this.#events.at(-1)?.id
      try {
        for await (const event of followEvents(this.socket, last === undefined ? { since: '1h' } : { after: last })) {
          this.#events.push(event)
          this.#onEvent(event)
        }
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        await sleep(100)
      }
    }
  }
}
