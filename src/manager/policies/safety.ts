/** Whether a change touches a safety system: then two persons have to approve it, whatever the site asks for. */
import { isDeepStrictEqual } from 'node:util'
import { cidrContains } from '#core/address.ts'
import { type End, resolveEnd } from '#policy/ends.ts'
import { timesOf } from '#policy/when.ts'
import type { Site } from '#schema/site.ts'

interface Entry {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly service?: string
  readonly when?: Parameters<typeof timesOf>[0]
}

/** Everything in a policy that a safety system depends on, by name; what a row refers to is part of it. */
const aboutSafety = (site: Site | undefined): ReadonlyMap<string, unknown> => {
  const found = new Map<string, unknown>()
  if (site === undefined) return found
  const safety = Object.entries(site.assets).filter(([, { kind }]) => kind === 'sis')
  if (safety.length === 0) return found
  const names = new Set(safety.map(([name]) => name))
  const addresses = safety.flatMap(([, { ips }]) => ips)
  const zones = new Set(safety.map(([, { zone }]) => zone))
  const ends = new Map<string, End | undefined>()
  const endOf = (text: string): End | undefined => {
    if (!ends.has(text)) ends.set(text, resolveEnd(site, text))
    return ends.get(text)
  }
  const meets = (text: string): boolean => {
    const end = endOf(text)
    return (
      end === undefined ||
      end.any ||
      end.assets.some(({ name }) => names.has(name)) ||
      end.networks.some(({ network }) => addresses.some((ip) => cidrContains(network, ip)))
    )
  }
  const group = (name: string | undefined) =>
    name !== undefined && Object.hasOwn(site.groups, name) ? site.groups[name] : undefined
  const rows = (section: string, list: readonly Entry[]): void => {
    for (const entry of list)
      if (meets(entry.from) || meets(entry.to))
        found.set(`${section} ${entry.id}`, [
          entry,
          endOf(entry.from),
          endOf(entry.to),
          group(entry.service),
          group(timesOf(entry.when)),
        ])
  }
  for (const [name, asset] of safety) found.set(`asset ${name}`, asset)
  for (const name of zones) found.set(`zone ${name}`, site.zones[name])
  rows('conduit', site.conduits)
  rows('deny', site.denies)
  rows('redirect', site.redirects)
  for (const row of site.responses) if (zones.has(row.zone)) found.set(`response ${row.zone} ${row.event}`, row)
  for (const row of site.broadcast) if (zones.has(row.zone)) found.set(`broadcast ${row.zone}`, row)
  for (const row of site.layer2)
    if (row.zones.some((zone) => zones.has(zone))) found.set(`layer2 ${row.zones.join(', ')}`, row)
  for (const [name, edge] of Object.entries(site.edges))
    if (Object.values(edge.ports).some((port) => port.zones.some((zone) => zones.has(zone))))
      found.set(`edge ${name}`, edge)
  return found
}

/** What differs, in the words of the policy: `asset sis-1`, `conduit sis-read`. */
export const safetyChanges = (before: Site | undefined, after: Site): readonly string[] => {
  const [old, next] = [aboutSafety(before), aboutSafety(after)]
  return [...new Set([...old.keys(), ...next.keys()])].filter((key) => !isDeepStrictEqual(old.get(key), next.get(key)))
}
