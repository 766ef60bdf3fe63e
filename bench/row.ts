/** What every benchmark reports, and how values of several rounds become one. */

export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is measured against, in the same run. */
  readonly against: { readonly name: string; readonly value: number }
  readonly ratio: number
  /** Text of the limit, and whether the value keeps it. */
  readonly limit: string
  readonly ok: boolean
  /** Percentiles or other figures worth reading. */
  readonly details?: Readonly<Record<string, number>>
}

export type Benchmark = {
  readonly names: readonly string[]
  readonly run: (names: readonly string[]) => Promise<readonly Row[]>
}

export const percentile = (values: readonly number[], p: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN
}
export const median = (values: readonly number[]): number => percentile(values, 50)

export const row = (given: Omit<Row, 'ratio'>): Row => ({ ...given, ratio: given.value / given.against.value })
