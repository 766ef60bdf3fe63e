/** A plant of two zones with its frames, and simulations of small recordings of it, for tests. */
import { arp, ethernet, ipv4, tcp, type Tag } from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { recordOf, type CaptureRecord } from '#packet/records.ts'
import { bytesOf } from '#protocols/reading.ts'
import { Site } from '#schema/site.ts'
import { policyAt, resultOf, Simulation, type Policy, type Result } from './index.ts'
import type { JudgeOptions } from './packet-judge.ts'

export const addresses = {
  hmi: '198.18.1.10',
  historian: '198.18.1.11',
  plc: '198.18.2.10',
  other: '198.18.2.11',
  stranger: '198.18.1.99',
} as const
export type Name = keyof typeof addresses
export const macs: Readonly<Record<Name, string>> = {
  hmi: '02:00:00:00:01:10',
  historian: '02:00:00:00:01:11',
  plc: '02:00:00:00:02:10',
  other: '02:00:00:00:02:11',
  stranger: '02:99:00:00:00:01',
}

/** Reads and small writes of one HMI, the historian's reads of the other controller, and nothing else. */
export const document = {
  version: 1,
  site: 'test',
  edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
  zones: {
    office: { level: 3, networks: ['198.18.1.0/25'], mode: 'contain' },
    line: { level: 1, networks: ['198.18.2.0/25'], mode: 'contain' },
  },
  assets: {
    hmi: { ips: [addresses.hmi], macs: [macs.hmi], zone: 'office', kind: 'hmi' },
    historian: { ips: [addresses.historian], zone: 'office', kind: 'historian' },
    plc: { ips: [addresses.plc], macs: [macs.plc], zone: 'line', kind: 'plc' },
    other: { ips: [addresses.other], zone: 'line', kind: 'plc' },
  },
  groups: { nights: { times: [{ from: '22:00', to: '04:00' }] } },
  conduits: [
    {
      id: 'operate',
      from: 'hmi',
      to: 'plc',
      service: 'modbus',
      allow: ['read', { op: 'write-single-register', registers: '100-119', values: '0-500' }],
      essential: true,
    },
    { id: 'record', from: 'historian', to: 'other', service: 'tcp/502' },
    { id: 'night-web', from: 'historian', to: 'plc', service: 'tcp/80', when: 'nights' },
  ],
}

export const policyOf = (change: Record<string, unknown> = {}, modes: Result['modes'] = 'as-written'): Policy => {
  const policy = policyAt(Site.parse({ ...document, ...change }), 'edge', modes)
  if (policy === undefined) throw new Error('no such edge')
  return policy
}

export interface Segment {
  readonly from: Name
  readonly to: Name
  readonly sport?: number
  readonly dport?: number
  readonly flags?: number
  readonly seq?: number
  readonly ack?: number
  readonly data?: string
  readonly tags?: readonly Tag[]
  /** Another Ethernet address than the sender's own. */
  readonly mac?: string
}

export const { syn, ack } = tcpFlags
const psh = tcpFlags.psh | tcpFlags.ack

export const linked = (from: Name, to: Name, etherType: number, payload: Uint8Array, tags: readonly Tag[] = []) =>
  ethernet({ src: macs[from], dst: macs[to], etherType, payload, tags })

export const segment = ({
  from,
  to,
  sport = 40_000,
  dport = 502,
  data,
  tags = [],
  mac,
  ...rest
}: Segment): Uint8Array => {
  const ends = { src: addresses[from], dst: addresses[to] }
  const payload = tcp(ends, {
    sport,
    dport,
    flags: data === undefined ? ack : psh,
    ...rest,
    ...(data === undefined ? {} : { payload: bytesOf(data) }),
  })
  const packet = ipv4({ ...ends, proto: ipProtocols.tcp, payload })
  return ethernet({ src: mac ?? macs[from], dst: macs[to], tags, etherType: etherTypes.ipv4, payload: packet })
}

/** An opening with its answer, and the ends' first numbers 1000 and 5000 behind it. */
export const opening = (from: Name, to: Name, dport = 502): readonly Uint8Array[] => [
  segment({ from, to, dport, flags: syn, seq: 999 }),
  segment({ from: to, to: from, sport: dport, dport: 40_000, flags: syn | ack, seq: 4999, ack: 1000 }),
  segment({ from, to, dport, flags: ack, seq: 1000, ack: 5000 }),
]

/** A read of Modbus registers, its answer, and a write of 900. */
export const read = '0001 0000 0006 01 03 0064 0002'
export const write = '0002 0000 0006 01 06 0064 0384'
const shown = '0001 0000 0007 01 03 04 0007 0009'

/** A connection of the HMI with one read. */
export const poll = [
  ...opening('hmi', 'plc'),
  segment({ from: 'hmi', to: 'plc', data: read, seq: 1000, ack: 5000 }),
  segment({ from: 'plc', to: 'hmi', sport: 502, dport: 40_000, data: shown, seq: 5000, ack: 1012 }),
]

/** An ARP request that says who has an address. */
export const claim = (senderMac: string, senderIp: string): Uint8Array =>
  ethernet({
    src: senderMac,
    dst: 'ff:ff:ff:ff:ff:ff',
    etherType: etherTypes.arp,
    payload: arp({ operation: 1, senderMac, senderIp, targetIp: addresses.plc }),
  })

/** Midday of a Monday, in seconds since 1970. */
export const noon = Date.parse('2026-03-02T12:00:00Z') / 1000

export interface Options extends JudgeOptions {
  readonly against?: Policy
  readonly linkType?: number
  readonly start?: number
  /** Seconds from one frame to the next. */
  readonly every?: number
}

export const recordsOf = (
  frames: readonly Uint8Array[],
  { linkType = 1, start = noon, every = 1 }: Options = {},
): readonly CaptureRecord[] =>
  frames.map((bytes, index) => recordOf(bytes, { number: index + 1, seconds: start + index * every, linkType }))

export const simulated = (frames: readonly Uint8Array[], policy: Policy = policyOf(), options: Options = {}): Result =>
  simulatedRecords(recordsOf(frames, options), policy, options)

export const simulatedRecords = (
  records: readonly CaptureRecord[],
  policy: Policy = policyOf(),
  { against, ...options }: Options = {},
): Result => {
  const plans = against === undefined ? [policy.plan] : [policy.plan, against.plan]
  const simulation = new Simulation(plans, options)
  simulation.begin('line.pcap')
  for (const record of records) simulation.record(record)
  simulation.end([])
  simulation.finish()
  return resultOf(simulation, [policy, against], 'as-written')
}
