/** Where a containment acts, and whom it leaves alone: zones in other modes, essential conduits, routers. No daemon runs. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { hold, lift } from '#edge/kernel/containment.ts'
import { listSet } from '#edge/kernel/elements.ts'
import { arp, ethernet, neighbour } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { table } from '#policy/nft/names.ts'
import { ack, inScope, packet, plc, rtu, syn, tcpTo, udpTo, type Receiver, type Sender } from './containment/frames.ts'
import { addresses, mac, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'

let scene: Scene
before(async () => {
  scene = await Scene.open()
})
after(() => scene.close())

const stranger: Sender = { mac: mac(0x66_0001), ip: '198.18.80.1' }
const sender = (name: 'hmi' | 'ews', six = false): Sender => ({ mac: macs[name], ip: addresses[name][six ? 1 : 0] })
const contain = (...ips: readonly string[]) => {
  for (const ip of ips) hold(scene.wires.nft, 'bridge', { ip, vlans: [0, 20], seconds: 600 })
}

const arpOf = (from: Sender, to: Receiver, operation: 1 | 2): Uint8Array =>
  ethernet({
    dst: operation === 1 ? 'ff:ff:ff:ff:ff:ff' : to.mac,
    src: from.mac,
    etherType: etherTypes.arp,
    payload: arp({ operation, senderMac: from.mac, senderIp: from.ip, targetIp: to.ip }),
  })
const ndOf = (from: Sender, to: Receiver, kind: 'solicit' | 'advertise'): Uint8Array => {
  const dst = kind === 'solicit' ? { mac: '33:33:ff:00:00:10', ip: 'ff02::1:ff00:10' } : to
  const target = kind === 'solicit' ? to.ip : from.ip
  const message = neighbour(kind, { src: from.ip, dst: dst.ip }, { target, mac: from.mac })
  return packet(from, dst, ipProtocols.icmpv6, Uint8Array.of(...message, ...new Uint8Array(8)))
}

describe('a contained source', () => {
  const withDmz = (mode: 'observe' | 'shadow' | 'enforce' | 'contain') => {
    const base = plantPolicy()
    const [[name, edge] = ['', undefined]] = Object.entries(base.edges)
    assert.ok(edge)
    return planFrom({
      ...base,
      edges: { [name]: { ...edge, ports: { ...edge.ports, dmz: { zones: ['dmz'], vlans: ['untagged', 20] } } } },
      zones: { ...base.zones, dmz: { level: 3, networks: ['198.18.2.0/24'], mode } },
    })
  }
  const inDmz: Receiver = { mac: mac(0x55_0001), ip: '198.18.2.5' }

  it('loses zones in contain, is denied in enforce, and is counted in observe and shadow, where it passes', async () => {
    await using three = await Scene.open(['plant', 'cell', 'dmz'])
    for (const mode of ['observe', 'shadow', 'enforce', 'contain'] as const) {
      await three.enforce(withDmz(mode))
      await three.passing('plant', { first: tcpTo(stranger, plc(false), 22) })
      assert.deepEqual(three.contained(), [`stranger ${stranger.ip}`])
      const earlier = { would: three.count('would-contained'), contained: three.count('contained') }
      const passed = await three.send('plant', [tcpTo(stranger, inDmz, 22)])
      const away = passed.filter(({ port }) => port === 'dmz').length
      assert.equal(away, mode === 'observe' || mode === 'shadow' ? 1 : 0, mode)
      // The frame leaves by two ports, as nobody has learnt where the host is.
      const grown = {
        would: three.count('would-contained') - earlier.would,
        contained: three.count('contained') - earlier.contained,
      }
      assert.deepEqual(grown, mode === 'contain' ? { would: 0, contained: 2 } : { would: 2, contained: 0 }, mode)
      assert.equal(three.count(`z-dmz-denied`) > 0, mode === 'enforce')
      // Other EtherTypes go by the port they leave by.
      const lldp = ethernet({ dst: '01:80:c2:00:00:0e', src: stranger.mac, etherType: etherTypes.lldp })
      assert.deepEqual(
        (await three.send('plant', [lldp])).map(({ port }) => port),
        mode === 'contain' ? [] : ['dmz'],
      )
    }
  })

  it('is nobody in a site where no zone contains: would-be containments are counted', async () => {
    const base = plantPolicy({ mode: 'shadow' })
    const zones = Object.fromEntries(
      Object.entries(base.zones).map(([name, zone]) => [name, { ...zone, mode: 'shadow' as const }]),
    )
    await scene.enforce(planFrom({ ...base, zones }))
    const rows = { ssh: tcpTo(stranger, plc(false), 22), again: tcpTo(stranger, plc(false), 22), ...inScope(stranger) }
    assert.deepEqual(await scene.passing('plant', rows), Object.keys(rows).toSorted())
    assert.deepEqual([scene.contained(), scene.macs()], [[], []])
    assert.deepEqual(
      listSet(scene.wires.nft, 'bridge', table, 'would4').map(({ key }) => key[3]),
      [stranger.ip],
    )
    assert.ok(scene.count('z-all-cascade') > 0, 'what it would have lost is counted')
    // A person's order is obeyed where a zone contains, and counted elsewhere.
    contain(stranger.ip)
    assert.deepEqual(await scene.passing('plant', rows), Object.keys(rows).toSorted())
    assert.ok(scene.count('would-contained') > 0)
  })
})

describe('a contained known asset', () => {
  const essential = {
    conduits: [
      { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus', essential: true },
      { id: 'rest', from: 'hmi', to: 'rtu', service: 'modbus' },
    ],
  }
  before(() => scene.enforce(planFrom(plantPolicy({ more: essential }))))

  for (const six of [false, true]) {
    const hmi = sender('hmi', six)
    const device = plc(six)
    const there = {
      'a poll': tcpTo(hmi, device, 502),
      'an acknowledgement': tcpTo(hmi, device, 502, ack),
      ...(six
        ? { 'a solicitation': ndOf(hmi, device, 'solicit'), 'an advertisement': ndOf(hmi, device, 'advertise') }
        : { 'an ARP request': arpOf(hmi, device, 1), 'an ARP answer': arpOf(hmi, device, 2) }),
    }
    const back = {
      'a connection': tcpTo(device, hmi, 40_000, syn | ack, 502),
      'an answer': tcpTo(device, hmi, 40_000, ack, 502),
      ...(six
        ? { 'a solicitation': ndOf(device, hmi, 'solicit'), 'an advertisement': ndOf(device, hmi, 'advertise') }
        : { 'an ARP request': arpOf(device, hmi, 1), 'an ARP answer': arpOf(device, hmi, 2) }),
    }
    const others = { rest: tcpTo(hmi, rtu(six), 502), ssh: tcpTo(hmi, device, 22) }
    const family = `IPv${six ? 6 : 4}`

    it(`keeps its essential conduit in both directions when the client is contained, over ${family}`, async () => {
      contain(hmi.ip)
      assert.deepEqual(await scene.passing('plant', { ...there, ...others }), Object.keys(there).toSorted())
      assert.deepEqual(await scene.passing('cell', back), Object.keys(back).toSorted())
      lift(scene.wires.nft, 'bridge', hmi.ip)
    })

    it(`keeps it when the server is contained, over ${family}`, async () => {
      contain(device.ip)
      assert.deepEqual(await scene.passing('plant', there), Object.keys(there).toSorted())
      const tried = { ...back, 'its own': tcpTo(device, sender('ews', six), 22) }
      assert.deepEqual(await scene.passing('cell', tried), Object.keys(back).toSorted())
      lift(scene.wires.nft, 'bridge', device.ip)
    })
  }

  it('is free again when it is released, and leaves its place to the next', async () => {
    await scene.enforce(planFrom(plantPolicy({ known: 'contain 1h' })))
    const all = [sender('hmi'), sender('hmi', true), sender('ews'), sender('ews', true)]
    const leave = (from: Sender) => scene.passing('plant', { out: tcpTo(from, plc(from.ip.includes(':')), 22) })
    for (const from of all) await leave(from)
    const three = all.slice(0, 3).map(({ ip }) => `known ${ip}`)
    assert.deepEqual(scene.contained(), three.toSorted())
    for (const from of all.slice(0, 2)) {
      lift(scene.wires.nft, 'bridge', from.ip)
      const poll = { poll: tcpTo(from, plc(from.ip.includes(':')), 502) }
      assert.deepEqual(await scene.passing('plant', poll), ['poll'])
    }
    await leave(all[3] ?? stranger)
    assert.deepEqual(
      scene.contained(),
      all
        .slice(2)
        .map(({ ip }) => `known ${ip}`)
        .toSorted(),
    )
  })
})

describe('a stranger with an essential conduit', () => {
  it('keeps that conduit and its ARP or ND when it is contained, and nothing else', async () => {
    const panel = { mac: mac(0x66_0101), ip: '198.18.80.9' }
    const panel6 = { mac: mac(0x66_0102), ip: 'fd00:198:18:2::9' }
    const more = {
      groups: { panels: { networks: [`${panel.ip}/32`, `${panel6.ip}/128`] } },
      conduits: [{ id: 'panel', from: 'panels', to: 'plc', service: 'modbus', essential: true }],
    }
    await scene.enforce(planFrom(plantPolicy({ more })))
    for (const from of [panel, panel6]) {
      const six = from.ip.includes(':')
      await scene.passing('plant', { out: tcpTo(from, plc(six), 22) })
      assert.ok(scene.contained().includes(`stranger ${from.ip}`))
      const kept = {
        poll: tcpTo(from, plc(six), 502),
        ...(six
          ? { solicit: ndOf(from, plc(six), 'solicit'), advertise: ndOf(from, plc(six), 'advertise') }
          : { request: arpOf(from, plc(six), 1), answer: arpOf(from, plc(six), 2) }),
      }
      const lost = {
        ssh: tcpTo(from, plc(six), 22),
        lldp: ethernet({ dst: '01:80:c2:00:00:0e', src: from.mac, etherType: etherTypes.lldp }),
      }
      assert.deepEqual(await scene.passing('plant', { ...kept, ...lost }), Object.keys(kept).toSorted())
      // Nor does it get more by calling itself something else.
      const forged = arpOf({ ...from, ip: '198.18.80.77' }, plc(false), 1)
      assert.deepEqual(await scene.passing('plant', { forged }), [])
    }
  })
})

describe('a router', () => {
  beforeEach(() => scene.enforce(planFrom(plantPolicy())))
  const far = (six: boolean): Sender => ({ mac: macs.router, ip: addresses.far[six ? 1 : 0] })
  const poll = (six: boolean) => tcpTo(far(six), plc(six), 502)
  const itself: Sender = { mac: macs.router, ip: '198.18.64.1' }
  const neighbours = () => ({
    'ARP request': arpOf(itself, plc(false), 1),
    'ARP answer': arpOf(itself, plc(false), 2),
    LLDP: ethernet({ dst: '01:80:c2:00:00:0e', src: macs.router, etherType: etherTypes.lldp }),
  })

  it('that carries assets without MACs is not contained as a whole with a stranger behind it', async () => {
    for (const six of [false, true]) {
      assert.deepEqual(await scene.passing('plant', { poll: poll(six) }), ['poll'])
      const bad = { mac: macs.router, ip: six ? 'fd00:198:18:9::66' : '203.0.113.66' }
      assert.deepEqual(
        await scene.passing('plant', { out: tcpTo(bad, plc(six), 22), any: tcpTo(bad, rtu(six), 4840) }),
        [],
      )
      assert.ok(scene.contained().includes(`stranger ${bad.ip}`))
      assert.deepEqual(scene.macs(), [])
      assert.deepEqual(await scene.passing('plant', { poll: poll(six), ...neighbours() }), [
        'ARP answer',
        'ARP request',
        'LLDP',
        'poll',
      ])
      // Others behind it are not the stranger.
      const good = { mac: macs.router, ip: six ? 'fd00:198:18:9::67' : '203.0.113.67' }
      assert.deepEqual(await scene.passing('plant', { any: tcpTo(good, rtu(six), 4840) }), ['any'])
    }
  })

  it('that was contained before it was known to carry one is free with the first packet of that asset', async () => {
    const bad = { mac: macs.router, ip: '203.0.113.66' }
    await scene.passing('plant', { out: tcpTo(bad, plc(false), 22) })
    assert.deepEqual(scene.macs(), [macs.router])
    assert.deepEqual(await scene.passing('plant', { poll: poll(false), ...neighbours() }), [
      'ARP answer',
      'ARP request',
      'LLDP',
      'poll',
    ])
    assert.deepEqual(await scene.passing('plant', { any: tcpTo(bad, rtu(false), 4840) }), [])
  })

  it('that its port lists is never contained as a whole', async () => {
    const listed = (ip: string): Sender => ({ mac: macs.listed, ip })
    await scene.passing('plant', { out: udpTo(listed('203.0.113.68'), plc(false), 69) })
    assert.deepEqual(scene.macs(), [])
    const rows = {
      request: arpOf(listed('198.18.64.1'), plc(false), 1),
      hmi: tcpTo(listed(addresses.hmi[0]), plc(false), 502),
    }
    assert.deepEqual(await scene.passing('plant', rows), ['hmi', 'request'])
  })
})
