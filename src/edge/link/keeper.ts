/** Opens the link as soon as the edge is enrolled, and keeps what needs time. */
import { Fault } from '#core/errors.ts'
import type { EdgeStatus } from '#schema/control.ts'
import { record, type Edge } from '../context.ts'
import { type EdgeLink, type LinkOptions, openLink } from './link.ts'
import { deviceKey } from './files.ts'
import type { StickSource } from './stick-out.ts'
import { readingsOf, UsageKeeper } from './usage.ts'

/** Looks for an enrolment so many ticks apart. */
const lookEvery = 3

export class LinkKeeper {
  readonly #options: LinkOptions
  #link: EdgeLink | undefined
  #usage: UsageKeeper | undefined
  #ticks = 0

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get link(): EdgeLink | undefined {
    return this.#link
  }

  /** Called every second. @throws Fault when what enrolment left cannot be read */
  tick(edge: Edge): void {
    if (this.#link === undefined) {
      if (this.#ticks++ % lookEvery !== 0) return
      this.#link = openLink(edge, this.#options)
      if (this.#link === undefined) return
      this.#usage = new UsageKeeper(edge, readingsOf(edge))
    }
    this.#link.tick()
    if (++this.#ticks % 10 === 0) record(edge, ...(this.#usage?.tick() ?? []))
  }

  status(): EdgeStatus['manager'] {
    return this.#link?.status()
  }

  /** @throws Fault `refused` when this edge is not enrolled */
  surely(): EdgeLink {
    if (this.#link !== undefined) return this.#link
    throw new Fault('refused', 'This edge is not enrolled with a manager.', {
      advice: 'Enrol it with `bulkhead edge enrol TOKEN`.',
    })
  }

  /** What a file for the manager is written from. */
  source(edge: Edge): StickSource {
    const link = this.surely()
    const { version } = this.#options
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
    await this.#link?.close()
    this.#link = undefined
  }
}
