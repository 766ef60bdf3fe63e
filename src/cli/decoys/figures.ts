/** Coverage as a control engineer reads it. */
import { advice, targets, type Coverage } from '#policy/decoys/coverage.ts'
import type { Output } from '../output.ts'

export interface Figures {
  /** Pool, or `all`. */
  readonly name: string
  readonly coverage: Coverage
}

const percent = (part: number): string => `${(part * 100).toFixed(part >= 0.9995 || part === 0 ? 0 : 1)} %`
const hosts = (value: number): string => (value >= 10 ? value.toFixed(1) : value.toFixed(3))

const rounding = 1e-9
export const isReached = ({ dark, first, expected, real }: Coverage): boolean =>
  dark >= targets.dark - rounding &&
  (real === 0 || first >= targets.first - rounding) &&
  expected <= targets.expected + rounding

export const figuresText = (output: Output, all: readonly Figures[]): string => {
  const good = (reached: boolean) => (reached ? ('green' as const) : ('yellow' as const))
  const table = output.table(all, [
    { title: 'pool', cell: ({ name }) => name },
    { title: 'decoys', right: true, cell: ({ coverage }) => coverage.decoys },
    { title: 'addresses', right: true, cell: ({ coverage }) => coverage.approved },
    { title: 'real hosts', right: true, cell: ({ coverage }) => coverage.real },
    {
      title: 'dark space covered',
      right: true,
      cell: ({ coverage }) => percent(coverage.dark),
      style: ({ coverage }) => good(coverage.dark >= targets.dark - rounding),
    },
    {
      title: 'decoy first',
      right: true,
      cell: ({ coverage }) => percent(coverage.first),
      style: ({ coverage }) => good(coverage.first >= targets.first - rounding),
    },
    {
      title: 'real found per source',
      right: true,
      cell: ({ coverage }) => hosts(coverage.expected),
      style: ({ coverage }) => good(coverage.expected <= targets.expected + rounding),
    },
    { title: 'scan up finds', right: true, cell: ({ coverage }) => coverage.upwards },
    { title: 'scan down finds', right: true, cell: ({ coverage }) => coverage.downwards },
  ])
  return `${table}\nto reach: dark space covered ${percent(targets.dark)} or more, decoy first ${percent(targets.first)} or more, real found per source ${targets.expected} or less`
}

/** What falls short, by pool; with one pool, the sum says nothing more. */
export const adviceOf = (all: readonly Figures[]): string[] =>
  all.flatMap(({ name, coverage }) => {
    const said = advice(coverage)
    return name === 'all' && all.length > 1 ? [] : said.map((text) => `${name}: ${text}`)
  })
