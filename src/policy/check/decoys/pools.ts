/** Pools of decoys: whose addresses they are, who answers for them, and who stands on them. */
import { cidrFirst } from '#core/address.ts'
import { edgeOf, edgesWith, deniedOf, networkOf, poolLimit, remaining, type Pool } from '../../decoys/pools.ts'
import { holds, meets, readSpan, sizeOf } from '../../decoys/spans.ts'
import { nearest } from '../../suggest.ts'
import type { Path } from '../../problem.ts'
import type { Check, Context, Finding } from '../context.ts'

export const poolsOf = ({ site }: Context): [Pool, Path][] =>
  (site.decoys?.pools ?? []).map((pool, i) => [pool, ['decoys', 'pools', i]])

const unknown = (path: Path, what: string, name: string, valid: readonly string[], part?: 'key'): Finding => ({
  path,
  ...(part === undefined ? {} : { part }),
  message: `unknown ${what} \`${name}\``,
  expected: valid.length > 0 && valid.length <= 12 ? `one of ${valid.join(', ')}` : undefined,
  near: () => nearest(name, valid),
})

function* unknownNames(context: Context): Iterable<Finding> {
  const { site, personas } = context
  const known = Object.keys(personas)
  for (const [pool, path] of poolsOf(context)) {
    if (!Object.hasOwn(site.zones, pool.zone))
      yield unknown([...path, 'zone'], 'zone', pool.zone, Object.keys(site.zones))
    if (pool.edge !== undefined && !Object.hasOwn(site.edges, pool.edge))
      yield unknown([...path, 'edge'], 'edge', pool.edge, Object.keys(site.edges))
    for (const persona of Object.keys(pool.personas))
      if (!Object.hasOwn(personas, persona))
        yield unknown([...path, 'personas', persona], 'persona', persona, known, 'key')
  }
  for (const [i, { persona }] of (site.decoys?.deceive ?? []).entries())
    if (!Object.hasOwn(personas, persona)) yield unknown(['decoys', 'deceive', i, 'persona'], 'persona', persona, known)
}

const noEdge = ({ site }: Context, pool: Pool, path: Path): Finding | undefined => {
  const behind = edgesWith(site, pool.zone)
  if (pool.edge !== undefined)
    return behind.includes(pool.edge)
      ? undefined
      : {
          path: [...path, 'edge'],
          message: `zone \`${pool.zone}\` is behind no port of edge \`${pool.edge}\``,
          expected: behind.length === 0 ? 'the zone behind a port of an edge' : behind.join(' or '),
        }
  if (behind.length === 1) return undefined
  return {
    path: [...path, 'zone'],
    message:
      behind.length === 0
        ? `zone \`${pool.zone}\` is behind no port of any edge: nobody answers for its decoys`
        : `several edges have zone \`${pool.zone}\`: only one may answer for pool \`${pool.id}\``,
    expected: behind.length === 0 ? 'the zone behind a port of an edge' : `\`edge:\` ${behind.join(' or ')}`,
  }
}

function* unsupported({ site }: Context, pool: Pool, path: Path): Iterable<Finding> {
  const edge = edgeOf(site, pool)
  const box = edge === undefined ? undefined : site.edges[edge]
  if (box !== undefined && box.bridge === undefined)
    yield {
      path: [...path, pool.edge === undefined ? 'zone' : 'edge'],
      message: `edge \`${edge}\` routes, and decoys stand on a bridge only`,
      expected: 'an edge with `bridge:`',
    }
  const vlan = site.zones[pool.zone]?.vlan
  const behind = Object.values(box?.ports ?? {}).filter(({ zones }) => zones.includes(pool.zone))
  const tagged =
    vlan === undefined
      ? behind.length > 0 && behind.every(({ vlans }) => vlans !== undefined && !vlans.includes('untagged'))
      : vlan !== 'untagged'
  if (tagged)
    yield {
      path: [...path, 'zone'],
      message: `zone \`${pool.zone}\` is in ${vlan === undefined ? 'VLANs with a tag' : `VLAN ${vlan}`}, and decoys speak without a tag only`,
      expected: 'a zone without `vlan:`, or with `vlan: untagged`',
    }
}

const corrected = (text: string): string | undefined => {
  const [address = '', length] = text.split('/')
  return length === undefined || cidrFirst(text) === address ? undefined : `${cidrFirst(text)}/${length}`
}

function* wrongSpan(texts: readonly string[], path: Path): Iterable<Finding> {
  for (const [i, text] of texts.entries())
    if (readSpan(text) === undefined)
      yield {
        path: [...path, i],
        message: `${text} is no span of IPv4 addresses`,
        expected: 'such as 198.18.1.40-198.18.1.60',
      }
    else if (corrected(text) !== undefined)
      yield { path: [...path, i], message: `network ${text} has host bits set`, expected: corrected(text) }
}

function* misplaced({ site }: Context, pool: Pool, path: Path): Iterable<Finding> {
  yield* wrongSpan(pool.approved, [...path, 'approved'])
  const networks = Object.hasOwn(site.zones, pool.zone) ? (site.zones[pool.zone]?.networks ?? []) : []
  let outside = networks.length === 0
  for (const [i, text] of pool.approved.entries()) {
    const span = readSpan(text)
    const inside = networks.some((network) => {
      const outer = readSpan(network)
      return span === undefined || (outer !== undefined && holds(outer, span))
    })
    if (inside || networks.length === 0) continue
    outside = true
    yield {
      path: [...path, 'approved', i],
      message: `${text} is not in zone \`${pool.zone}\``,
      expected: `addresses in ${networks.join(' or ')}`,
    }
  }
  const network = networkOf(site, pool)
  if (!outside && network === undefined)
    yield {
      path: [...path, 'approved'],
      part: 'key',
      message: `pool \`${pool.id}\` lies in several networks of zone \`${pool.zone}\``,
      expected: 'a pool for each network: its decoys have the prefix of one',
    }
  const gateway = pool.gateway === undefined ? undefined : readSpan(pool.gateway)
  const around = network === undefined ? undefined : readSpan(network)
  if (pool.gateway !== undefined && around !== undefined && (gateway === undefined || !holds(around, gateway)))
    yield {
      path: [...path, 'gateway'],
      message: `gateway ${pool.gateway} is not in the network of pool \`${pool.id}\``,
      expected: `a router in ${network}`,
    }
}

function* crowded(context: Context, pool: Pool, path: Path): Iterable<Finding> {
  const places = sizeOf(remaining(context.site, pool.approved))
  const counts = Object.entries(pool.personas)
  if (places === 0 && pool.approved.every((text) => readSpan(text) !== undefined))
    yield {
      path: [...path, 'approved'],
      part: 'key',
      message: `nothing is left of pool \`${pool.id}\`: all of it is denied`,
    }
  if (places > poolLimit)
    yield {
      path: [...path, 'approved'],
      part: 'key',
      message: `pool \`${pool.id}\` has ${places} addresses`,
      expected: `at most ${poolLimit}`,
    }
  const rest = counts.filter(([, count]) => count === 'rest')
  if (rest.length > 1)
    yield {
      path: [...path, 'personas', rest[1]?.[0] ?? ''],
      message: `both \`${rest[0]?.[0]}\` and \`${rest[1]?.[0]}\` take the rest of pool \`${pool.id}\``,
      expected: 'one `rest`',
    }
  if (counts.length === 0)
    yield { path: [...path, 'personas'], part: 'key', message: `pool \`${pool.id}\` has no personas` }
  const wanted = counts.reduce((sum, [, count]) => sum + (count === 'rest' ? 1 : count), 0)
  if (places > 0 && wanted > places)
    yield {
      path: [...path, 'personas'],
      part: 'key',
      message: `${wanted} decoys are wanted, and pool \`${pool.id}\` has ${places} addresses`,
      expected: 'fewer of a persona, or more in `approved`',
    }
}

/** Stations of one edge have one persona and one pool each. */
function* manyStations(context: Context): Iterable<Finding> {
  const most = context.site.decoys?.['max-macs'] ?? 0
  const byEdge = Map.groupBy(poolsOf(context), ([pool]) => edgeOf(context.site, pool))
  for (const [edge, pools] of byEdge) {
    const kinds = pools.reduce((sum, [pool]) => sum + Object.keys(pool.personas).length, 0)
    const path = pools.at(-1)?.[1] ?? []
    if (edge !== undefined && kinds > most)
      yield {
        path: [...path, 'personas'],
        part: 'key',
        message: `edge \`${edge}\` needs an Ethernet address for each persona of each pool, ${kinds}, and may have ${most}`,
        expected: '`max-macs` raised, or fewer personas',
      }
  }
}

export const poolChecks: readonly Check[] = [
  {
    code: 'decoy-unknown',
    severity: 'error',
    summary: 'A pool or a deceive row names a zone, edge or persona that does not exist.',
    find: unknownNames,
  },
  {
    code: 'decoy-edge',
    severity: 'error',
    summary: 'No edge, or more than one, could answer for a pool.',
    find: (context) =>
      poolsOf(context).flatMap(([pool, path]) => {
        const { site } = context
        const named =
          Object.hasOwn(site.zones, pool.zone) && (pool.edge === undefined || Object.hasOwn(site.edges, pool.edge))
        return named ? (noEdge(context, pool, path) ?? []) : []
      }),
  },
  {
    code: 'decoy-unsupported',
    severity: 'error',
    summary: 'Decoys stand on an edge with a bridge, in a zone without VLAN tag.',
    find: (context) => poolsOf(context).flatMap(([pool, path]) => [...unsupported(context, pool, path)]),
  },
  {
    code: 'decoy-address',
    severity: 'error',
    summary: 'An approved or denied span, or a gateway, is malformed or not in one network of the pool’s zone.',
    *find(context) {
      for (const [pool, path] of poolsOf(context)) yield* misplaced(context, pool, path)
      yield* wrongSpan(context.site.decoys?.deny ?? [], ['decoys', 'deny'])
    },
  },
  {
    code: 'decoy-overlap',
    severity: 'error',
    summary: 'Two pools approve the same address.',
    *find(context) {
      const spans = poolsOf(context).flatMap(([pool, path]) =>
        pool.approved.flatMap((text, i) => {
          const span = readSpan(text)
          return span === undefined
            ? []
            : [{ span, text, id: pool.id, zone: pool.zone, path: [...path, 'approved', i] }]
        }),
      )
      for (const [i, b] of spans.entries()) {
        const a = spans.slice(0, i).find((other) => meets(other.span, b.span))
        if (a !== undefined) yield { path: b.path, message: `${b.text} overlaps ${a.text} of pool \`${a.id}\`` }
      }
    },
  },
  {
    code: 'decoy-denied',
    severity: 'warning',
    summary: 'An approved span is denied as a whole.',
    *find(context) {
      const denied = deniedOf(context.site)
      for (const [pool, path] of poolsOf(context)) {
        const left = remaining(context.site, pool.approved)
        for (const [i, text] of pool.approved.entries()) {
          const span = readSpan(text)
          if (span === undefined || left.some((each) => meets(each, span))) continue
          const by = denied.find((each) => meets(each.span, span))
          yield {
            path: [...path, 'approved', i],
            message: `${text} is approved and denied by ${by?.why ?? 'others'}: no decoy stands there`,
          }
        }
      }
    },
  },
  {
    code: 'decoy-count',
    severity: 'error',
    summary: 'A pool has fewer addresses than decoys, too many addresses, or an edge too few Ethernet addresses.',
    *find(context) {
      for (const [pool, path] of poolsOf(context)) yield* crowded(context, pool, path)
      yield* manyStations(context)
    },
  },
]
