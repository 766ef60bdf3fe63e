/** The plant of the benchmarks: an HMI and a PLC on the two sides of an edge, and policies of any size. */
import { stringify } from 'yaml'
import { ethernet, ipv4, udp } from '#packet/build.ts'
import { compile } from '#policy/compile.ts'
import type { Plan } from '#policy/plan.ts'
import { Site } from '#schema/site.ts'
import { createWorld, type World } from '../test/system/world/world.ts'

export const hmi = { ip: '198.18.0.1', mac: '02:01:00:00:00:01' }
export const plc = { ip: '198.19.0.1', mac: '02:02:00:00:00:01' }
const clientMac = (i: number) =>
  `02:01:${[24, 16, 8, 0].map((shift) => (((i + 1) >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`
const serverMac = (i: number) => clientMac(i).replace('02:01', '02:02')
const address = (net: string, i: number) => `${net}.${(i + 1) >> 8}.${(i + 1) & 255}`

/** The i-th controller. */
export const serverOf = (i: number) => ({ ip: address('198.19', i), mac: serverMac(i) })

/** A site with at least `permits` permitted conversations: clients times servers, one port. */
export const siteOf = (permits: number): Record<string, unknown> => {
  const servers = Math.min(100, permits)
  const clients = Math.ceil(permits / servers)
  const list = (count: number, one: (i: number) => readonly [string, unknown]) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => one(i)))
  return {
    version: 1,
    site: 'bench',
    edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['supervisory'] }, cell: { zones: ['cells'] } } } },
    zones: {
      supervisory: { level: 2, networks: ['198.18.0.0/16'], mode: 'contain' },
      cells: { level: 1, networks: ['198.19.0.0/16'], mode: 'contain' },
    },
    assets: {
      ...list(clients, (i) => [
        `hmi-${i}`,
        { ips: [address('198.18', i)], macs: [clientMac(i)], zone: 'supervisory', kind: 'hmi' },
      ]),
      ...list(servers, (i) => [
        `plc-${i}`,
        { ips: [address('198.19', i)], macs: [serverMac(i)], zone: 'cells', kind: 'plc' },
      ]),
    },
    groups: { hmis: { kinds: ['hmi'] }, plcs: { kinds: ['plc'] } },
    conduits: [
      { id: 'poll', from: 'hmis', to: 'plcs', service: 'udp/5000', reason: 'polls' },
      { id: 'test', from: 'hmi-0', to: 'plc-0', service: 'tcp/5201', reason: 'throughput' },
    ],
  }
}

export const planOf = (permits: number): Plan => {
  const plan = compile(Site.parse(siteOf(permits)), 'edge')
  if (plan === undefined) throw new Error('the benchmark policy does not compile')
  return plan
}
export const policyText = (permits: number, extra = ''): string => stringify(siteOf(permits)) + extra

/** Frames of one poll and its answer. */
export const poll = ethernet({
  dst: plc.mac,
  src: hmi.mac,
  etherType: 0x0800,
  payload: ipv4({
    src: hmi.ip,
    dst: plc.ip,
    proto: 17,
    payload: udp({ src: hmi.ip, dst: plc.ip }, { sport: 40_000, dport: 5000, payload: new Uint8Array(64) }),
  }),
})
export const answer = ethernet({
  dst: hmi.mac,
  src: plc.mac,
  etherType: 0x0800,
  payload: ipv4({
    src: plc.ip,
    dst: hmi.ip,
    proto: 17,
    payload: udp({ src: plc.ip, dst: hmi.ip }, { sport: 5000, dport: 40_000, payload: new Uint8Array(64) }),
  }),
})

/** Without `addressed` no kernel answers for the two ends: what arrives is what was sent. */
export const benchWorld = ({
  addressed = true,
  ...options
}: { bridged?: boolean; addressed?: boolean } = {}): Promise<World> =>
  createWorld({
    name: 'b',
    ports: ['plant', 'cell'],
    hosts: {
      hmi: { port: 'plant', mac: hmi.mac, ...(addressed ? { ip4: `${hmi.ip}/8` } : {}) },
      plc: { port: 'cell', mac: plc.mac, ...(addressed ? { ip4: `${plc.ip}/8` } : {}) },
    },
    ...options,
  })
