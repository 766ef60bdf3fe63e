/** Counts polls. A poll is lost only if its answer never comes within the time it is given; one that is late is late, not lost. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** Milliseconds, to the microsecond. */
export interface RoundTrips {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}
export interface TallyReport {
  readonly sent: number
  readonly answered: number
  readonly lost: number
  /** Answered with the protocol's own refusal; part of `answered`. */
  readonly refused: number
  readonly reconnects: number
  /** Sent and neither answered nor given up yet. */
  readonly outstanding: number
  /** Absent while nothing was answered. */
  readonly rtt?: RoundTrips
}

const milliseconds = (nanoseconds: number) => Math.round(nanoseconds / 1000) / 1000

const roundTrips = (histogram: RecordableHistogram): { rtt?: RoundTrips } =>
  histogram.count === 0
    ? {}
    : {
        rtt: {
          p50: milliseconds(histogram.percentile(50)),
          p90: milliseconds(histogram.percentile(90)),
          p99: milliseconds(histogram.percentile(99)),
          max: milliseconds(histogram.max),
        },
      }

export class Tally {
  readonly #whole = createHistogram({ lowest: 1, highest: 60_000_000_000, figures: 3 })
  readonly #recent = createHistogram({ lowest: 1, highest: 60_000_000_000, figures: 3 })
  #sent = 0
  #answered = 0
  #lost = 0
  #refused = 0
  #reconnects = 0

  /** Counts a poll and returns its start. */
  sent(): bigint {
    this.#sent++
    return process.hrtime.bigint()
  }
  answered(start: bigint): void {
    const took = process.hrtime.bigint() - start
    this.#answered++
    this.#whole.record(took > 0n ? took : 1n)
    this.#recent.record(took > 0n ? took : 1n)
  }
  refused(start: bigint): void {
    this.#refused++
    this.answered(start)
  }
  lost(): void {
    this.#lost++
  }
  reconnected(): void {
    this.#reconnects++
  }
  get outstanding(): number {
    return this.#sent - this.#answered - this.#lost
  }

  /** Counts since the start, round trips since the last call. */
  report(): TallyReport {
    const rtt = roundTrips(this.#recent)
    this.#recent.reset()
    return { ...this.#counts(), ...rtt }
  }
  /** Counts and round trips since the start. */
  total(): TallyReport {
    return { ...this.#counts(), ...roundTrips(this.#whole) }
  }

  #counts(): Omit<TallyReport, 'rtt'> {
    return {
      sent: this.#sent,
      answered: this.#answered,
      lost: this.#lost,
      refused: this.#refused,
      reconnects: this.#reconnects,
      outstanding: this.outstanding,
    }
  }
}

/**
 * Prints `{ "kind": "polls", …report }` every `ms`, and `{ "kind": "total", … }` at SIGUSR2.
 * @returns prints the total and stops
 */
export const reporting = (
  tally: Tally,
  ms: number,
  print: (row: Readonly<Record<string, unknown>>) => void,
): (() => void) => {
  const timer = setInterval(() => print({ kind: 'polls', ...tally.report() }), ms)
  process.on('SIGUSR2', () => print({ kind: 'total', ...tally.total() }))
  return () => {
    clearInterval(timer)
    print({ kind: 'total', ...tally.total() })
  }
}
