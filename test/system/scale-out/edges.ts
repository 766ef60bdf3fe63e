/** Simulated edges at the managers of a pair, and a policy for their site. */
import { type Fleet, type FleetOptions, startFleet } from '#lab/fleet/fleet.ts'
import type { Place } from '#lab/fleet/line.ts'
import { enlist, type Enlisted } from '#lab/fleet/register.ts'
import type { Pair } from './managers.ts'

export interface Here {
  readonly fleet: Fleet
  /** When an order about the address was in force: first and last of its edges, and how many have it. */
  readonly inForce: (ip: string) => number
}

export const enlistFor = (pair: Pair): Promise<Enlisted> =>
  enlist(pair.a.state, { count: 8, sites: 2, domain: pair.domain, url: pair.url })

let runs = 0
/** @param from first of the enlisted edges */
export const edgesAt = async (
  { members, ca, signer }: Enlisted,
  [from, to]: readonly [number, number],
  place: Place,
  more: Partial<FleetOptions> = {},
): Promise<Here> => {
  const seen = new Map<string, number>()
  const fleet = startFleet({
    members: members.slice(from, to),
    place,
    ca,
    signer,
    version: '1.0.0',
    run: `run-${runs++}`,
    onState: (_edge, object) => {
      if (object.type === 'order') seen.set(object.ip, (seen.get(object.ip) ?? 0) + 1)
    },
    ...more,
  })
  await fleet.connect()
  return { fleet, inForce: (ip) => seen.get(ip) ?? 0 }
}

export const policyText = (site: string, edges: readonly string[]): string => `version: 1
site: ${site}
timezone: UTC
edges:
${edges.map((edge) => `  ${edge}: { bridge: br0, ports: { a: { device: eth1, zones: [office] }, b: { device: eth2, zones: [cells] } } }`).join('\n')}
zones:
  office: { level: 3, networks: [198.18.10.0/24] }
  cells: { level: 1, networks: [198.18.11.0/24], mode: contain }
assets:
  hmi: { ips: [198.18.10.20], zone: office, kind: hmi }
  ews: { ips: [198.18.10.30], zone: office, kind: engineering }
  plc: { ips: [198.18.11.10], zone: cells, kind: plc }
conduits:
  - { id: run, from: hmi, to: plc, service: modbus, reason: the panel operates the line }
responses:
  - { zone: cells, event: out-of-scope, stranger: contain 1h fleet, known: contain 1h site, agreed-by: [ops, it] }
tests:
  - { from: hmi, to: plc, service: modbus, expect: permit }
  - { from: ews, to: plc, service: tcp/22, expect: contain }
`
