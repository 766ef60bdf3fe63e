/** Nothing that somebody else could have sent contains a known asset, and nothing that can be forged contains anybody. No daemon runs. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
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
import { allPolls, arrivingPolls, known, stranger } from './containment/senders.ts'

let scene: Scene
before(async () => {
  scene = await Scene.open()
})
after(() => scene.close())

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
        assert.deepEqual(await arrivingPolls(scene), allPolls)
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
    assert.deepEqual(await arrivingPolls(scene), allPolls)
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
    // What is above the limit of the rate sensor is dropped, that is what its zone agreed on.
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
