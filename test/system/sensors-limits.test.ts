/** What sensors do not count, and what they do when their sets are full. No daemon: the kernel decides. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { timedElements } from '#linux/nft-objects.ts'
import { neighbour } from '#packet/build.ts'
import { ipProtocols } from '#packet/numbers.ts'
import { counters, table } from '#policy/nft/names.ts'
import { ack, packet, plc, tcpTo, udpTo, type Sender } from './containment/frames.ts'
import { addresses, edgeName, mac, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'
import type { Document } from './differential/policy.ts'

/** Elements that a sensor's sets hold. */
const room = 65_536
const agreed = ['security', 'operations']
const scan = { id: 'scan', counts: 'distinct-destinations' as const, over: 5, in: '1h', response: 'contain' as const }

let scene: Scene
before(async () => {
  scene = await Scene.open()
})
after(() => scene.close())

const ews: Sender = { mac: macs.ews, ip: addresses.ews[0] }
const laptop: Sender = { mac: mac(0x99), ip: '198.18.64.99' }
const names = (count: number, frame: (at: number) => Uint8Array): Record<string, Uint8Array> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [String(at).padStart(4, '0'), frame(at)]))
const full = (sensor: string) => scene.count(counters.full(`s-${sensor}`))

describe('an edge inside a zone', () => {
  /** Both ports lead into one zone, whose members may speak with each other. */
  const inside = (): Document => {
    const plain = plantPolicy({ more: { sensors: [scan], conduits: [] } })
    const zone = {
      level: 1,
      networks: ['198.18.1.0/26', '198.18.64.0/18', 'fd00:198:18:1::/64'],
      mode: 'contain' as const,
    }
    const assets = Object.entries(plain.assets ?? {}).map(([name, asset]) => [
      name,
      { ...asset, ips: asset.ips.slice(0, 1), zone: 'cell-1' },
    ])
    return {
      ...plain,
      edges: { [edgeName]: { bridge: 'br0', ports: { plant: { zones: ['cell-1'] }, cell: { zones: ['cell-1'] } } } },
      zones: { 'cell-1': zone },
      assets: Object.fromEntries(assets),
      broadcast: [],
      layer2: [],
      responses: [{ zone: 'cell-1', event: 'scan', stranger: 'contain 1h', known: 'contain 1h', 'agreed-by': agreed }],
    }
  }
  before(() => scene.enforce(planFrom(inside())))

  it('takes nobody for a scanner who speaks with many members of his own zone, which the zone permits', async () => {
    const to = (from: Sender) => names(40, (at) => tcpTo(from, { mac: macs.plc, ip: `198.18.1.${20 + at}` }, 502))
    for (const from of [ews, laptop]) assert.equal((await scene.passing('plant', to(from))).length, 40, from.ip)
    assert.deepEqual(scene.contained(), [])
    assert.equal(scene.count(counters.sensor('scan')), 0)
  })

  it('takes him for one who speaks with many addresses that are nobody’s', async () => {
    await scene.passing(
      'plant',
      names(7, (at) => tcpTo(ews, { mac: macs.plc, ip: `100.64.0.${at}` }, 502)),
    )
    assert.equal(scene.count(counters.sensor('scan')), 2)
  })
})

describe('a sensor of scans whose set is full', () => {
  before(async () => {
    const responses = [
      { zone: 'cell-1', event: 'scan' as const, stranger: 'contain 1h', known: 'contain 1h', 'agreed-by': agreed },
      { zone: 'cell-1', event: 'out-of-scope' as const, stranger: 'deny', known: 'deny', 'agreed-by': agreed },
    ]
    await scene.enforce(planFrom(plantPolicy({ more: { sensors: [scan], responses } })))
    const set = `bridge ${table} g1_s0_4_seen`
    for (let from = 0; from < room; from += 4096) {
      const pairs = Array.from({ length: 4096 }, (_, at) => `0 . 100.64.${(from + at) >> 8}.${at & 255} . 198.18.1.10`)
      const filled = scene.wires.nft.run(`add element ${set} { ${pairs.join(' timeout 1h, ')} timeout 1h }`)
      assert.ok(filled.ok)
    }
  })

  it('takes no retry of one connection for a scan, and says how often it could not count', async () => {
    for (const from of [ews, laptop])
      assert.deepEqual(
        await scene.passing(
          'plant',
          names(20, () => tcpTo(from, plc(false), 22)),
        ),
        [],
      )
    assert.deepEqual(scene.contained(), [])
    assert.equal(scene.count(counters.sensor('scan')), 0)
    assert.equal(full('scan'), 40)
  })
})

describe('a limit on packets', () => {
  before(async () => {
    const rate = { id: 'rate', counts: 'packets' as const, over: 5, in: '1h', response: 'deny' as const }
    const conduits = [
      { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus', essential: true },
      { id: 'status', from: 'hmi', to: 'plc', service: 'udp/2222' },
    ]
    await scene.enforce(planFrom(plantPolicy({ more: { sensors: [rate], conduits, responses: [] } })))
  })
  const hmi: Sender = { mac: macs.hmi, ip: addresses.hmi[1] }

  it('does not take away what essential conduits and everybody need to find each other', async () => {
    assert.equal(
      (
        await scene.passing(
          'plant',
          names(20, () => udpTo(hmi, plc(true), 2222)),
        )
      ).length,
      5,
    )
    const ends = { src: hmi.ip, dst: addresses.plc[1] }
    const solicitation = neighbour('solicit', ends, { target: addresses.plc[1], mac: hmi.mac })
    const left = {
      'an essential poll': tcpTo(hmi, plc(true), 502, ack),
      'whether the controller is still there': packet(hmi, plc(true), ipProtocols.icmpv6, solicitation),
      'a lease that is renewed': udpTo(hmi, plc(true), 547, 546),
      'more of what is limited': udpTo(hmi, plc(true), 2222),
    }
    assert.deepEqual(await scene.passing('plant', left), Object.keys(left).slice(0, 3).toSorted())
  })
})

describe('a sensor of new peers', () => {
  before(async () => {
    const peers = { id: 'peers', counts: 'first-seen-peer' as const }
    await scene.enforce(planFrom(plantPolicy({ more: { sensors: [peers] } })))
  })
  const pairs = (from: number, count: number) =>
    names(count, (at) => udpTo(ews, { mac: macs.plc, ip: `100.64.${(from + at) >> 8}.${(from + at) & 255}` }, 9))

  it('remembers no more pairs than it tells', async () => {
    await scene.passing('plant', pairs(0, 1000))
    const remembered = timedElements('bridge', table, 'seen4', scene.wires.world.edge).length
    assert.ok(remembered < 900, `${remembered} pairs at once`)
    assert.equal(scene.count(counters.sensor('peers')), remembered)
    assert.equal(full('peers'), 0)
  })

  it('sees a new pair of known assets while others use up its limit, and when they have filled its memory', async () => {
    const { nft } = scene.wires
    nft.run(`flush set bridge ${table} seen4`)
    const rest = (from: number) =>
      Array.from(
        { length: 4096 },
        (_, at) => `0 . 100.65.0.1 . 100.${96 + (from >> 16)}.${((from + at) >> 8) & 255}.${at & 255}`,
      )
    for (let from = 0; from < room; from += 4096)
      nft.run(`add element bridge ${table} seen4 { ${rest(from).join(', ')} }`)
    const told = scene.count(counters.sensor('peers'))
    await scene.passing('plant', pairs(2000, 300))
    assert.ok(full('peers') > 0, 'that it is full is counted')
    const more = scene.count(counters.sensor('peers')) - told
    assert.ok(more > 0 && more <= 12, `${more} of 300 told while it is full`)
    const flooded = scene.count(counters.sensor('peers'))
    for (const _ of [1, 2]) await scene.passing('plant', { known: udpTo(ews, plc(false), 9) })
    assert.equal(scene.count(counters.sensor('peers')) - flooded, 1)
    assert.equal(timedElements('bridge', table, 'seen_known4', scene.wires.world.edge).length, 1)
  })
})
