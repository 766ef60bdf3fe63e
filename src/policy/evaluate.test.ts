import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Site } from '#schema/site.ts'
import { compile } from './compile.ts'
import { evaluate } from './evaluate.ts'
import type { IpPacket, Packet } from './packet.ts'
import type { Plan } from './plan.ts'
import type { ReasonId } from './reasons.ts'
import { initialState, type State } from './state.ts'

const policy = {
  version: 1,
  site: 'test',
  edges: {
    edge: {
      bridge: 'br0',
      ports: { plant: { zones: ['office'] }, cell: { zones: ['line'], vlans: ['untagged', 20] } },
    },
  },
  zones: {
    office: { level: 3, networks: ['198.18.1.0/25', 'fd00:198:18:1::/64'], mode: 'contain' },
    line: { level: 1, networks: ['198.18.2.0/25', 'fd00:198:18:2::/64'], mode: 'contain' },
  },
  assets: {
    hmi: { ips: ['198.18.1.10', 'fd00:198:18:1::10'], macs: ['02:00:00:00:01:10'], zone: 'office', kind: 'hmi' },
    historian: { ips: ['198.18.1.11'], zone: 'office', kind: 'historian' },
    gw: { ips: ['198.18.1.1'], zone: 'office', kind: 'router' },
    plc: { ips: ['198.18.2.10', 'fd00:198:18:2::10'], macs: ['02:00:00:00:02:10'], zone: 'line', kind: 'plc' },
  },
  groups: { nights: { times: [{ from: '22:00', to: '04:00' }] } },
  conduits: [
    { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus', essential: true },
    { id: 'record', from: 'historian', to: 'plc', service: 'udp/5000', when: 'nights' },
    { id: 'web', from: 'office', to: 'plc', service: 'tcp/80' },
    { id: 'ping', from: 'hmi', to: 'plc', service: 'icmp' },
  ],
  denies: [{ id: 'no-web-from-history', from: 'historian', to: 'plc', service: 'tcp/80' }],
  broadcast: [{ zone: 'line', allow: ['bacnet-who-is'] }],
  layer2: [{ zones: ['line'], allow: ['goose'] }],
}
const planWith = (change: Record<string, unknown> = {}): Plan => {
  const plan = compile(Site.parse({ ...policy, ...change }), 'edge')
  assert.ok(plan)
  return plan
}
const plan = planWith()

const macs: Record<string, string> = { '198.18.1.10': '02:00:00:00:01:10', '198.18.2.10': '02:00:00:00:02:10' }
const strangerMac = '02:99:00:00:00:01'
const hmi = '198.18.1.10'
const plc = '198.18.2.10'
const historian = '198.18.1.11'
const stranger = '198.18.1.99'
const flags = { syn: 2, ack: 16, synAck: 18, synFin: 3, rst: 4 }

const packet = (ip: Partial<IpPacket> & { src: string; dst: string }, link: Partial<Packet> = {}): Packet => ({
  in: ip.src.startsWith('198.18.2') ? 'cell' : 'plant',
  out: ip.src.startsWith('198.18.2') ? 'plant' : 'cell',
  srcMac: macs[ip.src] ?? strangerMac,
  dstMac: macs[ip.dst] ?? '02:00:00:00:00:77',
  etherType: 0x0800,
  ip: { family: 4, proto: 6, sport: 40_000, dport: 502, flags: flags.syn, ...ip },
  ...link,
})
const answer = (ip: Partial<IpPacket> = {}, link: Partial<Packet> = {}) =>
  packet({ src: plc, dst: hmi, sport: 502, dport: 40_000, flags: flags.ack, ...ip }, link)

type Row = readonly [sentence: string, reason: ReasonId, packet: Packet, state?: Partial<State>]
const groups: Readonly<Record<string, readonly Row[]>> = {
  'a permitted conversation': [
    ['a SYN to the service passes', 'permitted', packet({ src: hmi, dst: plc })],
    [
      'data on a connection that nobody saw begin passes',
      'permitted',
      packet({ src: hmi, dst: plc, flags: flags.ack }),
    ],
    ['the answer passes without connection tracking', 'answer', answer()],
    ['a SYN from the service port is no answer', 'out-of-scope', answer({ flags: flags.syn })],
    ['a SYN with FIN from the service port is no answer', 'out-of-scope', answer({ flags: flags.synFin })],
    ['an echo request passes', 'permitted', packet({ src: hmi, dst: plc, proto: 1, icmpType: 8 })],
    ['an echo reply passes', 'answer', answer({ proto: 1, icmpType: 0 })],
    ['an echo request the other way does not', 'out-of-scope', answer({ proto: 1, icmpType: 8 })],
    [
      'an ICMP error from an end of another permitted conversation passes',
      'icmp-error',
      answer({ proto: 1, icmpType: 3, dst: historian }),
    ],
    ['a source in a permitted network passes', 'permitted', packet({ src: stranger, dst: plc, dport: 80 })],
  ],
  'order of rules': [
    ['a deny wins over a conduit of its zone', 'denied', packet({ src: historian, dst: plc, dport: 80 })],
    ['a closed window permits nothing', 'out-of-scope', packet({ src: historian, dst: plc, proto: 17, dport: 5000 })],
    [
      'an open window permits',
      'permitted',
      packet({ src: historian, dst: plc, proto: 17, dport: 5000 }),
      { openWindows: new Set([0]) },
    ],
    [
      'an essential conduit passes from a contained source',
      'permitted',
      packet({ src: hmi, dst: plc }),
      { held: new Set([`0 ${hmi}`]) },
    ],
    ['and its answer to it', 'answer', answer(), { held: new Set([`0 ${plc}`]) }],
    [
      'anything else of a contained source does not',
      'contained',
      packet({ src: hmi, dst: plc, proto: 1, icmpType: 8 }),
      { held: new Set([`0 ${hmi}`]) },
    ],
    ['a bypass passes everything', 'bypass', packet({ src: stranger, dst: plc, dport: 22 }), { bypass: true }],
  ],
  'who may be contained': [
    ['a stranger is contained by its first SYN', 'stranger-contained', packet({ src: stranger, dst: plc, dport: 22 })],
    ['not by an ACK', 'out-of-scope', packet({ src: stranger, dst: plc, dport: 22, flags: flags.ack })],
    ['not by a SYN with FIN', 'out-of-scope', packet({ src: stranger, dst: plc, dport: 22, flags: flags.synFin })],
    ['not by an ICMP error', 'out-of-scope', packet({ src: '203.0.113.9', dst: '198.18.2.11', proto: 1, icmpType: 3 })],
    [
      'not by UDP from a permitted service port',
      'out-of-scope',
      packet({ src: stranger, dst: plc, proto: 17, sport: 5000, dport: 9 }),
    ],
    ['not by a broadcast address', 'out-of-scope', packet({ src: stranger, dst: '198.18.2.127', proto: 17, dport: 9 })],
    ['a known asset is denied', 'out-of-scope', packet({ src: hmi, dst: plc, dport: 22 })],
  ],
  identity: [
    ['a known address from another MAC is forged', 'spoof', packet({ src: hmi, dst: plc }, { srcMac: strangerMac })],
    [
      'a known address from another port is forged',
      'spoof',
      packet({ src: hmi, dst: plc }, { in: 'cell', out: 'plant' }),
    ],
    [
      'an address of a zone from another port is forged',
      'spoof',
      packet({ src: '198.18.2.77', dst: hmi }, { in: 'plant', out: 'cell' }),
    ],
    [
      'an asset without MACs is known by its port',
      'permitted',
      packet({ src: historian, dst: plc, proto: 17, dport: 5000 }),
      { openWindows: new Set([0]) },
    ],
    [
      'a forged ARP claim is told from a true one',
      'arp-forged',
      {
        in: 'plant',
        out: 'cell',
        srcMac: strangerMac,
        dstMac: 'ff:ff:ff:ff:ff:ff',
        etherType: 0x0806,
        arp: { senderMac: strangerMac, senderIp: hmi },
      },
    ],
    [
      'a true ARP claim passes',
      'infrastructure',
      {
        in: 'plant',
        out: 'cell',
        srcMac: macs[hmi] ?? '',
        dstMac: 'ff:ff:ff:ff:ff:ff',
        etherType: 0x0806,
        arp: { senderMac: macs[hmi] ?? '', senderIp: hmi },
      },
    ],
  ],
  'what is not unicast IP': [
    [
      'an allowed EtherType passes',
      'layer2-permitted',
      { in: 'plant', out: 'cell', srcMac: strangerMac, dstMac: '01:0c:cd:01:00:01', etherType: 0x88b8 },
    ],
    [
      'another does not',
      'layer2-refused',
      { in: 'plant', out: 'cell', srcMac: strangerMac, dstMac: '01:0c:cd:01:00:01', etherType: 0x8892 },
    ],
    [
      'LLDP always passes',
      'infrastructure',
      { in: 'plant', out: 'cell', srcMac: strangerMac, dstMac: '01:80:c2:00:00:0e', etherType: 0x88cc },
    ],
    [
      'all frames of a contained source stop, LLDP too',
      'contained',
      { in: 'plant', out: 'cell', srcMac: strangerMac, dstMac: '01:80:c2:00:00:0e', etherType: 0x88cc },
      { macs: new Set([`plant 0 ${strangerMac}`]) },
    ],
    [
      'a service VLAN tag is refused',
      'layer2-refused',
      packet({ src: hmi, dst: plc }, { tag: { vid: 20, tpid: 0x88a8 } }),
    ],
    [
      'a tag the port does not declare is refused',
      'layer2-refused',
      packet({ src: hmi, dst: plc }, { tag: { vid: 7, tpid: 0x8100 } }),
    ],
    ['a priority tag is no VLAN', 'permitted', packet({ src: hmi, dst: plc }, { tag: { vid: 0, tpid: 0x8100 } })],
    [
      'an allowed broadcast passes',
      'broadcast-permitted',
      packet({ src: hmi, dst: '198.18.2.127', proto: 17, dport: 47808 }, { dstMac: 'ff:ff:ff:ff:ff:ff' }),
    ],
    [
      'another broadcast does not',
      'not-unicast',
      packet({ src: hmi, dst: '198.18.2.127', proto: 17, dport: 9 }, { dstMac: 'ff:ff:ff:ff:ff:ff' }),
    ],
    [
      'DHCP passes',
      'infrastructure',
      packet(
        { src: '0.0.0.0', dst: '255.255.255.255', proto: 17, sport: 68, dport: 67 },
        { dstMac: 'ff:ff:ff:ff:ff:ff' },
      ),
    ],
  ],
}

for (const [group, rows] of Object.entries(groups))
  describe(group, () => {
    for (const [sentence, reason, one, state] of rows)
      test(sentence, () => {
        const verdict = evaluate(plan, initialState(state), one)
        assert.equal(verdict.reason, reason, JSON.stringify(verdict.trace))
      })
  })

test('a stranger loses every frame after its first packet', () => {
  const { state } = evaluate(plan, initialState(), packet({ src: stranger, dst: plc, dport: 22 }))
  assert.deepEqual([...state.strangers], [`plant 0 ${strangerMac} ${stranger}`])
  assert.equal(evaluate(plan, state, packet({ src: stranger, dst: plc, dport: 80 })).reason, 'contained')
  assert.equal(evaluate(plan, state, packet({ src: '198.18.1.98', dst: plc, dport: 80 })).reason, 'contained')
})

test('at most three known assets are contained by themselves', () => {
  const many = Object.fromEntries(
    Array.from({ length: 6 }, (_, i) => [
      `w${i}`,
      { ips: [`198.18.1.${50 + i}`], macs: [`02:00:00:00:05:0${i}`], zone: 'office' },
    ]),
  )
  const agreed = planWith({
    assets: { ...policy.assets, ...many },
    responses: [{ zone: 'line', event: 'out-of-scope', known: 'contain 1h', 'agreed-by': ['operations', 'safety'] }],
  })
  let state = initialState()
  for (let i = 0; i < 6; i++) {
    const verdict = evaluate(
      agreed,
      state,
      packet({ src: `198.18.1.${50 + i}`, dst: plc, dport: 22 }, { srcMac: `02:00:00:00:05:0${i}` }),
    )
    assert.equal(verdict.outcome, 'deny')
    state = verdict.state
  }
  assert.equal(state.containedKnown.size, 3)
})

test('a MAC that carries a known asset is never contained as a whole', () => {
  const carried = evaluate(
    plan,
    initialState({ openWindows: new Set([0]) }),
    packet({ src: historian, dst: plc, proto: 17, dport: 5000 }),
  )
  const { state } = evaluate(plan, carried.state, packet({ src: stranger, dst: plc, dport: 22 }))
  assert.equal(state.macs.size, 0)
  assert.equal(state.strangers.size, 1)
})

test('the milder of both ends applies to an address in no zone, and shadow counts without denying', () => {
  const shadowed = planWith({ zones: { ...policy.zones, line: { ...policy.zones.line, mode: 'shadow' } } })
  assert.equal(evaluate(shadowed, initialState(), packet({ src: stranger, dst: plc, dport: 22 })).reason, 'would-deny')
  assert.equal(
    evaluate(shadowed, initialState(), packet({ src: '203.0.113.1', dst: '203.0.113.2', dport: 22 })).outcome,
    'permit',
  )
})

describe('a redirect', () => {
  const redirects = [{ id: 'portal', from: 'any', to: 'line', ports: ['tcp/80', 'tcp/502'], target: historian }]
  const reasonOf = (change: Record<string, unknown>, first: Packet): ReasonId =>
    evaluate(planWith({ redirects, ...change }), initialState(), first).reason
  const web = packet({ src: hmi, dst: plc, dport: 80 })

  test('takes a new connection, also one that a conduit permits', () => {
    assert.equal(reasonOf({}, web), 'redirected')
    assert.equal(reasonOf({}, packet({ src: stranger, dst: '198.18.2.77', dport: 80 })), 'redirected')
  })
  test('takes nothing that is essential', () => {
    assert.equal(reasonOf({}, packet({ src: hmi, dst: plc })), 'permitted')
    assert.equal(reasonOf({}, packet({ src: stranger, dst: plc })), 'redirected')
  })
  test('takes no connection that runs already', () => {
    assert.equal(reasonOf({}, { ...web, ip: { ...web.ip!, flags: flags.ack } }), 'permitted')
  })
  test('takes nothing between two ends whose mode is milder', () => {
    const conduits = [{ id: 'ssh', from: 'hmi', to: 'plc', service: 'tcp/22', mode: 'shadow' }]
    assert.equal(reasonOf({ conduits }, web), 'would-deny')
    assert.equal(reasonOf({ conduits }, packet({ src: historian, dst: plc, dport: 80 })), 'redirected')
  })
  test('crosses no border of an isolated zone, and stays one inside it', () => {
    const site = Site.parse({ ...policy, redirects, conduits: [] })
    const of = (island: string, src: string) => {
      const islands = compile(site, 'edge', [island])
      assert.ok(islands)
      const { reason, zone, contains } = evaluate(islands, initialState(), packet({ src, dst: plc, dport: 80 }))
      return [reason, zone, contains]
    }
    assert.deepEqual(of('office', stranger), ['redirected', undefined, undefined])
    assert.deepEqual(of('office', '203.0.113.9'), ['out-of-scope', 'office', undefined])
    assert.deepEqual(of('line', stranger), ['redirected', undefined, undefined])
    assert.deepEqual(of('line', '198.18.2.77'), ['out-of-scope', 'line', undefined])
  })
})

describe('an isolated zone that is observed', () => {
  const observed = Site.parse({
    ...policy,
    zones: {
      office: { ...policy.zones.office, mode: 'observe' },
      line: { ...policy.zones.line, mode: 'observe' },
    },
    conduits: [...policy.conduits, { id: 'all', from: 'any', to: 'any', service: 'tcp/443' }],
  })
  const island = compile(observed, 'edge', ['line'])
  assert.ok(island)
  const out = { in: 'cell', out: 'plant' }
  const error = { proto: 1, icmpType: 3 }
  const rows: readonly [string, Packet, string][] = [
    ['is left by no address in no zone', packet({ src: '203.0.113.9', dst: hmi }, out), 'out-of-scope'],
    ['is reached at none', packet({ src: hmi, dst: '203.0.113.9' }), 'out-of-scope'],
    ['is left by no link-local address', packet({ family: 6, src: 'fe80::9', dst: 'fe80::1' }, out), 'out-of-scope'],
    ['is left by no conduit of everybody', packet({ src: '203.0.113.9', dst: hmi, dport: 443 }, out), 'out-of-scope'],
    ['is reached by none', packet({ src: hmi, dst: plc, dport: 443 }), 'out-of-scope'],
    ['is left by no forged address', packet({ src: hmi, dst: '198.18.1.20' }, out), 'spoof'],
    ['is reached from none', packet({ src: '198.18.2.77', dst: plc }, { in: 'plant', out: 'cell' }), 'spoof'],
    ['keeps what is essential', packet({ src: hmi, dst: plc, dport: 502 }), 'permitted'],
    ['keeps the errors about it', packet({ src: plc, dst: hmi, ...error }, out), 'icmp-error'],
    ['keeps no others', packet({ src: plc, dst: historian, ...error }, out), 'out-of-scope'],
  ]
  for (const [name, frame, reason] of rows)
    test(name, () => {
      assert.equal(evaluate(island, initialState(), frame).reason, reason)
    })
})
