/**
 * A line that runs: an HMI and a panel poll two controllers through an edge, all the time, with answers outstanding. The
 * panel is no asset of the policy, and known assets may be contained too: whoever could be contained wrongly is here.
 */
import * as z from 'zod'
import { createWorld, type World } from '../world/world.ts'
import { Program } from '../world/program.ts'

export const macs = {
  'plc-a': '02:00:00:00:01:10',
  'plc-b': '02:00:00:00:01:11',
  hmi: '02:00:00:00:02:70',
  panel: '02:00:00:00:02:71',
  historian: '02:00:00:00:02:72',
  stranger: '02:00:00:00:02:66',
} as const

export const addresses = {
  'plc-a': '198.18.1.10',
  'plc-b': '198.18.1.11',
  hmi: '198.18.1.70',
  panel: '198.18.1.71',
  historian: '198.18.1.72',
  stranger: '198.18.1.99',
} as const

const plcB6 = 'fd00:198:18:1::11'

/** The plant: `historian` is an asset that nothing permits, `stranger` is not known at all. Both keep silent by themselves. */
export const createPlant = (name: string): Promise<World> =>
  createWorld({
    name,
    ports: ['plant', 'cell'],
    hosts: {
      'plc-a': { port: 'cell', mac: macs['plc-a'], ip4: `${addresses['plc-a']}/24` },
      'plc-b': { port: 'cell', mac: macs['plc-b'], ip4: `${addresses['plc-b']}/24`, ip6: `${plcB6}/48` },
      hmi: { port: 'plant', mac: macs.hmi, ip4: `${addresses.hmi}/24`, ip6: 'fd00:198:18:2::70/48' },
      panel: { port: 'plant', mac: macs.panel, ip4: `${addresses.panel}/24` },
      historian: { port: 'plant', mac: macs.historian, ip4: `${addresses.historian}/24` },
      stranger: { port: 'plant', mac: macs.stranger, ip4: `${addresses.stranger}/24` },
    },
  })

export interface PolicyOptions {
  /** Lines of YAML below `conduits:`, `groups:` and `assets:`. */
  readonly conduits?: string
  readonly groups?: string
  readonly assets?: string
  /** What happens to known assets that leave their profile. */
  readonly known?: 'deny' | 'contain 1h'
  readonly mode?: 'observe' | 'contain'
}

export const edgeName = 'line-edge'

/** The site policy of the plant. */
export const policyText = ({
  conduits = '',
  groups = '',
  assets = '',
  known = 'contain 1h',
  mode = 'contain',
}: PolicyOptions = {}): string => `version: 1
site: line
timezone: UTC
edges:
  ${edgeName}:
    bridge: br0
    ports:
      plant: { zones: [supervisory] }
      cell: { zones: [cell-1] }
zones:
  cell-1: { level: 1, networks: [198.18.1.0/26, 'fd00:198:18:1::/64'], mode: ${mode}, owner: line }
  supervisory: { level: 2, networks: [198.18.1.64/26, 'fd00:198:18:2::/64'], mode: ${mode}, owner: line }
assets:
  plc-a: { ips: [${addresses['plc-a']}], macs: ['${macs['plc-a']}'], zone: cell-1, kind: plc, owner: line }
  plc-b: { ips: [${addresses['plc-b']}, '${plcB6}'], macs: ['${macs['plc-b']}'], zone: cell-1, kind: plc, owner: line }
  hmi: { ips: [${addresses.hmi}, 'fd00:198:18:2::70'], macs: ['${macs.hmi}'], zone: supervisory, kind: hmi, owner: line }
  historian: { ips: [${addresses.historian}], macs: ['${macs.historian}'], zone: supervisory, kind: historian, owner: line }
${assets}
groups:
  plcs: { assets: [plc-a, plc-b] }
  panels: { networks: [${addresses.panel}/32] }
${groups}
conduits:
  - { id: hmi-modbus, from: hmi, to: plcs, service: modbus, essential: false, reason: operation, owner: line }
  - { id: hmi-status, from: hmi, to: plcs, service: udp/2222, reason: operation, owner: line }
  - { id: panel-modbus, from: panels, to: plcs, service: modbus, reason: operation, owner: line }
  - { id: panel-status, from: panels, to: plcs, service: udp/2222, reason: operation, owner: line }
${conduits}
responses:
  - zone: cell-1
    event: out-of-scope
    stranger: contain 1h site
    known: ${known}
    agreed-by: [security, engineering, operations, safety]
  - zone: supervisory
    event: out-of-scope
    stranger: contain 1h site
    known: ${known}
    agreed-by: [security, engineering, operations, safety]
`

const Counts = z.object({
  /** Polls over all transports. */
  sent: z.number(),
  answered: z.number(),
  /** Not answered although they were sent twice (UDP) or retransmitted (TCP). */
  lost: z.number(),
  /** Datagrams sent a second time. */
  resent: z.number(),
  /** Connections that ended without being closed by the operator. */
  broken: z.number(),
  /** New connections that were made, used and closed. */
  connections: z.number(),
})
export type Counts = z.infer<typeof Counts>

export interface Production {
  /** Counts once everything sent before is answered or lost. */
  settled(): Promise<Counts>
  stop(): Promise<void>
}

const add = (a: Counts, b: Counts): Counts => ({
  sent: a.sent + b.sent,
  answered: a.answered + b.answered,
  lost: a.lost + b.lost,
  resent: a.resent + b.resent,
  broken: a.broken + b.broken,
  connections: a.connections + b.connections,
})

/** Polls per second of each kind; a controller answers in the time between two, so that an answer is nearly always outstanding. */
const rate = process.env['BULKHEAD_TEST'] === 'long' ? 50 : 25
const delay = String(1000 / rate)

/** Starts the controllers, then the polls. The wire must pass everything, or at least what is permitted. */
export const startProduction = async (world: World): Promise<Production> => {
  const devices = [
    ['plc-a', addresses['plc-a']],
    ['plc-b', plcB6],
    ['plc-b', addresses['plc-b']],
  ].map(
    ([host = '', own = '']) =>
      new Program(world, host, 'test/system/production/device.ts', ['--host', own, '--delay', delay]),
  )
  await Promise.all(devices.map((device) => device.line()))
  const operators = [
    ['hmi', `${addresses['plc-a']},${plcB6}`],
    ['panel', addresses['plc-b']],
  ].map(
    ([host = '', hosts = '']) =>
      new Program(world, host, 'test/system/production/operator.ts', [
        '--hosts',
        hosts,
        '--rate',
        String(rate),
        '--dials',
        String(rate / 5),
      ]),
  )
  await Promise.all(operators.map((operator) => operator.line()))
  return {
    settled: async () => {
      const all = await Promise.all(operators.map(async (operator) => Counts.parse(await operator.ask('settled'))))
      return all.reduce(add)
    },
    stop: async () => {
      await Promise.all([...operators, ...devices].map((program) => program.end()))
    },
  }
}
