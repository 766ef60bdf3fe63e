/** A plant of seven devices for tests of a report, with an attack, a policy and what it would deny; and one of none. */
import { assess } from '../assess/assess.ts'
import { concluded, deviceOf, inventoryFrom, plantDevices, signOf } from '../assess/example.ts'
import { baselineOf } from '../baseline/baseline.ts'
import type { Kind, Conversation, Inventory, Observed, Sign } from '../model.ts'
import { commandOf, conversationOf, factOf, observedOf, start } from '../plant.ts'
import type { ReportInput, Simulated } from './input.ts'

const hour = 3_600_000

export const policyText = `# Proposed from what was seen.
version: 1
site: riverside
zones:
  control: { level: 1, networks: [198.18.1.0/26], mode: shadow }
  supervision: { level: 2, networks: [198.18.2.0/24], mode: shadow }
conduits:
  # 7,200 messages, line.pcap from packet 1
  - id: hmi-operates-plcs
    from: hmi-1
    to: plcs
    service: modbus
    allow:
      - op: read-holding-registers
        registers: 100-119
`

export const simulation: Simulated = {
  recorded: { text: 'Recorded were 60 minutes.' },
  summary: { conversations: 9, denied: 3, commands: 12, commandsDenied: 4 },
  conversations: [
    {
      client: '198.18.3.20',
      server: '198.18.1.10',
      clientAsset: 'historian-1',
      serverAsset: 'plc-a',
      service: 'modbus',
      outcome: {
        verdict: 'partly',
        permitted: 7100,
        denied: 12,
        because: 'write-single-register is not among what the conduit allows',
        zone: 'control',
        nearest: { conduit: 'historian-reads' },
      },
    },
    {
      client: '198.18.2.66',
      server: '198.18.1.10',
      service: 'tcp/23',
      outcome: { verdict: 'denied', permitted: 0, denied: 40, because: 'no conduit permits it' },
    },
  ],
  zones: [
    { zone: 'control', conversations: 1, packets: 12, commands: 12, perDay: { packets: 288, commands: 288 } },
    { zone: 'supervision', conversations: 1, packets: 2, commands: 0 },
  ],
  blind: ['The night shift was not recorded.'],
}

/** A report's input, with what follows from the rest of it. */
export const inputOf = (
  observed: Observed,
  inventory: Inventory,
  signs: readonly Sign[],
  more: Partial<ReportInput> = {},
): ReportInput => ({
  now: start + 2 * hour,
  site: 'riverside-bottling',
  observed,
  inventory,
  signs,
  findings: assess(observed, inventory, signs, []),
  baseline: baselineOf(observed, inventory),
  ...more,
})

const { hmi, plcA, plcB, ews } = plantDevices
const historian = deviceOf({
  id: 'historian-1',
  ips: ['198.18.3.20'],
  macs: ['00:1b:1b:aa:03:20'],
  hostnames: ['hist01'],
  kind: concluded<Kind>('historian'),
  level: concluded(3),
  vendor: concluded('Dell'),
  facts: [factOf({ name: 'os', value: 'Windows 7 (6.1)', address: '198.18.3.20', source: 'smb' })],
})
const office = deviceOf({
  id: 'pc-17',
  ips: ['198.18.4.17'],
  macs: [],
  behind: '00:1b:1b:aa:00:01',
  kind: concluded<Kind>('workstation'),
  level: concluded(4),
  vendor: concluded('Dell'),
})
const intruder = deviceOf({
  id: 'host-66',
  ips: ['198.18.2.66'],
  macs: ['00:1b:1b:aa:00:66'],
  kind: concluded<Kind>('other', 0.2),
  level: concluded(2, 0.4),
})

const write = commandOf({
  id: 'c7',
  op: 'write-single-register',
  risk: 'write',
  count: 12,
  spans: { units: [[1, 1]], registers: [[100, 100]] },
  values: [300, 420],
  step: 20,
})
const plain = (more: Partial<Conversation> & Pick<Conversation, 'port'>): Conversation => {
  const { protocol: _, rhythm: __, ...rest } = conversationOf({ commands: [], ...more })
  return rest
}
const conversations: readonly Conversation[] = [
  conversationOf({ commands: [commandOf({ op: 'read-holding-registers' }), { ...write, id: 'c3' }] }),
  conversationOf({ id: 'f2', server: plcB.ips[0]!, commands: [commandOf({ id: 'c2', op: 'read-holding-registers' })] }),
  conversationOf({ id: 'f3', client: historian.ips[0]!, packets: [900, 900], commands: [write] }),
  conversationOf({
    id: 'f4',
    client: ews.ips[0]!,
    server: plcB.ips[0]!,
    protocol: 's7comm',
    port: 102,
    packets: [420, 380],
    commands: [
      commandOf({
        id: 'c8',
        op: 'download',
        risk: 'program',
        protocol: 's7comm',
        count: 3,
        spans: {},
        texts: { blocks: ['OB1', 'DB10'] },
      }),
    ],
  }),
  plain({ id: 'f5', client: office.ips[0]!, server: ews.ips[0]!, port: 3389, packets: [40_000, 52_000] }),
  plain({ id: 'f6', client: hmi.ips[0]!, port: 23, packets: [60, 70] }),
  plain({ id: 'f7', client: intruder.ips[0]!, port: 80, packets: [200, 180], opened: 200, accepted: 1, rejected: 199 }),
  plain({ id: 'f8', client: office.ips[0]!, server: historian.ips[0]!, port: 445, packets: [5000, 9000] }),
  conversationOf({ id: 'f9', cast: 'broadcast', server: '255.255.255.255', commands: [] }),
]

/** Seven devices, an attack, a policy and what it would deny. */
export const smallPlant = (): ReportInput => {
  const observed = observedOf({ conversations })
  const inventory = {
    ...inventoryFrom([
      hmi,
      {
        ...plcA,
        model: concluded('CPU 1214C DC/DC/DC'),
        firmware: concluded('V4.2.1'),
        criticality: concluded<'high'>('high'),
      },
      { ...plcB, model: concluded('CPU 1516-3 PN/DP') },
      ews,
      historian,
      office,
      intruder,
    ]),
    questions: [{ device: 'plc-a', ask: 'owner', text: 'Who owns plc-a?' }] as const,
  }
  return inputOf(observed, inventory, [signOf({ conversations: ['f7'] })], {
    policy: {
      text: policyText,
      conduits: 3,
      decisions: ['ews-1 downloads programs to plc-b (3 times): when may it?'],
      excluded: ['host-66 scanned plc-a: a sign of attack.'],
    },
    simulation,
  })
}

/** Nothing was recorded. */
export const emptyPlant = (): ReportInput =>
  inputOf(
    { captures: [], endpoints: [], bindings: [], facts: [], conversations: [], told: [], limits: [] },
    inventoryFrom([]),
    [],
  )
