/** Conduits in time and place, and against their zones. */
import { modes } from '#schema/site-words.ts'
import { coversFlow, resolveDeny, sharesFlow } from './flows.ts'
import { daysLater, type Check, type Context, type Finding, type Resolved } from './context.ts'
import { timesOf } from '../when.ts'
import { overlap, placeOf, within, type Spans } from './span.ts'

/** Days ahead of which an expiry is announced. */
export const warningDays = 30

/** Whether some edge stands between two zones: they are behind different ports, or one of them inside none. */
const separated = ({ site }: Context, from: ReadonlySet<string>, to: ReadonlySet<string>): boolean =>
  Object.values(site.edges).some(({ ports }) => {
    const behind = (zones: ReadonlySet<string>) =>
      Object.entries(ports).flatMap(([port, { zones: there }]) => (there.some((zone) => zones.has(zone)) ? [port] : []))
    const [sources, targets] = [behind(from), behind(to)]
    return sources.some((port) => targets.some((other) => other !== port))
  })

const isFour = (address: bigint) => placeOf(address).address < 1n << 32n
const fourOnly = (spans: Spans) => spans.every(({ last }) => isFour(last))
const sixOnly = (spans: Spans) => spans.every(({ first }) => !isFour(first))
const isEtherType = ({ service }: Resolved) => service.flows.length === 0

const deadBecause = (context: Context, resolved: Resolved): string | undefined => {
  const { conduit, sources, targets, sourceZones, targetZones, from, to } = resolved
  if (sources.length === 0) return `\`${conduit.from}\` stands for no address`
  if (targets.length === 0) return `\`${conduit.to}\` stands for no address`
  if (
    sources.length === 1 &&
    targets.length === 1 &&
    sources[0]!.first === sources[0]!.last &&
    within(targets, sources)
  )
    return 'both ends are the same address'
  if (!isEtherType(resolved) && ((fourOnly(sources) && sixOnly(targets)) || (sixOnly(sources) && fourOnly(targets))))
    return 'one end has only IPv4 addresses, the other only IPv6'
  if (from.any || to.any || sourceZones.size === 0 || targetZones.size === 0) return undefined
  return separated(context, sourceZones, targetZones) ? undefined : 'no edge stands between the two ends'
}

/** The mode that decides about a conduit's conversations: its own, or the strictest of the zones it reaches. */
const modesOf = ({ site }: Context, { conduit, targetZones }: Resolved) =>
  conduit.mode === undefined
    ? [...targetZones].flatMap((zone) => (Object.hasOwn(site.zones, zone) ? [site.zones[zone]!.mode] : []))
    : [conduit.mode]

const isEnforcing = (context: Context, resolved: Resolved) =>
  modesOf(context, resolved).some((mode) => mode === 'enforce' || mode === 'contain')

/** Sources that anybody on the wire could take the address of. */
function* unbound(context: Context): Iterable<Finding> {
  const reported = new Set<string>()
  for (const resolved of context.conduits) {
    const { conduit, from, index } = resolved
    if (!isEnforcing(context, resolved)) continue
    if (from.any || from.networks.length > 0)
      yield {
        path: ['conduits', index, 'from'],
        message: `\`${conduit.from}\` is permitted into an enforcing zone by address alone: any device may take one of these addresses`,
        expected: 'assets with `macs`, or a group of them',
      }
    for (const { name, asset } of from.assets) {
      if (reported.has(name) || (asset.macs?.length ?? 0) > 0 || asset.virtual !== undefined) continue
      reported.add(name)
      yield {
        path: ['assets', name],
        part: 'key',
        message: `asset \`${name}\` is permitted into an enforcing zone (\`${conduit.id}\`) without \`macs\`: any device behind its port may take its address`,
        expected: 'its `macs`',
      }
    }
  }
}

export const conduits: readonly Check[] = [
  {
    code: 'conduit-dead',
    severity: 'warning',
    summary: 'A conduit permits nothing: an end has no address, or no edge stands between its ends.',
    *find(context) {
      for (const resolved of context.conduits) {
        const why = deadBecause(context, resolved)
        if (why !== undefined)
          yield {
            path: ['conduits', resolved.index],
            message: `conduit \`${resolved.conduit.id}\` permits nothing: ${why}`,
          }
      }
    },
  },
  {
    code: 'conduit-expired',
    severity: 'warning',
    summary: 'A conduit’s `expires` has passed: it permits nothing any more.',
    *find({ site, today }) {
      for (const [i, { id, expires }] of site.conduits.entries())
        if (expires !== undefined && expires <= today)
          yield { path: ['conduits', i, 'expires'], message: `conduit \`${id}\` expired on ${expires}` }
    },
  },
  {
    code: 'conduit-expires-soon',
    severity: 'warning',
    summary: 'A conduit expires within 30 days.',
    *find({ site, today }) {
      const limit = daysLater(today, warningDays)
      for (const [i, { id, expires }] of site.conduits.entries())
        if (expires !== undefined && expires > today && expires <= limit)
          yield {
            path: ['conduits', i, 'expires'],
            message: `conduit \`${id}\` expires on ${expires}, within ${warningDays} days`,
          }
    },
  },
  {
    code: 'essential-limited',
    severity: 'error',
    summary: 'An essential conduit has `expires` or `when`: nothing may stop a line at midnight, or for a score.',
    *find({ site }) {
      for (const [i, conduit] of site.conduits.entries())
        for (const key of ['expires', 'when'] as const)
          if (conduit.essential === true && conduit[key] !== undefined)
            yield {
              path: ['conduits', i, key],
              part: 'key',
              message: `essential conduit \`${conduit.id}\` may not have \`${key}\`: nothing may stop a line by the clock or for a score`,
            }
    },
  },
  {
    code: 'essential-denied',
    severity: 'warning',
    summary: 'A deny covers part of an essential conduit, where it has no effect.',
    *find({ site, conduits: all, places }) {
      const essential = all.filter(({ conduit }) => conduit.essential === true)
      if (essential.length === 0) return
      for (const [i, deny] of site.denies.entries()) {
        const other = resolveDeny(site, deny, places)
        const hit =
          other &&
          essential.find(
            (each) =>
              sharesFlow(each.service, other.service) &&
              overlap(each.sources, other.sources) &&
              overlap(each.targets, other.targets),
          )
        if (hit !== undefined)
          yield {
            path: ['denies', i],
            message: `deny \`${deny.id}\` covers essential conduit \`${hit.conduit.id}\`, which passes nevertheless`,
          }
      }
    },
  },
  {
    code: 'conduit-denied',
    severity: 'warning',
    summary: 'A deny covers a whole conduit: it permits nothing.',
    *find({ site, conduits: all, places }) {
      const denies = site.denies.flatMap((deny) => resolveDeny(site, deny, places) ?? [])
      if (denies.length === 0) return
      for (const { conduit, index, service, sources, targets } of all) {
        if (conduit.essential === true || service.flows.length === 0) continue
        const hit = denies.find(
          (deny) => coversFlow(deny.service, service) && within(sources, deny.sources) && within(targets, deny.targets),
        )
        if (hit !== undefined)
          yield {
            path: ['conduits', index],
            message: `conduit \`${conduit.id}\` permits nothing: deny \`${hit.id}\` covers all of it`,
          }
      }
    },
  },
  {
    code: 'source-unbound',
    severity: 'warning',
    summary: 'A source permitted into an enforcing zone is not bound to an Ethernet address.',
    find: unbound,
  },
  {
    code: 'ethertype-without-mac',
    severity: 'error',
    summary: 'A conduit with an EtherType needs assets with `macs` at both ends.',
    *find({ conduits: all }) {
      for (const { conduit, index, service, from, to } of all) {
        if (service.etherTypes.length === 0 || service.flows.length > 0) continue
        for (const [key, end] of [
          ['from', from],
          ['to', to],
        ] as const)
          if (
            end.any ||
            end.networks.length > 0 ||
            end.assets.length === 0 ||
            end.assets.some(({ asset }) => (asset.macs ?? []).length === 0)
          )
            yield {
              path: ['conduits', index, key],
              message: `\`${conduit[key]}\` has no Ethernet address, which service \`${conduit.service}\` needs`,
              expected: 'assets with `macs`, or a `layer2:` row for the zone',
            }
      }
    },
  },
  {
    code: 'mode-outlasts',
    severity: 'warning',
    summary:
      'A conduit’s `mode` is milder than its zone’s and holds on while its window is closed, and after it has expired.',
    *find(context) {
      for (const { conduit, index, targetZones } of context.conduits) {
        const { id, mode, expires, when } = conduit
        if (mode === undefined || (expires === undefined && timesOf(when) === undefined)) continue
        const stricter = [...targetZones].find((zone) => {
          const of = Object.hasOwn(context.site.zones, zone) ? context.site.zones[zone]?.mode : undefined
          return of !== undefined && modes.indexOf(of) > modes.indexOf(mode)
        })
        if (stricter !== undefined)
          yield {
            path: ['conduits', index, 'mode'],
            message: `\`mode: ${mode}\` of conduit \`${id}\` holds for all that flows between its ends, into zone \`${stricter}\` too, also when the conduit itself permits nothing by its ${expires === undefined ? '`when`' : '`expires`'}`,
            expected: 'no `mode` on a conduit that is limited in time',
          }
      }
    },
  },
  {
    code: 'mode-without-effect',
    severity: 'warning',
    summary: 'A conduit’s `mode` changes nothing, or contradicts that it is essential.',
    *find(context) {
      for (const { conduit, index, targetZones } of context.conduits) {
        if (conduit.mode === undefined) continue
        const path = ['conduits', index, 'mode']
        const zones = [...targetZones].flatMap((zone) =>
          Object.hasOwn(context.site.zones, zone) ? [context.site.zones[zone]!.mode] : [],
        )
        if (zones.length > 0 && zones.every((mode) => mode === conduit.mode))
          yield { path, message: `\`mode: ${conduit.mode}\` is the mode of the zone already` }
        else if (conduit.essential === true && zones.some((mode) => modes.indexOf(mode) < modes.indexOf(conduit.mode!)))
          yield { path, message: `an essential conduit is stricter (${conduit.mode}) than its zone` }
      }
    },
  },
]
