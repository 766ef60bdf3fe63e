/** What each event of a response may be answered with, and who raises it. */
import type { Response, Site } from '#schema/site.ts'
import { eventOfSensor } from '../compile/responses.ts'
import { zoneOf } from '../decoys/pools.ts'
import { resolveEnd } from '../ends.ts'

/** What the sensors that raise an event count; none raise the events that need no sensor. */
export const askedBy = (event: Response['event']): string =>
  Object.entries(eventOfSensor)
    .filter(([, raised]) => raised === event || event === 'sensor')
    .map(([counts]) => counts)
    .join(' or ')

const sensorless = new Set<Response['event']>(['out-of-scope', 'spoof', 'off-hours'])

/** A zone with a pool, or with dark addresses. */
const hasDecoys = (site: Site, zone: string): boolean =>
  site.decoys?.pools.some((pool) => pool.zone === zone) === true ||
  site.decoys?.['sensor-only'].some((network) => zoneOf(site, network) === zone) === true

export const isAsked = (site: Site, { event, zone }: Response): boolean =>
  sensorless.has(event) ||
  (event === 'decoy' && hasDecoys(site, zone)) ||
  site.sensors.some(
    (sensor) =>
      (sensor.zone === undefined || sensor.zone === zone) &&
      (event === 'sensor' || eventOfSensor[sensor.counts] === event),
  )

const redirectsTo = (site: Site, zone: string): boolean =>
  site.redirects.some(({ to }) => {
    const end = resolveEnd(site, to)
    return end?.any === true || end?.networks.some((network) => network.zone === zone) === true
  })

/** Whether a decoy stands in for an asset of a zone. */
const deceives = (site: Site, zone: string): boolean =>
  site.decoys?.deceive.some(({ to }) => resolveEnd(site, to)?.assets.some(({ asset }) => asset.zone === zone)) === true

/** What sends an out-of-scope connection elsewhere: where such a row is, and whether a zone has one. */
const elsewhere = {
  redirect: { list: 'redirects', leads: redirectsTo },
  deceive: { list: 'decoys.deceive', leads: deceives },
} as const
const isElsewhere = (verb: string): verb is keyof typeof elsewhere => Object.hasOwn(elsewhere, verb)

/** Why an event cannot have a response; undefined when it can. */
export const refused = (
  site: Site,
  event: Response['event'],
  verb: string | undefined,
  zone: string | undefined,
): { message: string; expected: string } | undefined => {
  if (verb === undefined || verb === 'alert') return undefined
  if (event === 'first-seen')
    return {
      message: `\`${verb}\` on first-seen: every conversation is seen for the first time once, also after a new edge starts`,
      expected: '`alert`',
    }
  if (event === 'spoof' && verb !== 'deny')
    return {
      message: `\`${verb}\` on spoof: a forged frame names somebody else, who must not suffer for it`,
      expected: '`alert` or `deny`: forged frames are dropped wherever the zone is enforced',
    }
  if (!isElsewhere(verb)) return undefined
  if (event !== 'out-of-scope')
    return {
      message: `\`${verb}\` on ${event}: what fires is in the middle of a conversation, and only new ones can be redirected`,
      expected: 'alert, deny or contain',
    }
  const { list, leads } = elsewhere[verb]
  if (zone === undefined || !leads(site, zone))
    return {
      message: `\`${verb}\` towards zone \`${zone ?? 'any'}\` has no target`,
      expected:
        verb === 'redirect'
          ? `a row in \`${list}\` with \`to: ${zone ?? 'any'}\` that says which ports go where`
          : `a row in \`${list}\` whose assets are in that zone`,
    }
  return undefined
}
