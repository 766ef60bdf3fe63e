/** Small observations for tests: an HMI that polls two controllers, with everything else left to say. */
import type { Binding, Command, Conversation, Endpoint, Fact, Observed } from './model.ts'

export const start = Date.parse('2026-03-02T06:00:00.000Z')
const hour = 3_600_000
const span = { first: start, last: start + hour }
export const evidence = { capture: 'line.pcap', packet: 1, at: start } as const

export const addresses = { hmi: '198.18.2.70', plcA: '198.18.1.10', plcB: '198.18.1.11', ews: '198.18.2.72' } as const
export const macs = {
  hmi: '00:1b:1b:aa:00:70',
  plcA: '00:1b:1b:aa:00:10',
  plcB: '00:1b:1b:aa:00:11',
  ews: '00:1b:1b:aa:00:72',
} as const

export const commandOf = (more: Partial<Command> & Pick<Command, 'op'>): Command => ({
  ...span,
  id: 'c1',
  protocol: 'modbus',
  risk: 'read',
  from: 'client',
  count: 3600,
  answered: 3600,
  refused: 0,
  spans: { unit: [[1, 1]], registers: [[100, 119]] },
  texts: {},
  unreadable: false,
  folded: false,
  rhythm: { count: 3599, meanMs: 1000, deviationMs: 4 },
  evidence,
  ...more,
})

export const conversationOf = (more: Partial<Conversation> = {}): Conversation => ({
  ...span,
  id: 'f1',
  vlan: 0,
  client: addresses.hmi,
  server: addresses.plcA,
  clientMacs: [macs.hmi],
  serverMacs: [macs.plcA],
  cast: 'unicast',
  etherType: 0x0800,
  proto: 6,
  transport: 'tcp',
  port: 502,
  protocol: 'modbus',
  certain: true,
  packets: [7200, 3600],
  bytes: [500_000, 300_000],
  opened: 1,
  accepted: 1,
  rejected: 0,
  clientPorts: 1,
  rhythm: { count: 3599, meanMs: 1000, deviationMs: 4 },
  commands: [commandOf({ op: 'read-holding-registers' })],
  faults: {},
  evidence,
  ...more,
})

export const factOf = (more: Partial<Fact> & Pick<Fact, 'name' | 'value'>): Fact => ({
  vlan: 0,
  address: addresses.plcA,
  source: 'modbus',
  confidence: 0.95,
  count: 1,
  evidence,
  ...more,
})

const endpointOf = (address: string, packets = 3600): Endpoint => ({
  ...span,
  vlan: 0,
  address,
  sent: packets,
  received: packets,
  sentBytes: packets * 80,
  receivedBytes: packets * 80,
})

const bindingOf = (mac: string, ip: string): Binding => ({ ...span, vlan: 0, mac, ip, packets: 3600, claims: 1 })

/** Conversations as given; endpoints and bindings of the four machines, and of whoever else has a part in them. */
export const observedOf = (more: Partial<Observed> = {}): Observed => {
  const conversations = more.conversations ?? [
    conversationOf(),
    conversationOf({
      id: 'f2',
      server: addresses.plcB,
      serverMacs: [macs.plcB],
      commands: [commandOf({ id: 'c2', op: 'read-holding-registers' })],
    }),
  ]
  const known: readonly string[] = [...Object.values(addresses), ...Object.values(macs)]
  const others = new Set(conversations.flatMap(({ client, server }) => [client, server]))
  for (const one of known) others.delete(one)
  return {
    captures: [{ ...span, name: 'line.pcap', digest: '00'.repeat(32), packets: 21_600, bytes: 2_000_000, skipped: [] }],
    endpoints: [...known, ...others].map((address) => endpointOf(address)),
    bindings: (['hmi', 'plcA', 'plcB', 'ews'] as const).map((name) => bindingOf(macs[name], addresses[name])),
    facts: [],
    told: [],
    limits: [],
    ...more,
    conversations,
  }
}
