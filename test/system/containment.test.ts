/**
 * Containment: a stranger loses everything at its first packet out of scope, known assets are denied, and nothing that can be
 * forged contains anybody. No daemon runs: the kernel does all of it.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { etherTypes } from '#packet/numbers.ts'
import {
  ack,
  everything,
  fin,
  icmpTo,
  inScope,
  packet,
  plc,
  rst,
  syn,
  tcpTo,
  udpTo,
  type Sender,
} from './containment/frames.ts'
import { addresses, mac, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'

let scene: Scene
before(async () => {
  scene = await Scene.open()
})
after(() => scene.close())

const stranger = (number: number, six = false): Sender => ({
  mac: mac(0x66_0000 + number),
  ip: six
    ? `fd00:198:18:2::6:${(number + 1).toString(16)}`
    : `198.18.${64 + 16 + Math.floor(number / 250)}.${1 + (number % 250)}`,
})
const known = (name: 'hmi' | 'ews', six = false): Sender => ({ mac: macs[name], ip: addresses[name][six ? 1 : 0] })
const polls = () => ({
  'a poll over IPv4': tcpTo(known('hmi'), plc(false), 502),
  'a poll over IPv6': tcpTo(known('hmi', true), plc(true), 502),
})
/** The HMI polls, and all of its polls arrive. */
const pollsPass = async () =>
  assert.deepEqual(await scene.passing('plant', polls()), ['a poll over IPv4', 'a poll over IPv6'])

describe('a stranger', () => {
  before(() => scene.enforce(planFrom(plantPolicy())))

  const firsts = [
    { name: 'a TCP SYN', of: (from: Sender, six: boolean) => tcpTo(from, plc(six), 22) },
    { name: 'a UDP datagram', of: (from: Sender, six: boolean) => udpTo(from, plc(six), 69) },
    { name: 'an ICMP echo request', of: (from: Sender, six: boolean) => icmpTo(from, plc(six)) },
    {
      name: 'a SYN to a port of the permitted service',
      of: (from: Sender, six: boolean) => tcpTo(from, plc(six), 502),
    },
  ]
  const kinds = firsts.flatMap(({ name, of }) =>
    [false, true].map((six) => ({ name: `${name} over IPv${six ? 6 : 4}`, six, of })),
  )

  for (const six of [false, true])
    it(`that stays in its scope is heard, over IPv${six ? 6 : 4}`, async () => {
      const rows = inScope(stranger(2000, six))
      assert.deepEqual(await scene.passing('plant', rows), Object.keys(rows).toSorted())
      assert.deepEqual(scene.contained(), [])
    })

  it('delivers nothing from its first packet out of scope on, over any EtherType: 1,000 of them', async () => {
    const stoppedBefore = scene.count('contained')
    const expected: string[] = []
    let sent = 0
    for (let number = 0; number < 1000; number++) {
      const kind = kinds[number % kinds.length]
      if (kind === undefined) continue
      const who = stranger(number, kind.six)
      const rows: Record<string, Uint8Array> = { 'its first packet': kind.of(who, kind.six), ...everything(who) }
      expected.push(`stranger ${who.ip}`)
      sent += Object.keys(rows).length
      assert.deepEqual(await scene.passing('plant', rows), [], `stranger ${number}, who began with ${kind.name}`)
    }
    assert.deepEqual(scene.contained(), expected.toSorted())
    assert.equal(new Set(scene.macs()).size, 1000)
    assert.ok(sent > 20_000, `${sent} frames`)
    assert.ok(scene.count('contained') - stoppedBefore > sent * 0.8, 'the containment stopped them, not the scope')
    await pollsPass()
  })

  const disguises: readonly [string, (from: Sender) => Sender][] = [
    [
      'in the other IP version',
      (from) => ({ ...from, ip: from.ip.includes(':') ? '198.18.120.1' : 'fd00:198:18:2::7:1' }),
    ],
    [
      'with an address outside of the site',
      (from) => ({ ...from, ip: from.ip.includes(':') ? 'fd00:198:18:9::1' : '203.0.113.9' }),
    ],
    ['with a priority tag', (from) => ({ ...from, tags: [{ id: 0, priority: 6 }] })],
    ['with the tag of a VLAN that nobody declared', (from) => ({ ...from, tags: [{ id: 77 }] })],
    ['with a service tag', (from) => ({ ...from, tags: [{ id: 20, type: etherTypes.qinq }] })],
    ['with two tags', (from) => ({ ...from, tags: [{ id: 0 }, { id: 20 }] })],
  ]
  for (const [name, disguise] of disguises)
    it(`that is contained is not heard ${name} either`, async () => {
      for (const six of [false, true]) {
        const who = stranger(six ? 1 : 0, six)
        assert.deepEqual(await scene.passing('plant', everything(disguise(who))), [])
      }
    })

  it('is contained on a VLAN as well', async () => {
    const who = { ...stranger(3000), tags: [{ id: 20, priority: 3 }] }
    assert.deepEqual(await scene.passing('plant', { first: tcpTo(who, plc(false), 22), ...everything(who) }), [])
    assert.deepEqual(await scene.passing('plant', everything({ ...who, tags: [{ id: 77 }] })), [])
  })

  it('is heard towards a zone that only enforces, where nobody is contained', async () => {
    await scene.enforce(planFrom(plantPolicy({ mode: 'enforce' })))
    const who = stranger(1)
    assert.deepEqual(await scene.passing('plant', { first: tcpTo(who, plc(false), 22) }), [])
    const rows = inScope(who)
    assert.deepEqual(await scene.passing('plant', rows), Object.keys(rows).toSorted())
    assert.deepEqual(scene.contained(), [])
  })
})

describe('known assets', () => {
  /** Assets whose IPv6 addresses end alike, as they do where every subnet counts from ::10. */
  const crowd = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, at) => ({
    name: `asset-${name}`,
    mac: mac(0x77_0000 + at),
    ip: at % 2 === 0 ? `198.18.100.${at + 1}` : `fd00:198:18:2:${at}::10`,
  }))
  const policy = (response: string) => {
    const plain = plantPolicy({ known: response })
    const zoned = Object.fromEntries(
      crowd.map(({ name, mac: own, ip }) => [name, { ips: [ip], macs: [own], zone: 'supervisory' }]),
    )
    return planFrom({ ...plain, assets: { ...plain.assets, ...zoned } })
  }
  const leave = async () => {
    for (const who of crowd) {
      const six = who.ip.includes(':')
      const rows = { ssh: tcpTo(who, plc(six), 22), tftp: udpTo(who, plc(six), 69), ping: icmpTo(who, plc(six)) }
      assert.deepEqual(await scene.passing('plant', rows), [], who.name)
    }
  }

  it('are denied and never contained, unless the responses say so', async () => {
    await scene.enforce(policy('deny'))
    await leave()
    assert.deepEqual(scene.contained(), [])
    assert.deepEqual(scene.macs(), [])
  })

  it('are contained three at a time where the responses say so, IPv4 and IPv6 together; the others are denied', async () => {
    await scene.enforce(policy('contain 1h'))
    await leave()
    assert.deepEqual(
      scene.contained(),
      crowd
        .slice(0, 3)
        .map(({ ip }) => `known ${ip}`)
        .toSorted(),
    )
    assert.deepEqual(scene.macs(), [])
    for (let round = 0; round < 20; round++) await leave()
    assert.equal(scene.contained().length, 3)
  })

  it('count once each at the three places, also when the ends of their IPv6 addresses are the same', async () => {
    const six = crowd.filter(({ ip }) => ip.includes(':'))
    await scene.enforce(policy('contain 1h'))
    for (const who of [...six, ...crowd])
      await scene.passing('plant', { ssh: tcpTo(who, plc(who.ip.includes(':')), 22) })
    assert.deepEqual(scene.contained(), six.map(({ ip }) => `known ${ip}`).toSorted())
  })

  it('lose what they could do before once they are contained, the others do not', async () => {
    await scene.enforce(policy('contain 1h'))
    const [first, ...rest] = crowd.filter(({ ip }) => !ip.includes(':'))
    assert.ok(first)
    const open = (who: Sender) => ({ [who.mac]: tcpTo(who, { mac: macs.rtu, ip: addresses.rtu[0] }, 4840) })
    assert.deepEqual(await scene.passing('plant', open(first)), [first.mac])
    await scene.passing('plant', { ssh: tcpTo(first, plc(false), 22) })
    assert.deepEqual(await scene.passing('plant', open(first)), [])
    for (const who of rest) assert.deepEqual(await scene.passing('plant', open(who)), [who.mac])
  })
})

describe('traffic forged in the name of a known asset', () => {
  const forgeries: readonly [string, string, (six: boolean) => Sender][] = [
    ['with another MAC', 'plant', (six) => ({ mac: mac(0x66_9999), ip: known('hmi', six).ip })],
    ['from the wrong port', 'cell', (six) => known('hmi', six)],
    ['from the wrong port with another MAC', 'cell', (six) => ({ mac: mac(0x66_9998), ip: known('hmi', six).ip })],
    ['on the wrong VLAN', 'plant', (six) => ({ ...known('hmi', six), tags: [{ id: 77 }] })],
    [
      'with its MAC and an address of nobody',
      'plant',
      (six) => ({ mac: macs.hmi, ip: six ? 'fd00:198:18:2::999' : '198.18.99.99' }),
    ],
    [
      'with its MAC and an address of nobody, from the wrong port',
      'cell',
      (six) => ({ mac: macs.hmi, ip: six ? 'fd00:198:18:9::999' : '203.0.113.60' }),
    ],
    [
      'with its MAC and the address of another asset',
      'plant',
      (six) => ({ mac: macs.hmi, ip: addresses.ews[six ? 1 : 0] }),
    ],
  ]
  before(() => scene.enforce(planFrom(plantPolicy({ known: 'contain 1h' }))))

  for (const [name, port, forger] of forgeries)
    it(`${name} contains neither it nor its MAC: its polls go on`, async () => {
      for (const six of [false, true]) {
        const from = forger(six)
        const passed = await scene.passing(port, everything(from))
        assert.ok(!passed.includes('SSH') && !passed.includes('Modbus'), passed.join())
        await pollsPass()
        const harmed = scene.contained().filter((text) =>
          Object.values(addresses)
            .flat()
            .some((ip) => text.endsWith(` ${ip}`)),
        )
        assert.deepEqual(harmed, [])
        assert.ok(!scene.macs().includes(macs.hmi))
      }
      // Its neighbours still find it.
      const passed = await scene.passing('plant', inScope(known('hmi')))
      assert.deepEqual(
        ['ARP answer', 'ARP request', 'LLDP', 'PROFINET to a device'].filter((row) => !passed.includes(row)),
        [],
      )
    })
})

describe('sensors that contain', () => {
  const sensors = [
    { id: 'rate', counts: 'packets' as const, over: 20, in: '10s', response: 'contain' as const },
    { id: 'scan', counts: 'distinct-destinations' as const, over: 5, in: '10s', response: 'contain' as const },
    { id: 'ports', counts: 'distinct-ports' as const, over: 5, in: '10s', response: 'contain' as const },
  ]
  const many = (of: (number: number) => Uint8Array) => Array.from({ length: 60 }, (_, number) => of(number))
  const six = (ip: string) => ip.includes(':')
  const scans = (from: Sender) => [
    ...many((number) =>
      tcpTo(
        from,
        { ...plc(six(from.ip)), ip: six(from.ip) ? `fd00:198:18:1::${number + 1}` : `198.18.1.${number + 1}` },
        22,
      ),
    ),
    ...many((number) => udpTo(from, plc(six(from.ip)), 1000 + number)),
    ...many((number) => tcpTo(from, plc(six(from.ip)), 1000 + number, ack)),
  ]
  beforeEach(() => scene.enforce(planFrom(plantPolicy({ more: { sensors } }))))

  it('contain no known asset by what others send in its name', async () => {
    for (const family of [false, true])
      for (const from of [
        { ...known('hmi', family), mac: mac(0x66_9999) },
        { mac: macs.hmi, ip: family ? 'fd00:198:18:9::1' : '203.0.113.1' },
      ]) {
        await scene.send('plant', scans(from))
        await scene.send('cell', scans(known('hmi', family)))
      }
    await pollsPass()
    const harmed = scene.contained().filter((text) =>
      Object.values(addresses)
        .flat()
        .some((ip) => text.endsWith(` ${ip}`)),
    )
    assert.deepEqual([harmed, scene.macs()], [[], []])
  })

  it('contain no known asset by what it sends itself, where no response says so', async () => {
    for (const family of [false, true]) {
      await scene.send('plant', [...scans(known('ews', family)), ...scans(known('hmi', family))])
      await scene.send(
        'cell',
        many((number) =>
          tcpTo(
            { mac: macs.plc, ip: addresses.plc[0] },
            { mac: macs.hmi, ip: addresses.hmi[0] },
            40_000 + number,
            ack,
            502,
          ),
        ),
      )
    }
    await pollsPass()
    assert.deepEqual([scene.contained(), scene.macs()], [[], []])
  })
})

describe('what can be forged, or is no first packet, is dropped and contains nobody', () => {
  before(() => scene.enforce(planFrom(plantPolicy({ known: 'contain 1h' }))))

  const group = '33:33:00:00:00:fb'
  const rows = (from: Sender, six: boolean): Record<string, Uint8Array> => ({
    'an acknowledgement': tcpTo(from, plc(six), 22, ack),
    'a SYN with ACK': tcpTo(from, plc(six), 22, syn | ack),
    'a SYN with FIN': tcpTo(from, plc(six), 22, syn | fin),
    'a SYN with RST': tcpTo(from, plc(six), 22, syn | rst),
    'a FIN': tcpTo(from, plc(six), 22, fin | ack),
    'a reset': tcpTo(from, plc(six), 22, rst),
    'no flags at all': tcpTo(from, plc(six), 22, 0),
    'an answer of a permitted UDP service': udpTo(from, plc(six), 40_000, 47_808),
    'a SYN to the broadcast MAC': tcpTo(from, { ...plc(six), mac: 'ff:ff:ff:ff:ff:ff' }, 22),
    'a SYN to a multicast MAC': tcpTo(from, { ...plc(six), mac: '01:00:5e:00:00:fb' }, 22),
    'a datagram to a multicast address': udpTo(from, { mac: group, ip: six ? 'ff02::fb' : '224.0.0.251' }, 5353),
    'a datagram to a multicast address under a unicast MAC': udpTo(
      from,
      { mac: macs.plc, ip: six ? 'ff02::fb' : '239.1.1.1' },
      5353,
    ),
    ...(six
      ? Object.fromEntries([1, 2, 3, 4].map((type) => [`ICMPv6 error ${type}`, icmpTo(from, plc(six), type)]))
      : {
          ...Object.fromEntries([3, 4, 5, 11, 12].map((type) => [`ICMP error ${type}`, icmpTo(from, plc(six), type)])),
          'a datagram to everybody': udpTo(from, { mac: 'ff:ff:ff:ff:ff:ff', ip: '255.255.255.255' }, 137),
          'a datagram to the subnet under a unicast MAC': udpTo(from, { mac: macs.plc, ip: '198.18.1.63' }, 137),
          'a SYN to the subnet under a unicast MAC': tcpTo(from, { mac: macs.plc, ip: '198.18.1.63' }, 22),
        }),
  })

  for (const six of [false, true])
    for (const name of Object.keys(rows(stranger(0, six), six)))
      it(`${name}, over IPv${six ? 6 : 4}`, async () => {
        const at = Object.keys(rows(stranger(0, six), six)).indexOf(name)
        for (const from of [stranger(100 + at, six), known('ews', six)]) {
          const frame = rows(from, six)[name]
          assert.ok(frame)
          assert.deepEqual(await scene.passing('plant', { [name]: frame }), [])
          assert.deepEqual(scene.contained(), [])
          assert.deepEqual(scene.macs(), [])
        }
      })

  it('unlike a first packet of the same sender, which does', async () => {
    const from = stranger(100)
    await scene.passing('plant', { first: packet(from, plc(false), 47, new Uint8Array(24)) })
    assert.deepEqual(scene.contained(), [`stranger ${from.ip}`])
  })
})
