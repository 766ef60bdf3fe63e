/** What was recorded when, over one recording or several: lengths, gaps, and what was not read. */
import { skipReasons, type Skip } from '#packet/records.ts'

export interface Skipped {
  readonly why: string
  readonly packets?: number
  /** First byte of the file that was not read, and how many. */
  readonly at?: number
  readonly bytes?: number
}

export interface Recording {
  readonly name: string
  readonly packets: number
  /** ms since 1970; both 0 when there is no packet. */
  readonly first: number
  readonly last: number
  readonly skipped: readonly Skipped[]
}

/** Silence in one recording that counts as not recorded, in ms: clocks are set, and captures are merged. */
const longestSilence = 3_600_000

interface Span {
  from: number
  to: number
}

export class Recordings {
  readonly list: Recording[] = []
  readonly #spans: Span[] = []
  #name = ''
  #packets = 0
  #span: Span | undefined = undefined
  #first = 0
  #last = 0

  begin(name: string): void {
    this.#name = name
    this.#packets = 0
    this.#span = undefined
    this.#first = 0
    this.#last = 0
  }

  get name(): string {
    return this.#name
  }

  packet(now: number): void {
    if (this.#packets++ === 0) this.#first = this.#last = now
    if (now < this.#first) this.#first = now
    if (now > this.#last) this.#last = now
    const span = this.#span
    if (span === undefined || now > span.to + longestSilence || now < span.from - longestSilence) {
      this.#close()
      this.#span = { from: now, to: now }
      return
    }
    if (now > span.to) span.to = now
    if (now < span.from) span.from = now
  }

  end(skips: readonly Skip[], broken?: string): void {
    this.#close()
    this.list.push({
      name: this.#name,
      packets: this.#packets,
      first: this.#first,
      last: this.#last,
      skipped: [
        ...skips.map(({ at, length, why }) => ({ why: skipReasons[why], at, bytes: length })),
        ...(broken === undefined ? [] : [{ why: broken }]),
      ],
    })
  }

  /** Times in which something was recorded, joined where they overlap. */
  get spans(): readonly Readonly<Span>[] {
    const joined: Span[] = []
    for (const span of this.#spans.toSorted((a, b) => a.from - b.from)) {
      const last = joined.at(-1)
      if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to)
      else joined.push({ ...span })
    }
    return joined
  }

  /** Seconds in which somebody recorded. */
  get seconds(): number {
    return this.spans.reduce((sum, { from, to }) => sum + to - from, 0) / 1000
  }

  #close(): void {
    if (this.#span === undefined) return
    this.#spans.push(this.#span)
    // A clock that jumps makes many: they are joined as they come.
    if (this.#spans.length > maxSpans) this.#spans.splice(0, this.#spans.length, ...this.spans.slice(-maxSpans / 2))
  }
}

const maxSpans = 10_000
