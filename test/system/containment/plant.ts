/** A plant for containment tests, with everything in it that a contained source could still use. */
import { edgeName, mac, type Document } from '../differential/policy.ts'
import { planOf } from '../differential/scenario.ts'
import type { Plan } from '#policy/plan.ts'

export { edgeName, mac }

export const macs = {
  plc: '02:00:00:00:01:10',
  rtu: '02:00:00:00:01:11',
  hmi: '02:00:00:00:02:70',
  ews: '02:00:00:00:02:71',
  /** A router that nobody listed, with assets behind it that have no MAC. */
  router: '02:00:00:00:02:fe',
  /** A router that its port lists. */
  listed: '02:00:00:00:02:fd',
} as const

/** Hosts by name: IPv4, IPv6. The `far` ones have no MAC: they are behind a router. */
export const addresses = {
  plc: ['198.18.1.10', 'fd00:198:18:1::10'],
  rtu: ['198.18.1.11', 'fd00:198:18:1::11'],
  hmi: ['198.18.64.70', 'fd00:198:18:2::70'],
  ews: ['198.18.64.71', 'fd00:198:18:2::71'],
  far: ['198.18.64.80', 'fd00:198:18:2::80'],
} as const

/** Zone of strangers: as wide as a test needs addresses. */
const strangerNetwork = '198.18.64.0/18'

const agreed = ['security', 'engineering', 'operations', 'safety']

/**
 * Two zones with the edge between them. Everything that a policy can let pass to the cell without a conduit is let pass:
 * whoever is contained must lose that too.
 */
export const plantPolicy = ({
  mode = 'contain',
  known = 'deny',
  more = {},
}: {
  readonly mode?: 'observe' | 'shadow' | 'enforce' | 'contain'
  /** Response to known assets that leave their scope. */
  readonly known?: string
  readonly more?: Partial<Document>
} = {}): Document => ({
  version: 1,
  site: 'containment',
  edges: {
    [edgeName]: {
      bridge: 'br0',
      ports: {
        plant: { zones: ['supervisory'], vlans: ['untagged', 20], routers: [macs.listed] },
        cell: { zones: ['cell-1'], vlans: ['untagged', 20] },
      },
    },
  },
  zones: {
    'cell-1': { level: 1, networks: ['198.18.1.0/26', 'fd00:198:18:1::/64'], mode },
    supervisory: { level: 2, networks: [strangerNetwork, 'fd00:198:18:2::/64'], mode: 'contain' },
  },
  assets: {
    plc: { ips: [...addresses.plc], macs: [macs.plc], zone: 'cell-1', kind: 'plc' },
    rtu: { ips: [...addresses.rtu], macs: [macs.rtu], zone: 'cell-1', kind: 'rtu' },
    hmi: { ips: [...addresses.hmi], macs: [macs.hmi], zone: 'supervisory', kind: 'hmi' },
    ews: { ips: [...addresses.ews], macs: [macs.ews], zone: 'supervisory', kind: 'engineering' },
    far: { ips: [...addresses.far], zone: 'supervisory', kind: 'historian' },
  },
  conduits: [
    { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus' },
    { id: 'record', from: 'far', to: 'plc', service: 'modbus' },
    { id: 'anybody', from: 'any', to: 'rtu', service: 'tcp/4840' },
    { id: 'anybody-udp', from: 'any', to: 'rtu', service: 'udp/47808' },
  ],
  broadcast: [{ zone: 'cell-1', allow: ['bacnet-who-is', 'enip-list-identity', 'profinet-dcp', 'goose-events'] }],
  layer2: [{ zones: ['cell-1', 'supervisory'], allow: ['profinet', 'goose', 'ethercat'] }],
  responses: [{ zone: 'cell-1', event: 'out-of-scope', stranger: 'contain 1h', known, 'agreed-by': agreed }],
  ...more,
})

/** @throws Error with what `policy check` says */
export const planFrom = (policy: Document, islands: readonly string[] = []): Plan => {
  const { plan, problems } = planOf(policy, islands)
  if (plan === undefined) throw new Error(problems.join('; '))
  return plan
}
