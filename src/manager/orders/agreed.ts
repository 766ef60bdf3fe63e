/** What the `responses:` of a published policy say about an event: the only thing that lets an order happen without a person. */
import { parseResponse } from '#policy/compile/responses.ts'
import type { Response } from '#schema/site.ts'
import type { PublishedSite } from './published.ts'

export type Evidence = Response['event']
type Who = 'stranger' | 'known'

export type Agreement =
  /** Contain it beyond the edge. `row`: `cell-1 out-of-scope stranger: contain 1h site`. */
  | {
      readonly does: 'contain'
      readonly evidence: Evidence
      readonly row: string
      readonly by: readonly string[]
      readonly seconds: number
      readonly level: 'site' | 'fleet'
    }
  /** It was agreed that nothing happens beyond the edge. */
  | { readonly does: 'stay' }
  /** Nobody agreed on anything. */
  | { readonly does: 'ask'; readonly evidence: Evidence | 'risk' }

const unsaid = { action: 'contain', seconds: 3600, scope: 'edge' } as const

/**
 * Responses that may stand behind what an edge did. An edge that contained "as agreed" does not say under which event; then every row
 * that could have been it must reach as far.
 */
const candidates: Readonly<Record<string, readonly Evidence[]>> = {
  'stranger-contained': ['out-of-scope'],
  'agreed-response': ['out-of-scope', 'off-hours', 'scan', 'rate', 'sensor'],
  'decoy-contact': ['decoy'],
}

export interface Fact {
  readonly kind: string
  readonly reason?: string | undefined
  readonly zone?: string | undefined
  readonly ip: string
}

const rowsFor = (site: PublishedSite, { zone }: Fact, who: Who, events: readonly Evidence[]) =>
  events.flatMap((event) => {
    const row = site.policy.responses.find((one) => one.zone === zone && one.event === event)
    const text = row?.[who]
    return row === undefined || text === undefined ? [] : [{ row, text, ...parseResponse(text, unsaid) }]
  })
const reach = { edge: 0, site: 1, fleet: 2 } as const

/**
 * @param named where the event behind a containment is known
 */
export const agreedOn = (site: PublishedSite | undefined, fact: Fact, named?: Evidence): Agreement => {
  const events = named === undefined ? (candidates[fact.reason ?? ''] ?? ['out-of-scope']) : [named]
  const evidence = events[0] ?? 'out-of-scope'
  if (site === undefined || fact.zone === undefined) return { does: 'ask', evidence }
  const who = site.known.has(fact.ip) ? 'known' : 'stranger'
  const rows = rowsFor(site, fact, who, events)
  const contains = rows
    .filter(({ action }) => action === 'contain')
    .toSorted((a, b) => reach[a.scope] - reach[b.scope] || a.seconds - b.seconds)
  const [least] = contains
  if (least === undefined) return { does: 'ask', evidence }
  if (least.scope === 'edge') return { does: 'stay' }
  const { row, text } = least
  return {
    does: 'contain',
    evidence: row.event,
    row: `${row.zone} ${row.event} ${who}: ${text}`,
    by: row['agreed-by'],
    seconds: Math.min(...contains.map(({ seconds }) => seconds)),
    level: least.scope,
  }
}

/**
 * A scan that an edge tells of: only where its own row, or that for any sensor, says contain, and the zone is in that mode. Otherwise it
 * was told and no more.
 */
export const agreedOnScan = (site: PublishedSite | undefined, fact: Fact): Agreement => {
  const zone = fact.zone === undefined ? undefined : site?.policy.zones[fact.zone]
  if (site === undefined || zone?.mode !== 'contain') return { does: 'stay' }
  const who = site.known.has(fact.ip) ? 'known' : 'stranger'
  const first = rowsFor(site, fact, who, ['scan', 'sensor'])[0]
  if (first?.action !== 'contain') return { does: 'stay' }
  return agreedOn(site, fact, first.row.event)
}
