import type { Vocabulary } from '#core/protocol.ts'
import type { Persona } from '#core/persona.ts'
import { vocabularies } from '#protocols/index.ts'
import { personas as shipped } from '#protocols/personas/index.ts'
import type { Conduit, Site } from '#schema/site.ts'
import { resolveEnd, type End } from '../ends.ts'
import type { Path, Severity } from '../problem.ts'
import { parseService, type Service } from '../service.ts'
import { addressesOf, join, placesOf, spanOf, zonesOf, type Places, type Spans } from './span.ts'

/** What a check found; code and severity come from the table. */
export interface Finding {
  readonly path: Path
  readonly part?: 'key' | 'value'
  readonly message: string
  readonly expected?: string | undefined
  /** The valid name closest to what was written; asked for the first few findings only, since it tries every name. */
  readonly near?: () => string | undefined
}

/** One thing that is checked. Codes are stable: they are printed, documented and searched for. */
export interface Check {
  readonly code: string
  readonly severity: Severity
  /** For docs/policy.md. */
  readonly summary: string
  readonly find: (context: Context) => Iterable<Finding>
}

/** A conduit with what its names stand for. Only conduits whose names all resolve are here. */
export interface Resolved {
  readonly index: number
  readonly conduit: Conduit
  readonly from: End
  readonly to: End
  readonly sources: Spans
  readonly targets: Spans
  readonly sourceZones: ReadonlySet<string>
  readonly targetZones: ReadonlySet<string>
  readonly service: Service
  readonly vocabulary?: Vocabulary
}

export interface Context {
  readonly site: Site
  /** Today in the site's time zone, YYYY-MM-DD. */
  readonly today: string
  readonly conduits: readonly Resolved[]
  readonly zoneSpans: ReadonlyMap<string, Spans>
  readonly places: Places
  /** Whom decoys can claim to be. */
  readonly personas: Readonly<Record<string, Persona>>
}

/** The calendar day of a moment (ms since 1970) in a time zone; in UTC when there is no such zone. */
export const dayIn = (timezone: string, now: number): string => {
  const inUtc = new Date(now).toISOString().slice(0, 10)
  // The usual one, without the 30 ms that the first calendar of a process takes.
  if (timezone === 'UTC') return inUtc
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(now)
  } catch {
    return inUtc
  }
}

/** The calendar day `days` later. */
export const daysLater = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)

interface ResolvedEnd {
  readonly end: End
  readonly spans: Spans
  readonly zones: ReadonlySet<string>
}

export const contextOf = (
  site: Site,
  now: number,
  personas: Context['personas'] = shipped,
  places: Places = placesOf(site.zones),
): Context => {
  const zoneSpans = new Map(
    Object.entries(site.zones).map(([name, { networks }]) => [
      name,
      join(networks.flatMap((text) => spanOf(text) ?? [])),
    ]),
  )
  // Thousands of conduits name the same few hundred ends.
  const known = new Map<string, ResolvedEnd | undefined>()
  const endOf = (text: string): ResolvedEnd | undefined => {
    if (!known.has(text)) {
      const end = resolveEnd(site, text)
      known.set(text, end && { end, spans: addressesOf(end, places), zones: zonesOf(site, end, zoneSpans) })
    }
    return known.get(text)
  }
  const services = new Map<string, Service | undefined>()
  const serviceOf = (text: string): Service | undefined => {
    if (!services.has(text)) services.set(text, parseService(text, site.groups))
    return services.get(text)
  }
  const conduits = site.conduits.flatMap((conduit, index): Resolved[] => {
    const from = endOf(conduit.from)
    const to = endOf(conduit.to)
    const service = serviceOf(conduit.service)
    if (from === undefined || to === undefined || service === undefined) return []
    return [
      {
        index,
        conduit,
        from: from.end,
        to: to.end,
        sources: from.spans,
        targets: to.spans,
        sourceZones: from.zones,
        targetZones: to.zones,
        service,
        ...(service.protocol === undefined ? {} : { vocabulary: vocabularies[service.protocol] }),
      },
    ]
  })
  return { site, today: dayIn(site.timezone, now), conduits, zoneSpans, places, personas }
}
