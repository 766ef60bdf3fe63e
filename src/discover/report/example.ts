/** Plants for tests of a report: one of five devices, one of many, and one whose names were chosen by an attacker. */
import { assess } from '../assess/assess.ts'
import { concluded, deviceOf, inventoryFrom, plantDevices, signOf } from '../assess/example.ts'
import { baselineOf } from '../baseline/baseline.ts'
import type { Kind, Conversation, Device, Inventory, Observed, Sign } from '../model.ts'
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

const simulation: Simulated = {
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

const inputOf = (
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
      origin: 'proposed from what was seen',
      conduits: 3,
      decisions: ['ews-1 downloads programs to plc-b (3 times): when may it?'],
      excluded: ['host-66 scanned plc-a: a sign of attack.'],
    },
    simulation,
  })
}

const kindsByLevel: readonly (readonly [level: number, kinds: readonly Kind[], count: number])[] = [
  [4, ['workstation', 'server', 'printer'], 60],
  [3.5, ['gateway', 'server'], 6],
  [3, ['historian', 'server', 'workstation'], 24],
  [2, ['hmi', 'scada', 'engineering'], 60],
  [1, ['plc', 'rtu', 'sis'], 110],
  [0, ['drive', 'io', 'sensor'], 40],
]

/** Three hundred devices on six levels, each talking to some of the next level. */
export const largePlant = (): ReportInput => {
  const devices = kindsByLevel.flatMap(([level, kinds, count], row) =>
    Array.from({ length: count }, (_, at): Device => {
      const kind = kinds[at % kinds.length] ?? 'other'
      return deviceOf({
        id: `${kind}-${row}-${at + 1}`,
        ips: [`198.18.${row * 10 + (at % 3)}.${at + 1}`],
        macs: [`00:1b:1b:${row.toString(16).padStart(2, '0')}:00:${at.toString(16).padStart(2, '0')}`],
        kind: concluded<Kind>(kind),
        level: concluded(level),
        vendor: concluded('Siemens AG'),
      })
    }),
  )
  const found: Conversation[] = []
  for (const [at, client] of devices.entries())
    for (const step of [7, 31]) {
      const server = devices[(at + step * 5) % devices.length]
      if (server === undefined || server.level.value >= client.level.value) continue
      const risk = at % 9 === 0 ? 'write' : at % 31 === 0 ? 'program' : 'read'
      found.push(
        conversationOf({
          id: `f${found.length + 1}`,
          client: client.ips[0]!,
          server: server.ips[0]!,
          packets: [at * 40 + 10, at * 30 + 9],
          commands: [commandOf({ id: `c${found.length + 1}`, op: `${risk}-registers`, risk })],
        }),
      )
    }
  return inputOf(observedOf({ conversations: found }), inventoryFrom(devices), [])
}

/** Every text that comes from the wire is an attack on the page. */
export const hostile = `"><script>alert(1)</script><img src=http://203.0.113.1/x onerror=alert(2)>\u202E\u0000\u001B[31m'`

export const hostilePlant = (): ReportInput => {
  const small = smallPlant()
  const evil = concluded(hostile)
  const devices = small.inventory.devices.map((device, at) =>
    at > 2
      ? device
      : {
          ...device,
          id: `${hostile}${at}`,
          hostnames: [hostile],
          vendor: evil,
          model: evil,
          firmware: evil,
          serial: evil,
          told: { vlan: 0, address: '', owner: hostile, name: hostile, zone: hostile },
        },
  )
  const observed: Observed = {
    ...small.observed,
    captures: small.observed.captures.map((capture) => ({ ...capture, name: hostile, skipped: [{ why: hostile }] })),
    conversations: small.observed.conversations.map((conversation) => ({
      ...conversation,
      protocol: hostile,
      faults: { [hostile]: 3 },
      commands: conversation.commands.map((command) => ({ ...command, op: hostile, texts: { [hostile]: [hostile] } })),
    })),
    limits: [hostile],
  }
  return {
    ...inputOf(observed, inventoryFrom(devices), [signOf({ text: hostile, techniques: [hostile] })], { site: hostile }),
    policy: {
      text: `# ${hostile}\n${hostile}: ${hostile}\n`,
      origin: hostile,
      decisions: [hostile],
      excluded: [hostile],
    },
    simulation: {
      ...simulation,
      blind: [hostile],
      zones: [{ zone: hostile, packets: 1, conversations: 1, commands: 1 }],
    },
  }
}

/** Nothing was recorded. */
export const emptyPlant = (): ReportInput =>
  inputOf(
    { captures: [], endpoints: [], bindings: [], facts: [], conversations: [], told: [], limits: [] },
    inventoryFrom([]),
    [],
  )
