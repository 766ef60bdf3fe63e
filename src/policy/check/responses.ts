/** Sensors, responses, redirects, exceptions and groups. */
import { durationSeconds } from '#schema/duration.ts'
import type { Response, Site } from '#schema/site.ts'
import { eventOfSensor } from '../compile/responses.ts'
import { resolveEnd } from '../ends.ts'
import { queryOf, readQuery, type QueryFault } from '../query.ts'
import { parsePortText } from '../service.ts'
import { unmatchedVendors } from '../vendors.ts'
import { daysLater, type Check, type Context, type Finding } from './context.ts'
import { warningDays } from './conduits.ts'
import { askedBy, isAsked, refused } from './response-events.ts'
import { addressesOf, zonesOf } from './span.ts'

const counting = new Set(['distinct-destinations', 'distinct-ports', 'packets'])

const contains = ({ stranger, known }: Response) =>
  stranger?.startsWith('contain') === true || known?.startsWith('contain') === true

/** Bridges that carry a zone of a redirect's destination, with the address of the bridge itself. */
const bridgesTo = ({ site, zoneSpans }: Context, to: string): { name: string; address: string | undefined }[] => {
  const end = resolveEnd(site, to)
  if (end === undefined) return []
  const zones = zonesOf(site, end, zoneSpans)
  return Object.entries(site.edges).flatMap(([name, { bridge, address, ports }]) => {
    const carries = end.any || Object.values(ports).some((port) => port.zones.some((zone) => zones.has(zone)))
    return bridge !== undefined && carries ? [{ name, address }] : []
  })
}

/** An asset's first address, or what is written: IPv6 has more than one colon, with or without a port. */
const isIp6 = ({ assets }: Site, target: string): boolean =>
  ((Object.hasOwn(assets, target) ? assets[target]?.ips[0] : undefined) ?? target).split(':').length > 2

/** What the kernel counts to: in eight digits of seconds. */
const longest = 1000 * 86_400

/** How long sensors count, and sources are contained. */
const durations = ({ sensors, responses: rows }: Site) => [
  ...sensors.flatMap((sensor, i) => (sensor.in === undefined ? [] : [{ path: ['sensors', i, 'in'], text: sensor.in }])),
  ...rows.flatMap((row, i) =>
    (['stranger', 'known'] as const).flatMap((who) =>
      (/\d+[smhd]/.exec(row[who] ?? '') ?? []).map((text) => ({ path: ['responses', i, who], text })),
    ),
  ),
]

const groupPorts = (site: Site) =>
  Object.entries(site.groups).flatMap(([group, { ports = [] }]) =>
    ports.map((text, i) => ({ text, path: ['groups', group, 'ports', i] })),
  )

function* testFaults(site: Site, isMeant: (fault: QueryFault) => boolean): Iterable<Finding> {
  for (const [i, test] of site.tests.entries())
    for (const fault of readQuery(site, queryOf(test)).faults.filter(isMeant)) {
      const { key, message, expected, nearest: meant } = fault
      yield { path: ['tests', i, key], message, expected, near: () => meant }
    }
}

export const responses: readonly Check[] = [
  {
    code: 'sensor-limit',
    severity: 'error',
    summary: 'A counting sensor needs `over` and `in`.',
    *find({ site }) {
      for (const [i, sensor] of site.sensors.entries())
        for (const key of ['over', 'in'] as const)
          if (counting.has(sensor.counts) && sensor[key] === undefined)
            yield {
              path: ['sensors', i],
              message: `sensor \`${sensor.id}\` counts ${sensor.counts} without \`${key}\``,
              expected: key === 'over' ? 'such as `over: 5`' : 'such as `in: 10s`',
            }
    },
  },
  {
    code: 'time-range',
    severity: 'error',
    summary: 'A time of a sensor or a response is no time at all, or more than 1000 days.',
    *find({ site }) {
      for (const { path, text } of durations(site)) {
        const seconds = durationSeconds(text)
        if (seconds < 1 || seconds > longest)
          yield { path, message: `${text} is ${seconds < 1 ? 'no time' : 'too long'}`, expected: 'from 1s to 1000d' }
      }
    },
  },
  {
    code: 'response-without-effect',
    severity: 'warning',
    summary: 'A response contains towards a zone that is not in mode `contain`, or no sensor ever asks for it.',
    *find({ site }) {
      for (const [i, response] of site.responses.entries()) {
        if (!isAsked(site, response))
          yield {
            path: ['responses', i, 'event'],
            ...(response.event === 'decoy'
              ? {
                  message: `no decoy stands in zone \`${response.zone}\``,
                  expected: 'a pool, or a `sensor-only` network, of that zone in `decoys`',
                }
              : {
                  message: `no sensor raises ${response.event} towards zone \`${response.zone}\``,
                  expected: `a row in \`sensors\` that counts ${askedBy(response.event)}`,
                }),
          }
        const mode = Object.hasOwn(site.zones, response.zone) ? site.zones[response.zone]?.mode : undefined
        if (mode !== undefined && mode !== 'contain' && contains(response))
          yield {
            path: ['responses', i, 'zone'],
            message: `zone \`${response.zone}\` is in mode ${mode}: nothing is contained towards it`,
          }
      }
    },
  },
  {
    code: 'response-impossible',
    severity: 'error',
    summary: 'A response that the event, or the sensor, cannot have.',
    *find({ site }) {
      for (const [i, response] of site.responses.entries())
        for (const who of ['stranger', 'known'] as const) {
          const refusal = refused(site, response.event, response[who]?.split(' ')[0], response.zone)
          if (refusal !== undefined) yield { path: ['responses', i, who], ...refusal }
        }
      for (const [i, { counts, response, zone }] of site.sensors.entries()) {
        const event = eventOfSensor[counts] ?? 'sensor'
        const refusal = refused(site, event, response, zone)
        if (refusal !== undefined) yield { path: ['sensors', i, 'response'], ...refusal }
      }
    },
  },
  {
    code: 'response-agreed',
    severity: 'error',
    summary: 'Containing known assets must be agreed by more than one party.',
    *find({ site }) {
      for (const [i, { known, 'agreed-by': agreed }] of site.responses.entries())
        if (known?.startsWith('contain') === true && new Set(agreed.map((name) => name.trim().toLowerCase())).size < 2)
          yield {
            path: ['responses', i, 'agreed-by'],
            part: 'key',
            message: '`known: contain` stops production and is agreed by one party only',
            expected: 'at least two, such as [security, operations]',
          }
    },
  },
  {
    code: 'response-twice',
    severity: 'warning',
    summary: 'Two responses for one zone and event: the first decides.',
    *find({ site }) {
      const seen = new Set<string>()
      for (const [i, { zone, event }] of site.responses.entries()) {
        const key = `${zone} ${event}`
        if (seen.has(key))
          yield {
            path: ['responses', i],
            message: `zone \`${zone}\` has a response to ${event} already, which decides`,
          }
        seen.add(key)
      }
    },
  },
  {
    code: 'redirect-without-address',
    severity: 'error',
    summary: 'A redirect needs an `address` on the bridges it happens on.',
    *find(context) {
      for (const [i, { id, to }] of context.site.redirects.entries())
        for (const { name, address } of bridgesTo(context, to))
          if (address === undefined)
            yield {
              path: ['redirects', i],
              message: `redirect \`${id}\` needs an address on edge \`${name}\``,
              expected: `\`edges.${name}.address\`, such as 198.18.2.2/24`,
            }
    },
  },
  {
    code: 'redirect-ipv6',
    severity: 'error',
    summary: 'A bridge redirects IPv4 only: the target is an IPv6 address.',
    *find(context) {
      for (const [i, { id, to, target }] of context.site.redirects.entries())
        if (isIp6(context.site, target))
          for (const { name } of bridgesTo(context, to))
            yield {
              path: ['redirects', i, 'target'],
              message: `redirect \`${id}\` leads to an IPv6 address, and the bridge of edge \`${name}\` redirects IPv4 only`,
              expected: 'an IPv4 address, or an asset whose first address is one',
            }
    },
  },
  {
    code: 'redirect-vlan',
    severity: 'warning',
    summary: 'A redirect names an end whose addresses are somebody else’s on other VLANs, and redirects know no VLANs.',
    *find({ site, places }) {
      for (const [i, redirect] of site.redirects.entries())
        for (const key of ['from', 'to'] as const) {
          const { assets = [], networks = [] } = resolveEnd(site, redirect[key]) ?? {}
          const zones = [...assets.map(({ asset }) => asset.zone), ...networks.map(({ zone }) => zone ?? '')]
          const shared = zones.find((zone) => places.of(zone) !== 0n)
          if (shared !== undefined)
            yield {
              path: ['redirects', i, key],
              message: `redirect \`${redirect.id}\` would also catch who has an address of \`${redirect[key]}\` on another VLAN: zone \`${shared}\` shares its addresses`,
              expected: 'an end whose addresses are its own',
            }
        }
    },
  },
  {
    code: 'exception-expired',
    severity: 'warning',
    summary: 'An exception has expired, or does within 30 days.',
    *find({ site, today }) {
      const limit = daysLater(today, warningDays)
      for (const [i, { id, expires }] of site.exceptions.entries())
        if (expires <= limit)
          yield {
            path: ['exceptions', i, 'expires'],
            message: `exception \`${id}\` ${expires <= today ? 'expired' : 'expires'} on ${expires}`,
          }
    },
  },
  {
    code: 'invalid-port',
    severity: 'error',
    summary: 'A port is out of range, or a range of ports falls.',
    *find({ site }) {
      const redirected = site.redirects.flatMap(({ ports }, i) =>
        ports.map((text, j) => ({ text, path: ['redirects', i, 'ports', j] })),
      )
      for (const { text, path } of [...groupPorts(site), ...redirected])
        if (parsePortText(text) === undefined)
          yield { path, message: `${text} is no port`, expected: 'tcp or udp with ports from 1 to 65535' }
    },
  },
  {
    code: 'empty-window',
    severity: 'error',
    summary: 'A time range that begins when it ends.',
    *find({ site }) {
      for (const [group, { times = [] }] of Object.entries(site.groups))
        for (const [i, { from, to }] of times.entries())
          if (from === to || from === '24:00')
            yield {
              path: ['groups', group, 'times', i],
              message: `${from} to ${to} is no time`,
              expected: 'different times; 00:00 to 24:00 is all day',
            }
    },
  },
  {
    code: 'group-empty',
    severity: 'warning',
    summary: 'A group stands for nothing.',
    *find({ site }) {
      for (const [name, group] of Object.entries(site.groups)) {
        // A vendor that no asset has is told by itself.
        if (group.ports !== undefined || group.times !== undefined || unmatchedVendors(site, group).length > 0) continue
        const end = resolveEnd(site, name)
        if (end !== undefined && addressesOf(end).length === 0)
          yield { path: ['groups', name], part: 'key', message: `group \`${name}\` stands for nothing` }
      }
    },
  },
  {
    code: 'invalid-test',
    severity: 'error',
    summary: 'A test asks something that cannot be asked: an unknown name, command, field or time.',
    find: ({ site }) => testFaults(site, ({ idle }) => idle === undefined),
  },
  {
    code: 'test-idle',
    severity: 'warning',
    summary:
      'A test says something that no message says, and fails: a field that the command does not have, or a value out of range.',
    find: ({ site }) => testFaults(site, ({ idle }) => idle === true),
  },
]
