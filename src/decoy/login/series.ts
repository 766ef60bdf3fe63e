/** What a series of attempts shows. */
import type { Tried } from './state.ts'

/** Attempts with one pair before their period means something. */
const regularAttempts = 4
/** Difference of the longest and the shortest gap, as a part of the mean one. */
const regularJitter = 0.1
/** ms; nothing that retries faster is a client that somebody configured. */
const regularLeast = 1000

const different = (values: readonly (string | undefined)[]): number => {
  const seen = new Set(values)
  seen.delete(undefined)
  return seen.size
}

export const secretsFor = (series: readonly Tried[], user: string): number =>
  different(series.filter((one) => one.user === user).map(({ secret }) => secret))

export const usersWith = (series: readonly Tried[], secret: string | undefined): number =>
  secret === undefined ? 0 : different(series.filter((one) => one.secret === secret).map(({ user }) => user))

export const sourcesFor = (series: readonly Tried[]): number => different(series.map(({ source }) => source))

/** Attempts of a source with one pair; undefined when it tried another, which no client does that somebody configured. */
export const pairTried = (series: readonly Tried[], { user, secret }: Tried): readonly Tried[] | undefined =>
  series.every((one) => one.user === user && one.secret === secret) ? series : undefined

/** ms between attempts that come at a fixed period. */
export const period = (series: readonly Tried[]): number | undefined => {
  if (series.length < regularAttempts) return undefined
  const gaps = series.slice(1).map(({ at }, index) => at - (series[index]?.at ?? at))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  if (mean < regularLeast) return undefined
  return Math.max(...gaps) - Math.min(...gaps) < regularJitter * mean ? mean : undefined
}
