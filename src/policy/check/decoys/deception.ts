/** Dark addresses, connections to real assets that a decoy answers, and rules that would lead to a decoy. */
import { parsePortText } from '../../service.ts'
import { edgeOf, edgesWith, heldOf, poolLimit, remaining, zoneOf } from '../../decoys/pools.ts'
import { holds, meets, readSpan } from '../../decoys/spans.ts'
import { resolveEnd } from '../../ends.ts'
import { nearest } from '../../suggest.ts'
import type { Path } from '../../problem.ts'
import type { Check, Context, Finding } from '../context.ts'
import { poolsOf } from './pools.ts'

const wordsOf = ({ site }: Context) => [
  ...Object.keys(site.assets),
  ...Object.keys(site.groups),
  ...Object.keys(site.zones),
]

type Row = NonNullable<Context['site']['decoys']>['deceive'][number]

function* served({ personas }: Context, { ports, persona: id }: Row, path: Path): Iterable<Finding> {
  const persona = Object.hasOwn(personas, id) ? personas[id] : undefined
  for (const [i, text] of ports.entries()) {
    const where = [...path, 'ports', i]
    if (parsePortText(text) === undefined)
      yield { path: where, message: `${text} is no port`, expected: 'tcp or udp with a port from 1 to 65535' }
    else if (persona !== undefined && !persona.services.some(({ transport, port }) => text === `${transport}/${port}`))
      yield {
        path: where,
        message: `persona \`${id}\` does not answer at ${text}`,
        expected: persona.services.map(({ transport, port }) => `${transport}/${port}`).join(' or '),
      }
  }
}

/** On each edge that the assets are behind, redirecting needs an address and somebody to answer. */
function* answering(context: Context, { id, to, persona }: Row, path: Path): Iterable<Finding> {
  const { site } = context
  const zones = new Set(resolveEnd(site, to)?.assets.map(({ asset }) => asset.zone))
  const edges = new Set([...zones].flatMap((zone) => edgesWith(site, zone)))
  const standing = [...edges].filter((edge) =>
    poolsOf(context).some(([pool]) => edgeOf(site, pool) === edge && Object.hasOwn(pool.personas, persona)),
  )
  if (edges.size > 0 && standing.length === 0)
    yield {
      path: [...path, 'persona'],
      message: `no pool of edge ${[...edges].map((edge) => `\`${edge}\``).join(' or ')} has persona \`${persona}\``,
      expected: 'it in the `personas` of a pool there',
    }
  for (const edge of standing)
    if (site.edges[edge]?.bridge !== undefined && site.edges[edge]?.address === undefined)
      yield {
        path,
        message: `deceive \`${id}\` needs an address on edge \`${edge}\``,
        expected: `\`edges.${edge}.address\`, such as 198.18.2.2/24`,
      }
}

function* deceived(context: Context, row: Row, path: Path): Iterable<Finding> {
  const { site } = context
  for (const end of ['from', 'to'] as const)
    if (resolveEnd(site, row[end]) === undefined)
      yield {
        path: [...path, end],
        message: `unknown asset, group, zone or address \`${row[end]}\``,
        near: () => nearest(row[end], wordsOf(context)),
      }
  const target = resolveEnd(site, row.to)
  if (target !== undefined && (target.any || target.networks.length > 0 || target.assets.length === 0))
    yield {
      path: [...path, 'to'],
      message: `a decoy stands in for assets, and \`${row.to}\` is no list of assets`,
      expected: 'an asset, or a group of assets',
    }
  const six = target?.assets.find(({ asset }) => asset.ips.every((ip) => ip.includes(':')))
  if (six !== undefined)
    yield { path: [...path, 'to'], message: `asset \`${six.name}\` has no IPv4 address, and decoys speak IPv4 only` }
  yield* served(context, row, path)
  yield* answering(context, row, path)
}

function* dark(context: Context): Iterable<Finding> {
  const { site } = context
  const held = heldOf(site)
  for (const [i, text] of (site.decoys?.['sensor-only'] ?? []).entries()) {
    const path = ['decoys', 'sensor-only', i]
    const span = readSpan(text)
    if (span === undefined) {
      yield { path, message: `${text} is not IPv4: only its addresses are watched`, expected: 'an IPv4 network' }
      continue
    }
    const zone = zoneOf(site, text)
    if (zone === undefined)
      yield {
        path,
        message: `network ${text} is not in one network of a zone`,
        expected: 'part of a network of a zone',
      }
    const pool = poolsOf(context).find(([{ approved }]) =>
      approved.some((each) => {
        const other = readSpan(each)
        return other !== undefined && meets(other, span)
      }),
    )?.[0]
    if (pool !== undefined) yield { path, message: `network ${text} overlaps pool \`${pool.id}\`, where decoys answer` }
    const owner = held.find((each) => meets(each.span, span))
    if (owner !== undefined) yield { path, message: `network ${text} is not dark: ${owner.why} is in it` }
  }
}

/** Rules that name an address at which a decoy stands now and then. Zones and wider networks name everybody. */
function* permitted(context: Context): Iterable<Finding> {
  const { site } = context
  if (site.decoys === undefined) return
  const pools = poolsOf(context).flatMap(([pool]) =>
    remaining(site, pool.approved)
      .slice(0, poolLimit)
      .map((span) => ({ id: pool.id, span })),
  )
  const poolAt = (text: string) => {
    const span = readSpan(text)
    return span === undefined ? undefined : pools.find((pool) => holds(pool.span, span))
  }
  for (const [i, { id, ...ends }] of site.conduits.entries())
    for (const end of ['from', 'to'] as const) {
      const networks = resolveEnd(site, ends[end])?.networks ?? []
      const network = networks.find((each) => each.zone === undefined && poolAt(each.network) !== undefined)?.network
      if (network !== undefined)
        yield {
          path: ['conduits', i, end],
          message: `conduit \`${id}\` names ${network.replace(/\/32$/, '')}, where decoys of pool \`${poolAt(network)?.id}\` stand`,
          expected: 'an asset, or the address in `deny`',
        }
    }
  for (const [i, { id, target }] of site.redirects.entries()) {
    const address = target.replace(/:\d+$/, '')
    const pool = poolAt(address)
    if (pool !== undefined)
      yield {
        path: ['redirects', i, 'target'],
        message: `redirect \`${id}\` leads to ${address}, where decoys of pool \`${pool.id}\` stand and move`,
        expected: 'a row in `decoys.deceive`, or the address in `deny`',
      }
  }
}

export const deceptionChecks: readonly Check[] = [
  {
    code: 'decoy-safety',
    severity: 'error',
    summary: 'A pool in the zone of a safety system, or a decoy that would stand in for one.',
    *find(context) {
      const safety = Object.entries(context.site.assets).filter(([, { kind }]) => kind === 'sis')
      for (const [pool, path] of poolsOf(context)) {
        const asset = safety.find(([, { zone }]) => zone === pool.zone)?.[0]
        if (asset !== undefined)
          yield {
            path: [...path, 'zone'],
            message: `safety system \`${asset}\` is in zone \`${pool.zone}\`, where no decoy may stand`,
          }
      }
      for (const [i, { id, to }] of (context.site.decoys?.deceive ?? []).entries()) {
        const asset = resolveEnd(context.site, to)?.assets.find((each) => each.asset.kind === 'sis')?.name
        if (asset !== undefined)
          yield {
            path: ['decoys', 'deceive', i, 'to'],
            message: `deceive \`${id}\` covers safety system \`${asset}\`, whose traffic is never redirected`,
          }
      }
    },
  },
  {
    code: 'decoy-deceive',
    severity: 'error',
    summary: 'A deceive row whose assets, ports or persona no decoy can stand in for.',
    *find(context) {
      for (const [i, row] of (context.site.decoys?.deceive ?? []).entries())
        yield* deceived(context, row, ['decoys', 'deceive', i])
    },
  },
  {
    code: 'decoy-unagreed',
    severity: 'warning',
    summary: 'Nobody agreed that connections to an asset of a deceive row are answered by a decoy.',
    *find({ site }) {
      for (const [i, { id, to }] of (site.decoys?.deceive ?? []).entries()) {
        const zones = new Set(resolveEnd(site, to)?.assets.map(({ asset }) => asset.zone))
        for (const zone of zones) {
          const row = site.responses.find((each) => each.zone === zone && each.event === 'out-of-scope')
          if (row?.stranger !== 'deceive' && row?.known !== 'deceive')
            yield {
              path: ['decoys', 'deceive', i, 'to'],
              message: `deceive \`${id}\` does nothing towards zone \`${zone}\`: its response to out-of-scope is not \`deceive\``,
              expected: `a row in \`responses\` for zone \`${zone}\`, event out-of-scope, with \`stranger: deceive\``,
            }
        }
      }
    },
  },
  {
    code: 'decoy-dark',
    severity: 'error',
    summary: 'A `sensor-only` network that is in no zone, or where somebody answers.',
    find: dark,
  },
  {
    code: 'decoy-permitted',
    severity: 'error',
    summary: 'A conduit or a redirect names an address at which decoys stand.',
    find: permitted,
  },
]
