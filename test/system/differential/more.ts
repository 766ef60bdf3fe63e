/**
 * What some policies have besides: redirects, zones that are cut off, sensors of which something was agreed. Drawn apart from the rest,
 * so that a seed means the same policy with and without them.
 */
import { edgeName, type Document } from './policy.ts'
import type { Random } from './random.ts'

/** Address of a bridge that redirects. Its network holds every target, so that the kernel finds a way there. */
const bridgeAddress = '198.18.250.1/16'

const ends = (random: Random, { assets = {}, zones }: Document): string =>
  random.pick(['any', 'any', ...Object.keys(zones), ...Object.keys(assets), 'g-assets', 'g-networks', '198.18.0.0/27'])

/** An asset whose first address a bridge can redirect to, an address that may be anybody's, or nobody's. */
const target = (random: Random, { assets = {} }: Document): string => {
  const named = Object.entries(assets).flatMap(([name, { ips }]) => (ips[0]?.includes(':') === false ? [name] : []))
  return random.pick([...named, ...named, '198.18.0.40', '198.18.1.40:8080', '198.18.200.1', '198.18.200.1:81'])
}

const redirected = (random: Random, document: Document): Document => {
  const [edge] = Object.values(document.edges)
  return {
    ...document,
    edges: { [edgeName]: { ...edge, ports: edge?.ports ?? {}, address: bridgeAddress } },
    redirects: random.times(1, 3, (index) => ({
      id: `r${index}`,
      from: ends(random, document),
      to: ends(random, document),
      ports: random.some(['tcp/502', 'tcp/80', 'udp/2222', 'tcp/44818', 'udp/5000', 'tcp/8000'], random.int(1, 3)),
      target: target(random, document),
      ...(random.chance(0.6)
        ? { when: random.pick(['unauthenticated', 'unauthenticated', 'g-night', 'g-weekend']) }
        : {}),
      snat: random.chance(0.2),
    })),
  }
}

const texts = ['contain 1h', 'contain 30m', 'deny', 'alert'] as const

/** Sensors above whose limit nobody comes: what they do is written, and is not done. */
const agreed = (random: Random, document: Document): Document => ({
  ...document,
  sensors: random
    .some(['distinct-destinations', 'distinct-ports', 'packets', 'off-hours', 'first-seen-peer'] as const, 3)
    .map((counts, index) => ({
      id: `sensor-${index}`,
      counts,
      over: 1_000_000,
      in: '1h',
      ...(random.chance(0.4) ? { zone: random.pick(Object.keys(document.zones)) } : {}),
      response: random.pick(
        counts === 'first-seen-peer' ? (['alert'] as const) : (['alert', 'deny', 'contain'] as const),
      ),
    })),
  responses: [
    ...(document.responses ?? []),
    ...Object.keys(document.zones).flatMap((zone) =>
      random.some(['scan', 'rate', 'sensor'] as const, random.int(0, 2)).map((event) => ({
        zone,
        event,
        stranger: random.pick(texts),
        known: random.pick(texts),
        'agreed-by': ['security', 'operations'],
      })),
    ),
  ],
})

/** A policy with more in it. */
export const withMore = (random: Random, document: Document): Document => {
  const first = random.chance(0.3) ? redirected(random, document) : document
  return random.chance(0.2) ? agreed(random, first) : first
}

/** Zones that somebody has cut off. */
export const randomIslands = (random: Random, { zones }: Document): readonly string[] =>
  random.chance(0.3) ? random.some(Object.keys(zones), random.int(1, 2)) : []
