/** Names that must stand for something. */
import { broadcastServices } from '#protocols/index.ts'
import { etherTypes } from '#protocols/layer2.ts'
import { canonicalIp } from '#core/address.ts'
import type { Site } from '#schema/site.ts'
import { resolveEnd } from '../ends.ts'
import type { Path } from '../problem.ts'
import { parseService } from '../service.ts'
import { nearest } from '../suggest.ts'
import { unmatchedVendors, vendorWords } from '../vendors.ts'
import type { Check, Finding } from './context.ts'
import { serviceNames } from '../service-names.ts'
import { timesOf, whenPath } from '../when.ts'

interface Reference {
  readonly name: string
  readonly path: Path
}

const endNames = (site: Site): string[] => [
  ...Object.keys(site.assets),
  ...Object.keys(site.groups),
  ...Object.keys(site.zones),
  'any',
]
const windowNames = (site: Site) =>
  Object.entries(site.groups).flatMap(([name, { times }]) => (times === undefined ? [] : [name]))

const endsOf = (site: Site): Reference[] =>
  (['conduits', 'denies', 'redirects'] as const).flatMap((list) =>
    site[list].flatMap(({ from, to }, i) => [
      { name: from, path: [list, i, 'from'] },
      { name: to, path: [list, i, 'to'] },
    ]),
  )

const zonesNamed = (site: Site): Reference[] => [
  ...Object.entries(site.edges).flatMap(([edge, { ports }]) =>
    Object.entries(ports).flatMap(([port, { zones }]) =>
      zones.map((name, i) => ({ name, path: ['edges', edge, 'ports', port, 'zones', i] })),
    ),
  ),
  ...Object.entries(site.assets).map(([asset, { zone }]) => ({ name: zone, path: ['assets', asset, 'zone'] })),
  ...site.broadcast.map(({ zone }, i) => ({ name: zone, path: ['broadcast', i, 'zone'] })),
  ...site.layer2.flatMap(({ zones }, i) => zones.map((name, j) => ({ name, path: ['layer2', i, 'zones', j] }))),
  ...site.sensors.flatMap(({ zone }, i) => (zone === undefined ? [] : [{ name: zone, path: ['sensors', i, 'zone'] }])),
  ...site.responses.map(({ zone }, i) => ({ name: zone, path: ['responses', i, 'zone'] })),
]

/** The valid names themselves, where they are few. */
const choiceOf = (valid: readonly string[]) =>
  valid.length > 0 && valid.length <= 12 ? `one of ${valid.join(', ')}` : undefined

/** Names are ASCII; a letter that only looks like one of a name is told by its number. */
const oddLetter = (name: string): string => {
  const odd = /[^ -~]/u.exec(name)?.[0].codePointAt(0)
  return odd === undefined ? '' : `, with U+${odd.toString(16).padStart(4, '0').toUpperCase()} in it`
}

const unknown = (what: string, { name, path }: Reference, valid: readonly string[], expected?: string): Finding => ({
  path,
  message: `unknown ${what} \`${name}\`${oddLetter(name)}`,
  expected: expected ?? choiceOf(valid),
  near: () => nearest(name, valid),
})

/** Includes names such as UTC that the list of supported values leaves out. */
const isTimeZone = (name: string): boolean => {
  if (name === 'UTC') return true
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const portRange = 'ports from 1 to 65535, the lower one first'
const portsText = 'a protocol, tcp/1234, udp/1000-1010, icmp, ip/89, ethertype/0x8892, any or a group of ports'

export const references: readonly Check[] = [
  {
    code: 'unknown-end',
    severity: 'error',
    summary: 'A `from:` or `to:` names no asset, group, zone, address or network.',
    find: ({ site }) => {
      const valid = endNames(site)
      return endsOf(site)
        .filter(({ name }) => resolveEnd(site, name) === undefined)
        .map((reference) => unknown('asset, group, zone or address', reference, valid))
    },
  },
  {
    code: 'unknown-zone',
    severity: 'error',
    summary: 'A zone is named that `zones:` does not have.',
    find: ({ site }) => {
      const valid = Object.keys(site.zones)
      return zonesNamed(site)
        .filter(({ name }) => !Object.hasOwn(site.zones, name))
        .map((reference) => unknown('zone', reference, valid))
    },
  },
  {
    code: 'unknown-asset',
    severity: 'error',
    summary: 'A group names an asset that `assets:` does not have.',
    find: ({ site }) => {
      const valid = Object.keys(site.assets)
      return Object.entries(site.groups).flatMap(([group, { assets = [] }]) =>
        assets.flatMap((name, i) =>
          Object.hasOwn(site.assets, name)
            ? []
            : [unknown('asset', { name, path: ['groups', group, 'assets', i] }, valid)],
        ),
      )
    },
  },
  {
    code: 'unknown-vendor',
    severity: 'warning',
    summary: 'A group names a vendor that no asset has.',
    find: ({ site }) =>
      Object.entries(site.groups).flatMap(([group, entry]) =>
        unmatchedVendors(site, entry).map(([name, i]) => ({
          path: ['groups', group, 'vendors', i],
          message: `no asset has the vendor \`${name}\``,
          near: () => nearest(name, vendorWords(site)),
        })),
      ),
  },
  {
    code: 'unknown-service',
    severity: 'error',
    summary: 'A `service:` is no protocol, port, EtherType or group of ports.',
    find: ({ site }) => {
      const valid = serviceNames(site)
      return (['conduits', 'denies'] as const).flatMap((list) =>
        site[list].flatMap(({ service }, i) => {
          if (parseService(service, site.groups) !== undefined) return []
          const expected = /^(tcp|udp)\/\d+(-\d+)?$/.test(service) ? portRange : portsText
          const found = unknown('service', { name: service, path: [list, i, 'service'] }, valid, expected)
          const plainer = service.toLowerCase().replace(/[: ]+/, '/')
          return [parseService(plainer, site.groups) === undefined ? found : { ...found, near: () => plainer }]
        }),
      )
    },
  },
  {
    code: 'unknown-window',
    severity: 'error',
    summary: 'A `when:` names no group with `times`.',
    find: ({ site }) => {
      const valid = windowNames(site)
      const named = (['conduits', 'redirects'] as const).flatMap((list) =>
        site[list].flatMap(({ when }, i): Reference[] => {
          const name = timesOf(when)
          return name === undefined || (list === 'redirects' && name === 'unauthenticated')
            ? []
            : [{ name, path: [list, i, ...whenPath(when, 'times')] }]
        }),
      )
      return named
        .filter(({ name }) => !valid.includes(name))
        .map((reference) => ({
          ...unknown('time window', reference, valid, 'a group with `times:`'),
          ...(Object.hasOwn(site.groups, reference.name)
            ? { message: `group \`${reference.name}\` has no \`times\`` }
            : {}),
        }))
    },
  },
  {
    code: 'unknown-broadcast',
    severity: 'error',
    summary: 'A `broadcast:` row names no broadcast service.',
    find: ({ site }) =>
      site.broadcast.flatMap(({ allow }, i) =>
        allow.flatMap((name, j) =>
          Object.hasOwn(broadcastServices, name)
            ? []
            : [
                unknown(
                  'broadcast service',
                  { name, path: ['broadcast', i, 'allow', j] },
                  Object.keys(broadcastServices),
                ),
              ],
        ),
      ),
  },
  {
    code: 'unknown-ethertype',
    severity: 'error',
    summary: 'A `layer2:` row names no EtherType.',
    find: ({ site }) =>
      site.layer2.flatMap(({ allow }, i) =>
        allow.flatMap((name, j) =>
          (parseService(name, {})?.etherTypes ?? []).length > 0
            ? []
            : [
                unknown(
                  'EtherType',
                  { name, path: ['layer2', i, 'allow', j] },
                  Object.keys(etherTypes),
                  'a name such as profinet, or ethertype/0x8892',
                ),
              ],
        ),
      ),
  },
  {
    code: 'unknown-conduit',
    severity: 'error',
    summary: 'An exception names a conduit that does not exist.',
    find: ({ site }) => {
      const ids = site.conduits.map(({ id }) => id)
      const known = new Set(ids)
      return site.exceptions.flatMap(({ conduit: name }, i) =>
        known.has(name) ? [] : [unknown('conduit', { name, path: ['exceptions', i, 'conduit'] }, ids)],
      )
    },
  },
  {
    code: 'unknown-target',
    severity: 'error',
    summary: 'A redirect goes to something that is no asset, address or address:port.',
    find: ({ site }) =>
      site.redirects.flatMap(({ target: name }, i) => {
        const [, address, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(name) ?? []
        const fine =
          canonicalIp(name) !== undefined ||
          (canonicalIp(address ?? '') !== undefined && Number(port) >= 1 && Number(port) <= 65_535)
        return fine || Object.hasOwn(site.assets, name)
          ? []
          : [
              unknown(
                'redirect target',
                { name, path: ['redirects', i, 'target'] },
                Object.keys(site.assets),
                'an asset, an address, or address:port',
              ),
            ]
      }),
  },
  {
    code: 'unknown-timezone',
    severity: 'error',
    summary: 'The time zone is not in the IANA database.',
    find: ({ site }) => {
      if (isTimeZone(site.timezone)) return []
      const named = { name: site.timezone, path: ['timezone'] }
      return [unknown('time zone', named, Intl.supportedValuesOf('timeZone'), 'a name such as Europe/Berlin or UTC')]
    },
  },
]
