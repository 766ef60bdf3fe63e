/** What a policy permits, as boxes with the conduit each comes from. */
import type { Vocabulary } from '#core/protocol.ts'
import { risks } from '#core/protocol.ts'
import type { Site } from '#schema/site.ts'
import { contextOf, type Resolved } from '../check/context.ts'
import { resolveDeny } from '../check/flows.ts'
import { placesOf, type Places, type Spans } from '../check/span.ts'
import { flowSpans } from '../flow-spans.ts'
import { isImplied } from '../vocabulary.ts'
import type { Service } from '../service.ts'
import { riskBelowOf, timesOf as timesNamed, whenText } from '../when.ts'
import { anything, subtract, type Box, type Tokens } from './box.ts'

export interface Permit {
  readonly index: number
  readonly id: string
  readonly resolved: Resolved
  /** When it applies; two permits with different times are different. */
  readonly times: Times
  /** Before denies are taken out. */
  readonly whole: Box
  readonly boxes: readonly Box[]
}
export interface Times {
  /** As it is written. */
  readonly when?: string
  /** What its times mean, so that a changed group is a change. */
  readonly ranges?: string
  readonly riskBelow?: number
  readonly expires?: string
}

/**
 * Commands a conduit allows: names, or `name {constraints}`. A whole service holds all names and {@link anything}; a
 * narrowed command also matches the plain one when subtracted.
 */
const tokensOf = (allow: Resolved['conduit']['allow'], vocabulary: Vocabulary | undefined): Tokens => {
  if (vocabulary === undefined) return new Set([anything])
  const ops = Object.keys(vocabulary.ops)
  if (allow === undefined) return new Set([anything, ...ops])
  return new Set([
    ...ops.filter((op) => isImplied(vocabulary, allow, op)),
    ...allow.flatMap((entry) => {
      if (typeof entry !== 'string') {
        const { op, ...constraints } = entry
        const sorted = Object.entries(constraints).toSorted(([a], [b]) => (a < b ? -1 : 1))
        return sorted.length === 0 ? [op] : [`${op} ${JSON.stringify(Object.fromEntries(sorted))}`]
      }
      return (risks as readonly string[]).includes(entry)
        ? [...ops.filter((op) => vocabulary.ops[op]?.risk === entry), ...(ops.includes(entry) ? [entry] : [])]
        : [entry]
    }),
  ])
}

const timesOf = (site: Site, { conduit: { when, expires } }: Resolved): Times => {
  const [text, group, riskBelow] = [whenText(when), timesNamed(when), riskBelowOf(when)]
  return {
    ...(text === undefined ? {} : { when: text }),
    ...(group === undefined ? {} : { ranges: JSON.stringify(site.groups[group]?.times ?? []) }),
    ...(riskBelow === undefined ? {} : { riskBelow }),
    ...(expires === undefined ? {} : { expires }),
  }
}

/** Whether what holds during `inner` holds during `outer` too. */
export const timesCover = (outer: Times, inner: Times): boolean =>
  (outer.ranges === undefined || outer.ranges === inner.ranges) &&
  (outer.riskBelow === undefined || (inner.riskBelow !== undefined && inner.riskBelow <= outer.riskBelow)) &&
  (outer.expires === undefined || (inner.expires !== undefined && inner.expires <= outer.expires))

/** Thousands of conduits share a few services and lists of commands: each is worked out once, and is the same object. */
const sharedParts = () => {
  const flows = new Map<Service, Spans>()
  const tokens = new Map<string, Tokens>()
  return {
    flowsOf(service: Service): Spans {
      const known = flows.get(service) ?? flowSpans(service)
      flows.set(service, known)
      return known
    },
    tokensOf({ conduit: { allow }, vocabulary }: Resolved): Tokens {
      const key = `${vocabulary?.name ?? ''} ${allow === undefined ? '' : JSON.stringify(allow)}`
      const known = tokens.get(key) ?? tokensOf(allow, vocabulary)
      tokens.set(key, known)
      return known
    },
  }
}

/** Permits of every conduit that has not expired, denies taken out. */
export const permitsOf = (site: Site, now: number, places: Places = placesOf(site.zones)): readonly Permit[] => {
  const parts = sharedParts()
  const context = contextOf(site, now, undefined, places)
  const denies = site.denies.flatMap((deny) => {
    const resolved = resolveDeny(site, deny, places)
    return resolved === undefined ? [] : [{ ...resolved, flows: parts.flowsOf(resolved.service) }]
  })
  return context.conduits
    .filter(({ conduit: { expires } }) => expires === undefined || expires > context.today)
    .map((resolved) => {
      const { conduit, index, sources, targets, service } = resolved
      const whole: Box = { sources, targets, flows: parts.flowsOf(service), tokens: parts.tokensOf(resolved) }
      let boxes: readonly Box[] = [whole]
      // An essential conduit passes in spite of denies.
      if (conduit.essential !== true)
        for (const deny of denies) boxes = boxes.flatMap((part) => subtract(part, { ...deny, tokens: whole.tokens }))
      return { index, id: conduit.id, resolved, times: timesOf(site, resolved), whole, boxes }
    })
}
