/** What an inspector has to tell, put together until somebody asks: bounded, and exact in its counts. */
import { endsOf, other, type Flow } from '#inspect/flow.ts'
import type { Denial } from '#inspect/judge.ts'
import type { DenyAction } from '#inspect/program.ts'
import { resetReasons, type ResetReason, type Told } from '#inspect/told.ts'
import type { Denied, Noticed, ReportBatch } from '#schema/inspection.ts'

/** Different denials of one batch; the counts of further ones go to one that says so. */
const maxDifferent = 512
/** Batches that wait to be taken down; what comes then is put together in the next one. */
const maxBatches = 8
/** Faults written out, to stderr. */
const maxFaultsShown = 16

const shown = (value: unknown): string =>
  Array.isArray(value) && value.length > 4
    ? `${String(value[0])}…${String(value.at(-1))} (${value.length})`
    : String(value)

/** Object and values of a command in words, as the policy names them. */
const whatOf = ({ command }: Denial): string =>
  command === undefined
    ? ''
    : Object.entries(command.fields)
        .map(([name, value]) => `${name} ${shown(value)}`)
        .join(', ')
        .slice(0, 200)

export class Tally implements Told {
  readonly #denied = new Map<string, Denied>()
  readonly #noticed = new Map<string, Noticed>()
  #batches: ReportBatch[] = []
  #number = 0
  #faults = 0
  now = 0

  denied(flow: Flow, side: 0 | 1, denial: Denial, action: DenyAction, reset?: ResetReason): void {
    const [from, to] = endsOf(flow, side)
    const { conduit, reason, command, detail } = denial
    const what = whatOf(denial)
    const full = this.#denied.size >= maxDifferent
    const key = full ? `more ${conduit}` : `${conduit} ${from} ${to} ${command?.op ?? ''} ${reason} ${action} ${what}`
    const known = this.#denied.get(key)
    if (known !== undefined) {
      known.count++
      known.last = this.now
      return
    }
    this.#denied.set(key, {
      conduit,
      vlan: flow.vlan,
      from,
      to,
      service: flow.terms.codec.vocabulary.name,
      port: flow.ports[other(flow.client)],
      ...(command === undefined ? {} : { op: command.op }),
      what: full ? 'and others, more than are told apart' : what,
      reason,
      detail,
      action,
      ...(reset === undefined ? {} : { reset: resetReasons[reset] }),
      count: 1,
      first: this.now,
      last: this.now,
    })
  }

  noticed(flow: Flow, conduit: string, text: string): void {
    const [from, to] = flow.names
    const key = this.#noticed.size >= maxDifferent ? conduit : `${conduit} ${from} ${to} ${text}`
    const known = this.#noticed.get(key)
    if (known === undefined) this.#noticed.set(key, { conduit, from, to, text, count: 1 })
    else known.count++
  }

  fault(_flow: Flow, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (this.#faults++ < maxFaultsShown) process.stderr.write(`${text}\n`)
  }

  get faults(): number {
    return this.#faults
  }

  /**
   * What nobody has taken down yet, what came since the last call as the newest batch: an answer may be lost on its way, and what an asker that
   * is late did not get waits for the next.
   * @param upTo number of the newest batch that was taken down
   */
  untold(upTo: number): readonly ReportBatch[] {
    this.#batches = this.#batches.filter(({ number }) => number > upTo)
    const isNews = this.#denied.size + this.#noticed.size > 0
    if (isNews && this.#batches.length < maxBatches) {
      const number = ++this.#number
      this.#batches.push({ number, denied: [...this.#denied.values()], noticed: [...this.#noticed.values()] })
      this.#denied.clear()
      this.#noticed.clear()
    }
    return this.#batches
  }
}
