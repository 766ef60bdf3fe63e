/** Opens the link as soon as the edge is enrolled, and keeps what needs time. */
import { createRequire } from 'node:module'
import { Fault } from '#core/errors.ts'
import type { EdgeStatus } from '#schema/control.ts'
import { record, type Edge } from '../context.ts'
import type * as Files from './files.ts'
import type * as Link from './link.ts'
import { isEnrolled } from './place.ts'
import type { StickSource } from './stick-out.ts'
import type * as Usage from './usage.ts'

const require = createRequire(import.meta.url)

/** Looks for an enrolment so many ticks apart. */
const lookEvery = 3

export class LinkKeeper {
  readonly #options: Link.LinkOptions
  #link: Link.EdgeLink | undefined
  #usage: Usage.UsageKeeper | undefined
  #ticks = 0

  constructor(options: Link.LinkOptions) {
    this.#options = options
  }

  get link(): Link.EdgeLink | undefined {
    return this.#link
  }

  /** Called every second. @throws Fault when what enrolment left cannot be read */
  tick(edge: Edge): void {
    if (this.#link === undefined) {
      if (this.#ticks++ % lookEvery !== 0 || !isEnrolled(edge.options.state)) return
      // Most of what a link needs no edge without a manager ever loads.
      const { openLink }: typeof Link = require('./link.ts')
      const { readingsOf, UsageKeeper }: typeof Usage = require('./usage.ts')
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
  surely(): Link.EdgeLink {
    if (this.#link !== undefined) return this.#link
    throw new Fault('refused', 'This edge is not enrolled with a manager.', {
      advice: 'Enrol it with `bulkhead edge enrol TOKEN`.',
    })
  }

  /** What a file for the manager is written from. */
  source(edge: Edge): StickSource {
    const link = this.surely()
    const { version } = this.#options
    const { deviceKey }: typeof Files = require('./files.ts')
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
