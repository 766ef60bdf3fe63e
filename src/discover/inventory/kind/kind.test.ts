import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Conversation, Fact, Kind } from '../../model.ts'
import { addresses, commandOf, conversationOf, factOf, observedOf } from '../../plant.ts'
import { inventoryOf } from '../inventory.ts'

const { hmi, plcA, plcB, ews } = addresses
const servers = Array.from({ length: 8 }, (_, i) => `198.18.1.${20 + i}`)

interface Asking {
  readonly protocol?: string
  readonly ops?: readonly (readonly [op: string, risk: 'read' | 'write' | 'control' | 'program', count: number])[]
  readonly more?: Partial<Conversation>
}

const asks = (client: string, to: readonly string[], { protocol = 'modbus', ops = [], more = {} }: Asking) =>
  to.map((server, i) =>
    conversationOf({
      id: `f-${client}-${i}`,
      client,
      server,
      protocol,
      clientMacs: [],
      serverMacs: [],
      commands: ops.map(([op, risk, count], at) => commandOf({ id: `c${i}-${at}`, protocol, op, risk, count })),
      ...more,
    }),
  )

const reads = ['read-holding-registers', 'read', 10_000] as const
const writes = ['write-single-register', 'write', 400] as const

/** A service without commands, by its transport and port. */
const uses = (client: string, server: string, service: string, more: Partial<Conversation> = {}) => {
  const [transport, port] = service.split('/')
  const base = conversationOf({ client, server, commands: [], port: Number(port), ...more })
  const { protocol: _, ...plain } = base
  return transport === 'tcp' ? plain : { ...plain, proto: 17, transport: 'udp' as const }
}

const sends = (client: string, etherType: number, server = '01:0c:cd:01:00:01'): Conversation => {
  const { protocol: _, proto: __, transport: ___, port: ____, ...base } = conversationOf({ commands: [] })
  return { ...base, client, server, etherType, cast: 'multicast', packets: [100, 0] }
}

interface Row {
  readonly name: string
  readonly of: string
  readonly conversations?: readonly Conversation[]
  readonly facts?: readonly Fact[]
  readonly kind: Kind
  readonly above?: number
  readonly below?: number
  readonly because?: RegExp
}

const fact = (name: Fact['name'], value: string, more: Partial<Fact> = {}): Fact => factOf({ name, value, ...more })

const rows: readonly Row[] = [
  {
    name: 'who answers Modbus reads and writes is a controller',
    of: plcA,
    conversations: asks(hmi, [plcA], { ops: [reads, writes] }),
    kind: 'plc',
    above: 0.5,
    because: /^answers modbus of 1 device \(10,000 × read, 400 × write\)$/,
  },
  {
    name: 'who only is read over Modbus may be anything: it is asked about',
    of: plcA,
    conversations: asks(hmi, [plcA], { ops: [reads] }),
    kind: 'plc',
    below: 0.6,
  },
  {
    name: 'who reads two controllers and writes to them is an HMI',
    of: hmi,
    conversations: asks(hmi, [plcA, plcB], { ops: [reads, writes] }),
    kind: 'hmi',
    above: 0.4,
    because: /asks 2 devices over modbus/,
  },
  {
    name: 'who reads and writes many controllers is a SCADA server',
    of: hmi,
    conversations: asks(hmi, servers, { ops: [reads, writes] }),
    kind: 'scada',
  },
  {
    name: 'who reads many and hardly ever writes is a historian',
    of: hmi,
    conversations: asks(hmi, servers, { ops: [reads, ['write-single-register', 'write', 1]] }),
    kind: 'historian',
  },
  {
    name: 'who loads programs is an engineering station, though it reads and writes too',
    of: ews,
    conversations: asks(ews, [plcA], {
      protocol: 's7comm',
      ops: [
        ['request-download', 'program', 3],
        ['read-var', 'read', 5000],
        ['write-var', 'write', 50],
      ],
    }),
    kind: 'engineering',
    above: 0.6,
    because: /loads or reads programs over s7comm \(request-download\)/,
  },
  {
    name: 'what cannot be read is no sign of an engineer',
    of: ews,
    conversations: asks(ews, [plcA], { protocol: 'opcua', ops: [['opaque', 'program', 500]] }),
    kind: 'other',
  },
  {
    name: 'a controller that asks other controllers is still a controller',
    of: plcA,
    conversations: [
      ...asks(hmi, [plcA], { protocol: 's7comm', ops: [['read-var', 'read', 100]] }),
      ...asks(plcA, servers, { protocol: 's7comm', ops: [['read-var', 'read', 9000]] }),
    ],
    kind: 'plc',
    above: 0.6,
  },
  {
    name: 'who answers DNP3 is an RTU, and its master a SCADA server',
    of: plcA,
    conversations: asks(hmi, [plcA], { protocol: 'dnp3', ops: [['read', 'read', 90]] }),
    kind: 'rtu',
    above: 0.8,
  },
  {
    name: 'the master of IEC 60870-5-104 is a SCADA server',
    of: hmi,
    conversations: asks(hmi, [plcA], {
      protocol: 'iec104',
      ops: [
        ['interrogation', 'read', 9],
        ['single-command', 'write', 2],
      ],
    }),
    kind: 'scada',
    above: 0.55,
  },
  {
    name: 'a controller of a building has no kind of its own',
    of: plcA,
    conversations: asks(hmi, [plcA], { protocol: 'bacnet', ops: [['read-property', 'read', 90]] }),
    kind: 'other',
    because: /answers bacnet/,
  },
  {
    name: 'who is opened for implicit I/O and hardly read is I/O',
    of: plcA,
    conversations: [
      ...asks(plcB, [plcA], { protocol: 'enip' }),
      uses(plcB, plcA, 'udp/2222', { rhythm: { count: 900, meanMs: 10, deviationMs: 1 } }),
    ],
    kind: 'io',
  },
  {
    name: 'and who opened it is a controller',
    of: plcB,
    conversations: [...asks(plcB, [plcA], { protocol: 'enip' }), uses(plcB, plcA, 'udp/2222')],
    kind: 'plc',
    above: 0.6,
  },
  {
    name: 'who sends GOOSE is a relay',
    of: '00:1b:1b:aa:00:10',
    conversations: [sends('00:1b:1b:aa:00:10', 0x88b8)],
    kind: 'relay',
    above: 0.7,
  },
  {
    name: 'who sends the spanning tree is a switch',
    of: '00:1b:1b:aa:00:10',
    conversations: [sends('00:1b:1b:aa:00:10', 0, '01:80:c2:00:00:00')],
    kind: 'switch',
    above: 0.55,
  },
  {
    name: 'who answers Kerberos is a server',
    of: ews,
    conversations: [uses(hmi, ews, 'tcp/88')],
    kind: 'server',
    above: 0.8,
  },
  {
    name: 'who opens files of others and is opened by nobody is a workstation',
    of: ews,
    conversations: [
      uses(ews, hmi, 'tcp/445'),
      uses(ews, '198.18.2.255', 'udp/137', { cast: 'broadcast', packets: [9, 0] }),
    ],
    kind: 'workstation',
  },
  {
    name: 'who prints is a printer',
    of: ews,
    conversations: [uses(hmi, ews, 'tcp/9100')],
    kind: 'printer',
    above: 0.7,
  },
  {
    name: 'a port that refused says nothing',
    of: ews,
    conversations: [uses(hmi, ews, 'tcp/9100', { opened: 3, accepted: 0, rejected: 3, packets: [3, 3] })],
    kind: 'other',
    below: 0.01,
  },
  {
    name: 'nobody is what he asks for in vain',
    of: hmi,
    conversations: [uses(hmi, ews, 'tcp/20547', { opened: 3, accepted: 0, packets: [3, 0] })],
    kind: 'other',
    below: 0.01,
  },
  {
    name: 'its order number says it is a controller',
    of: plcA,
    facts: [fact('model', '6ES7 315-2EH14-0AB0')],
    conversations: [],
    kind: 'plc',
    above: 0.85,
    because: /model "6ES7 315/,
  },
  {
    name: 'a rack of distributed I/O is I/O',
    of: plcA,
    facts: [fact('model', '6ES7 151-1AA05-0AB0')],
    conversations: [],
    kind: 'io',
    above: 0.8,
  },
  {
    name: 'a ControlLogix is a controller',
    of: plcA,
    facts: [fact('model', '1756-L71/B LOGIX5571')],
    conversations: [],
    kind: 'plc',
    above: 0.85,
  },
  {
    name: 'a PowerFlex is a drive',
    of: plcA,
    facts: [fact('model', 'PowerFlex 525')],
    conversations: [],
    kind: 'drive',
    above: 0.85,
  },
  {
    name: 'a panel is an HMI',
    of: plcA,
    facts: [fact('model', 'SIMATIC HMI TP1200 Comfort')],
    conversations: [],
    kind: 'hmi',
    above: 0.85,
  },
  {
    name: 'a SCALANCE X is a switch',
    of: plcA,
    facts: [fact('description', 'Siemens, SIMATIC NET, SCALANCE X208')],
    conversations: [],
    kind: 'switch',
    above: 0.8,
  },
  {
    name: 'a Triconex is a safety system, whatever it answers',
    of: plcA,
    facts: [fact('model', 'Tricon 3008')],
    conversations: asks(hmi, [plcA], { ops: [reads] }),
    kind: 'sis',
    above: 0.55,
  },
  {
    name: 'a device that says it is a router is one',
    of: plcA,
    facts: [fact('role', 'router', { source: 'lldp' })],
    conversations: [],
    kind: 'router',
    above: 0.75,
  },
  {
    name: 'a role in other words is understood',
    of: plcA,
    facts: [fact('role', 'IO Device', { source: 'profinet' })],
    conversations: [],
    kind: 'io',
    above: 0.75,
  },
  {
    name: 'a host name is a hint',
    of: plcA,
    facts: [fact('name', 'LINE1-HMI-02', { source: 'dhcp' })],
    conversations: [],
    kind: 'hmi',
    above: 0.4,
    below: 0.6,
  },
  {
    name: 'a maker alone is a weak hint',
    of: plcA,
    facts: [fact('vendor', 'Siemens AG', { source: 'oui', confidence: 0.5 })],
    conversations: [],
    kind: 'plc',
    below: 0.2,
  },
]

describe('what a device is:', () => {
  for (const { name, of, conversations = [], facts = [], kind, above = 0, below = 1, because } of rows)
    test(name, () => {
      const device = inventoryOf(observedOf({ conversations, facts })).at(0, of)
      const { value, confidence, because: why } = device?.kind ?? { value: undefined, confidence: NaN, because: [] }
      assert.equal(value, kind, JSON.stringify(device?.kind))
      assert.ok(confidence >= above && confidence <= below, `${confidence}: ${why.join('; ')}`)
      if (because !== undefined)
        assert.ok(
          why.some((text) => because.test(text)),
          why.join('; '),
        )
    })

  test('what a person said ends all doubt', () => {
    const told = [{ vlan: 0, address: plcA, kind: 'sis' as const, level: 0, criticality: 'low' as const }]
    const device = inventoryOf(observedOf({ told })).at(0, plcA)
    assert.deepEqual(
      [device?.kind.value, device?.kind.confidence, device?.level.value, device?.criticality.value],
      ['sis', 1, 0, 'low'],
    )
  })
})
