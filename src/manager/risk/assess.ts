/** The score of one source at one site, and what follows from it. Pure. */
import { families, hourMs } from './families.ts'
import type { Origin } from './origin.ts'
import type { ListMatch } from './ports.ts'
import { isPublic } from './public.ts'
import type { Shown } from './against.ts'
import { bandOf, fallsBelow, score, type Scored } from './score.ts'
import { type Veto, vetoOf } from './veto.ts'

export interface Situation {
  readonly site: string
  readonly ip: string
  /** ms since 1970 */
  readonly now: number
  /** By site, of every site. */
  readonly evidence: ReadonlyMap<string, readonly Shown[]>
  readonly vetoes: readonly (Veto & { readonly reason: string })[]
  readonly lists: readonly ListMatch[]
  readonly origin: Origin
  /** Countries and autonomous systems in which nobody of ours is. */
  readonly foreign: readonly { readonly kind: 'country' | 'asn'; readonly value: string }[]
}

export interface Assessed extends Scored<Shown> {
  /** Why it counts nothing in spite of its evidence. */
  readonly veto?: string
  /** ms since 1970 at which the veto ends, where it does. */
  readonly vetoUntil?: number
}

/** Half of what another site knows of a source that is the same host there. */
const reputation = ({ site, ip, evidence, now }: Situation): Shown[] =>
  isPublic(ip)
    ? [...evidence].flatMap(([other, all]): Shown[] => {
        const { odds } = score(all, now)
        return other === site || odds === 0
          ? []
          : [{ family: 'reputation', key: other, weight: odds / 2, at: now, text: `It was noticed at ${other}.` }]
      })
    : []

const threats = ({ lists, now }: Situation): Shown[] =>
  lists
    .filter(({ role }) => role === 'threat')
    .map(({ list }) => ({
      family: 'threat-list',
      key: list,
      weight: families['threat-list'].cap,
      at: now,
      text: `It is on the list ${list}.`,
    }))

const from = ({ ip, origin, foreign, now }: Situation): Shown[] => {
  if (!isPublic(ip)) return []
  const values = { country: origin.country, asn: origin.asn === undefined ? undefined : String(origin.asn) }
  const words = { country: 'the country', asn: 'the autonomous system' }
  return foreign
    .filter(({ kind, value }) => values[kind] === value)
    .map(({ kind, value }) => ({
      family: 'origin',
      key: `${kind} ${value}`,
      weight: 1,
      at: now,
      text: `It is from ${words[kind]} ${value}${origin.organisation === undefined || kind === 'country' ? '' : ` (${origin.organisation})`}, where nobody of the site is.`,
    }))
}

const evidenceIn = (situation: Situation): Shown[] => [
  ...(situation.evidence.get(situation.site) ?? []),
  ...threats(situation),
  ...reputation(situation),
  ...from(situation),
]

export const assess = (situation: Situation): Assessed => {
  const { site, ip, now, vetoes, lists } = situation
  const scored = score(evidenceIn(situation), now)
  const veto = vetoOf(vetoes, site, ip, now)
  const list = lists.find(({ role }) => role === 'veto')
  if (veto === undefined && list === undefined) return scored
  return {
    ...scored,
    score: 0,
    points: scored.points.map((point) => ({ ...point, points: 0 })),
    veto: veto?.reason ?? `the list ${list?.list ?? ''} vouches for it`,
    ...(veto?.until === undefined || veto.until === null ? {} : { vetoUntil: veto.until }),
  }
}

export interface Told {
  readonly band: number
  readonly told: number
  readonly toldUntil: number | undefined
  readonly acted: number
}

export interface Consequence {
  readonly score: number
  readonly band: number
  /** ms since 1970 at which it is below everything that the policy asks for. */
  readonly until: number | undefined
  /** Edges have to be told. */
  readonly tell: boolean
  readonly alarm: number
  readonly acted: number
  /** ms since 1970 at which it has to be looked at again. */
  readonly due: number | undefined
}

/** A score is looked at again after this long, so that a list shows what it is. */
const staleMs = 6 * hourMs
/** Edges are told of more time only when it is much more. */
const worthTelling = { share: 0.25, ms: 300_000 }
/** ms before the end at which edges are told how it goes on. */
const lead = 30_000
/** Points by which a score has to fall below a threshold before reaching it counts anew. */
const slack = 5

/** @param asked risks that the site's policy asks for @param thresholds of the site's responses */
export const consequence = (
  situation: Situation,
  assessed: Assessed,
  { asked, thresholds }: { readonly asked: readonly number[]; readonly thresholds: readonly number[] },
  before: Told,
): Consequence => {
  const { now } = situation
  const { score: value } = assessed
  const band = bandOf(value, asked)
  const alarm = bandOf(value, thresholds)
  const evidence = evidenceIn(situation)
  const until = band === 0 ? undefined : fallsBelow(evidence, Math.min(...asked), now)
  const more = (until ?? 0) - (before.toldUntil ?? 0)
  const isLonger = until !== undefined && more > Math.max(worthTelling.ms, (until - now) * worthTelling.share)
  const isEnding = until !== undefined && (before.toldUntil ?? 0) - now < 2 * lead && more > 0
  const next = bandOf(value, [...asked, ...thresholds])
  const dues = [
    ...(next === 0 ? [] : [fallsBelow(evidence, next, now)]),
    ...(value > 0 || (assessed.veto !== undefined && evidence.length > 0) ? [now + staleMs] : []),
    ...(assessed.vetoUntil === undefined || evidence.length === 0 ? [] : [assessed.vetoUntil]),
    ...(until === undefined || until - lead < now ? [] : [until - lead]),
  ]
  return {
    score: value,
    band,
    until,
    tell: band !== before.told || isLonger || isEnding,
    alarm,
    acted: value < before.acted - slack ? alarm : before.acted,
    due: dues.length === 0 ? undefined : Math.max(now + 1000, Math.min(...dues)),
  }
}
