/** Opens the link as soon as the edge is enrolled, and keeps what needs time. */
import { Fault } from '#core/errors.ts'
import type { EdgeStatus } from '#schema/control.ts'
import type { Edge } from '../context.ts'
import { record } from '../writing.ts'
import type { EdgeLink, LinkOptions } from './link.ts'
import { isEnrolled } from './place.ts'
import type { StickSource } from './stick-out.ts'
import type { UsageKeeper } from './usage.ts'

/** Looks for an enrolment so many ticks apart. */
const lookEvery = 3

export class LinkKeeper {
  readonly #options: LinkOptions
  #link: EdgeLink | undefined
  #usage: UsageKeeper | undefined
  #ticks = 0
  #wrong: Error | undefined
  #closed = false

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get link(): EdgeLink | undefined {
    return this.#link
  }

  /** Called every second, once the last call is over. @throws Fault when what enrolment left cannot be read */
  async tick(edge: Edge): Promise<void> {
    if (this.#link === undefined) {
      if (this.#ticks++ % lookEvery === 0) await this.#look(edge)
      // What was wrong at the last look still is.
      if (this.#wrong !== undefined) throw this.#wrong
      if (this.#link === undefined) return
    }
    this.#link.tick()
    if (++this.#ticks % 10 === 0) record(edge, ...(this.#usage?.tick() ?? []))
  }

  async #look(edge: Edge): Promise<void> {
    this.#wrong = undefined
    if (!isEnrolled(edge.options.state)) return
    try {
      await this.#open(edge)
    } catch (error) {
      this.#wrong = error instanceof Error ? error : new Error(String(error))
    }
  }

  /** Most of what a link needs no edge without a manager ever loads. */
  async #open(edge: Edge): Promise<void> {
    const { openLink } = await import('./link.ts')
    const { readingsOf, UsageKeeper } = await import('./usage.ts')
    if (this.#closed) return
    this.#link = openLink(edge, this.#options)
    if (this.#link !== undefined) this.#usage = new UsageKeeper(edge, readingsOf(edge))
  }

  status(): EdgeStatus['manager'] {
    return this.#link?.status()
  }

  /** @throws Fault `refused` when this edge is not enrolled */
  surely(): EdgeLink {
    if (this.#link !== undefined) return this.#link
    throw new Fault('refused', 'This edge is not enrolled with a manager.', {
      advice: 'Enrol it with `bulkhead edge enrol`.',
    })
  }

  /** What a file for the manager is written from. */
  async source(edge: Edge): Promise<StickSource> {
    const link = this.surely()
    const { version } = this.#options
    const { deviceKey } = await import('./files.ts')
    const key = deviceKey(edge.options.state)
    return {
      store: edge.store,
      identity: link.session.enrolled(),
      key,
      version,
      have: link.have(),
      digest: () => link.digest(),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#link?.close()
    this.#link = undefined
  }
}
