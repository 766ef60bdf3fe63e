/** The text exposition format of Prometheus, version 0.0.4. */

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

export type Labels = Readonly<Record<string, string>>
export interface Sample {
  readonly labels?: Labels
  readonly value: number
  /** Behind the name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
}
export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

const quoted = (text: string): string =>
  `"${text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)}"`

const number = (value: number): string =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : Number.isNaN(value) ? 'NaN' : String(value)

export const exposition = (metrics: readonly Metric[]): string =>
  metrics
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ labels = {}, value, suffix = '' }) => {
        const pairs = Object.entries(labels).map(([key, text]) => `${key}=${quoted(text)}`)
        return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number(value)}`
      }),
    ])
    .map((line) => `${line}\n`)
    .join('')

/** Counts in buckets, as long as the process lives: they only grow, as a scraper expects. */
export const histogram = (bounds: readonly number[]) => {
  const counts = bounds.map(() => 0)
  let count = 0
  let sum = 0
  return {
    add: (value: number): void => {
      count++
      sum += value
      for (const [at, bound] of bounds.entries()) if (value <= bound) counts[at] = (counts[at] ?? 0) + 1
    },
    samples: (): Sample[] => [
      ...bounds.map((bound, at) => ({ suffix: '_bucket', labels: { le: number(bound) }, value: counts[at] ?? 0 })),
      { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
      { suffix: '_sum', value: sum },
      { suffix: '_count', value: count },
    ],
  }
}
