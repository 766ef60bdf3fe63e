/** What follows from an event about a source: an order, a question to a person, or nothing. Pure. */
import type { Agreement } from './agreed.ts'
import { isPrivate } from './addresses.ts'
import { clamped, graceMs, questionMs, usualSeconds } from './limits.ts'
import { hasNetworkOf, type PublishedSite } from './published.ts'
import { covers, isInForce, isWaiting, type OrderRow } from './rows.ts'

export interface Cause {
  /** Id of the event; what follows from it follows once. */
  readonly event: string
  readonly site: string
  readonly edge: string
  readonly ip: string
  /** ms since 1970: on the edge's clock, and when the manager had it. */
  readonly detected: number
  readonly received: number
  readonly zone?: string | undefined
  readonly text: string
}

/** Past orders about the address, as far as they matter. */
export type Past = Pick<
  OrderRow,
  'event' | 'level' | 'site' | 'edge' | 'state' | 'expires' | 'released' | 'decided' | 'evidence' | 'cause_site'
>

export interface Situation {
  readonly now: number
  readonly past: readonly Past[]
  /** Of the site that detected. */
  readonly site: PublishedSite | undefined
  /** Of every site; needed where the fleet is reached. */
  readonly sites: readonly PublishedSite[]
}

export interface Step {
  readonly level: 'site' | 'fleet'
  readonly seconds: number
  /** `SITE ASSET` */
  readonly known: readonly string[]
  /** Why a person has to say yes; an order without it. */
  readonly waits?: string
}

/** Longer by less than this share is not longer. */
const worthwhile = 0.1

const knownAt = (sites: readonly PublishedSite[], ip: string) =>
  sites.flatMap(({ site, known }) => {
    const asset = known.get(ip)
    return asset === undefined ? [] : [{ site, ...asset }]
  })
const names = (found: ReturnType<typeof knownAt>): string[] => found.map(({ site, asset }) => `${site} ${asset}`)

const wanted = (cause: Cause, agreement: Agreement, { site, sites }: Situation): Step[] => {
  if (agreement.does === 'stay') return []
  const here = knownAt(site === undefined ? [] : [site], cause.ip)
  // A safety system is never contained, and nobody is asked whether it should be.
  if (here.some(({ kind }) => kind === 'sis')) return []
  if (agreement.does === 'ask')
    return [
      {
        level: 'site',
        seconds: usualSeconds,
        known: names(here),
        waits: 'no agreed response covers it beyond the edge',
      },
    ]
  const seconds = clamped(agreement.seconds)
  const atSite: Step = { level: 'site', seconds, known: names(here) }
  // A private address is another host elsewhere: what was agreed for the fleet holds for the site that saw it.
  if (agreement.level === 'site' || isPrivate(cause.ip)) return [atSite]
  const others = sites.filter((one) => one.site !== cause.site)
  const there = knownAt(others, cause.ip)
  // So is one of a network that another site calls its own, whether or not its policy names the host.
  const homes = others.filter((one) => hasNetworkOf(one, cause.ip))
  if (there.length === 0 && homes.length === 0) return [{ ...atSite, level: 'fleet' }]
  if (there.some(({ kind }) => kind === 'sis')) return [atSite]
  const waits =
    there.length > 0
      ? `it is a known asset elsewhere: ${names(there).slice(0, 5).join(', ')}`
      : `it is an address of other sites' networks: ${homes
          .map((one) => one.site)
          .slice(0, 5)
          .join(', ')}`
  return [atSite, { level: 'fleet', seconds, known: names([...here, ...there]), waits }]
}

const ageText = (ms: number): string =>
  ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3600_000)} h`

const after = (step: Step, cause: Cause, agreement: Agreement, { now, past }: Situation): Step[] => {
  const place = { level: step.level, site: step.level === 'fleet' ? null : cause.site, edge: null }
  const holds = past.filter((one) => isInForce(one, now) && covers(one, place))
  const end = now + step.seconds * 1000
  const longEnough = (one: Past): boolean => one.expires.getTime() + step.seconds * 1000 * worthwhile >= end
  if (holds.some((one) => step.waits !== undefined || longEnough(one))) return []
  const age = now - cause.detected
  const evidence = agreement.does === 'stay' ? '' : agreement.evidence
  const released = past.some(
    (one) =>
      one.released !== null &&
      now - one.released.getTime() < graceMs &&
      one.evidence === evidence &&
      (one.level === 'fleet' || one.site === cause.site),
  )
  const waits =
    step.waits ??
    (age >= step.seconds * 1000
      ? `it was detected ${ageText(age)} ago`
      : released
        ? 'a person released it, and this is the same evidence'
        : undefined)
  if (waits === undefined) return [step]
  const asked = past.some(
    (one) =>
      covers(one, place) &&
      (isWaiting(one, now) ||
        (one.state === 'refused' && one.decided !== null && now - one.decided.getTime() < graceMs)),
  )
  return asked ? [] : [{ ...step, waits }]
}

export const decide = (cause: Cause, agreement: Agreement, situation: Situation): Step[] => {
  if (situation.past.some(({ event }) => event === cause.event)) return []
  if (situation.now - cause.detected >= questionMs) return []
  return wanted(cause, agreement, situation).flatMap((step) => after(step, cause, agreement, situation))
}
