/** The `responses:` table: what was agreed before the incident. */
import { durationSeconds } from '#schema/duration.ts'
import type { Response, Sensor, Site } from '#schema/site.ts'
import type { Agreed, OutOfScope, PlanZone, SensorEffect } from '../plan.ts'

type Who = keyof Agreed

/** A stranger is contained for an hour on this edge, a known asset is denied, where nobody agreed on anything else. */
const defaults = {
  stranger: { action: 'contain', seconds: 3600, scope: 'edge' },
  known: { action: 'deny', seconds: 3600, scope: 'edge' },
} as const satisfies Agreed

/** Reads `contain 1h site`; the schema has checked its form. `redirect` denies what no redirect catches, and contains nobody. */
export const parseResponse = (text: string, fallback: OutOfScope): OutOfScope => {
  const [verb = 'deny', ...rest] = text.split(' ')
  const time = rest.find((word) => /^\d+[smhd]$/.test(word))
  const scope = rest.find((word): word is OutOfScope['scope'] => word === 'edge' || word === 'site' || word === 'fleet')
  return {
    action: verb === 'contain' ? 'contain' : verb === 'alert' ? 'alert' : 'deny',
    seconds: time === undefined ? fallback.seconds : durationSeconds(time),
    scope: scope ?? fallback.scope,
  }
}

const row = (site: Site, zone: string, event: Response['event']) =>
  site.responses.find((response) => response.zone === zone && response.event === event)

/** Response to an out-of-scope packet towards a zone, by whether its source is a known asset. */
export const outOfScope = (site: Site, zone: string, who: Who): OutOfScope => {
  const text = row(site, zone, 'out-of-scope')?.[who]
  return text === undefined ? defaults[who] : parseResponse(text, defaults[who])
}

/** Event that a sensor raises, by what it counts. Commands are seen by inspection only. */
export const eventOfSensor: Readonly<Record<Sensor['counts'], Response['event'] | undefined>> = {
  'distinct-destinations': 'scan',
  'distinct-ports': 'scan',
  packets: 'rate',
  'off-hours': 'off-hours',
  'first-seen-peer': 'first-seen',
  'first-seen-op': undefined,
}

/**
 * A sensor alone contains strangers; known assets only where the responses agreed on it. What they send too much of is permitted, so it
 * is not denied in place of that.
 */
const ofSensor = ({ response, counts }: Sensor, who: Who) =>
  who === 'known' && response === 'contain' ? (eventOfSensor[counts] === 'rate' ? 'alert' : 'deny') : response

/** Row of the sensor's own event, else the row for any sensor, else what the sensor says. */
const response = (site: Site, sensor: Sensor, zone: string, who: Who): OutOfScope => {
  const event = eventOfSensor[sensor.counts]
  const own = event === undefined ? undefined : row(site, zone, event)?.[who]
  return parseResponse(own ?? row(site, zone, 'sensor')?.[who] ?? ofSensor(sensor, who), defaults[who])
}

const watches = (sensor: Sensor, zone: string) => sensor.zone === undefined || sensor.zone === zone

/** What a sensor does beside telling, per zone that enforces. Scans are denied already; a new peer is only told. */
export const sensorEffects = (site: Site, sensor: Sensor, zones: readonly PlanZone[]): SensorEffect[] => {
  const event = eventOfSensor[sensor.counts]
  if (event !== 'scan' && event !== 'rate') return []
  return zones
    .filter(({ name, mode }) => watches(sensor, name) && (mode === 'enforce' || mode === 'contain'))
    .flatMap(({ name, index, mode }) => {
      const agreed = {
        stranger: response(site, sensor, name, 'stranger'),
        known: response(site, sensor, name, 'known'),
      }
      const acts = Object.values(agreed).some(
        ({ action }) => (action === 'contain' && mode === 'contain') || (action !== 'alert' && event === 'rate'),
      )
      return acts ? [{ zone: index, limits: event === 'rate', ...agreed }] : []
    })
}

/**
 * Response to a conduit being used while its window is closed; undefined where it is that to anything out of scope. A sensor that only
 * tells takes nothing away from that.
 */
export const offHours = (site: Site, zone: string): Agreed | undefined => {
  const sensor = site.sensors.find((one) => one.counts === 'off-hours' && watches(one, zone))
  if (sensor === undefined && row(site, zone, 'off-hours') === undefined) return undefined
  const of = (who: Who): OutOfScope => {
    const agreed = row(site, zone, 'off-hours')?.[who] ?? (sensor && row(site, zone, 'sensor')?.[who])
    const own = sensor?.response === 'contain' && who === 'known' ? undefined : sensor?.response
    const text = agreed ?? (own === 'alert' ? undefined : own)
    return text === undefined ? outOfScope(site, zone, who) : parseResponse(text, defaults[who])
  }
  return { stranger: of('stranger'), known: of('known') }
}
