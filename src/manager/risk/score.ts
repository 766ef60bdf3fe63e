/**
 * A score from evidence. Pure. Each piece adds to the log-odds that a source is hostile and halves with time; each family is capped. The
 * score is how far the probability has come from that of a source of which nothing is known (0) to certainty (100).
 */
import { type Family, type FamilyName, families, halfLivesKept, hourMs, prior } from './families.ts'

export interface Evidence {
  readonly family: FamilyName
  /** Id of the event, or the name of a list: what a person looks up. */
  readonly key: string
  /** Log-odds that it added when it was new, above 0. */
  readonly weight: number
  /** ms since 1970; what is to come counts as now. */
  readonly at: number
}

export interface Point<E extends Evidence = Evidence> {
  readonly evidence: E
  /** ms */
  readonly age: number
  /** Log-odds that it adds now: decayed, and within its family's cap. */
  readonly adds: number
  /** Of the score; all of them add up to it. */
  readonly points: number
}

export interface Scored<E extends Evidence = Evidence> {
  /** 0 to 100, a whole number. */
  readonly score: number
  /** Log-odds above the prior. */
  readonly odds: number
  /** The strongest first. */
  readonly points: readonly Point<E>[]
}

const probability = (odds: number): number => 1 / (1 + Math.exp(-odds))
const floor = probability(prior)

export const scoreOf = (odds: number): number =>
  Math.min(100, Math.max(0, Math.round((100 * (probability(prior + odds) - floor)) / (1 - floor))))

const decayed = ({ family, weight, at }: Evidence, now: number): number => {
  const lives = Math.max(0, now - at) / (families[family].halfLife * hourMs)
  return lives > halfLivesKept ? 0 : weight * 2 ** -lives
}

const sum = (numbers: Iterable<number>): number => {
  let total = 0
  for (const number of numbers) total += number
  return total
}

/** How much of each family counts: what is over its cap does not, and context counts at most as much as everything else. */
const shares = (totals: ReadonlyMap<FamilyName, number>): ReadonlyMap<FamilyName, number> => {
  const capped = new Map([...totals].map(([family, total]) => [family, Math.min(total, families[family].cap)]))
  const isContext = (family: FamilyName) => {
    const { context }: Family = families[family]
    return context === true
  }
  const of = (context: boolean) =>
    sum([...capped].flatMap(([family, total]) => (isContext(family) === context ? [total] : [])))
  const [context, rest] = [of(true), of(false)]
  const part = context > rest ? rest / context : 1
  return new Map(
    [...totals].map(([family, total]) => [
      family,
      total === 0 ? 0 : ((capped.get(family) ?? 0) / total) * (isContext(family) ? part : 1),
    ]),
  )
}

/** @param now ms since 1970 */
export const score = <E extends Evidence>(all: readonly E[], now: number): Scored<E> => {
  const worth = all.map((evidence) => ({ evidence, left: decayed(evidence, now) })).filter(({ left }) => left > 0)
  const totals = new Map<FamilyName, number>()
  for (const { evidence, left } of worth) totals.set(evidence.family, (totals.get(evidence.family) ?? 0) + left)
  const share = shares(totals)
  const adding = worth.map(({ evidence, left }) => ({ evidence, adds: left * (share.get(evidence.family) ?? 0) }))
  const odds = sum(adding.map(({ adds }) => adds))
  const total = scoreOf(odds)
  const points = adding.map(({ evidence, adds }) => ({
    evidence,
    age: Math.max(0, now - evidence.at),
    adds,
    points: odds === 0 ? 0 : (total * adds) / odds,
  }))
  return { score: total, odds, points: points.toSorted((a, b) => b.points - a.points) }
}

/** Without new evidence a score only falls. ms to which the moment of a fall is found. */
const precisionMs = 1000

/**
 * When the score of this evidence is below a limit.
 * @param limit above 0
 * @returns ms since 1970, at most a second late; `now` when it is below already
 */
export const fallsBelow = (all: readonly Evidence[], limit: number, now: number): number => {
  const isBelow = (at: number) => score(all, at).score < limit
  if (isBelow(now)) return now
  let [low, high] = [now, now + hourMs]
  while (!isBelow(high)) [low, high] = [high, now + (high - now) * 2]
  while (high - low > precisionMs) {
    const middle = (low + high) / 2
    if (isBelow(middle)) high = middle
    else low = middle
  }
  return Math.ceil(high)
}

/** The highest of some limits that a score has reached; 0 when none. */
export const bandOf = (value: number, limits: readonly number[]): number =>
  limits.reduce((band, limit) => (value >= limit && limit > band ? limit : band), 0)
