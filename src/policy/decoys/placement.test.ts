import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PlanDecoys } from '../plan.ts'
import { decoysOf, personas, plan, pool, seed, span, stand, tally } from '../../../test/fixtures/decoy-placement.ts'
import type { Station } from './placement.ts'

const mixed = [
  { persona: 'siemens', count: 5 },
  { persona: 'rockwell', count: 3 },
  { persona: 'short', count: 'rest' as const },
]
const plans: readonly { name: string; plan: PlanDecoys }[] = [
  { name: 'one decoy', plan: plan([pool({ personas: [{ persona: 'siemens', count: 1 }] })]) },
  { name: 'eight with an Ethernet address each', plan: plan([pool()]) },
  { name: 'sixty on sixteen', plan: plan([pool({ personas: [{ persona: 'siemens', count: 60 }] })]) },
  { name: 'a full pool of three personas', plan: plan([pool({ personas: mixed })]) },
  {
    name: 'two pools on four',
    plan: plan(
      [
        pool({ personas: [{ persona: 'siemens', count: 30 }] }),
        pool({ id: 'q', addresses: span('198.18.9', 1, 50), real: [], personas: mixed }),
      ],
      { maxMacs: 4 },
    ),
  },
  { name: 'nearly full', plan: plan([pool({ personas: [{ persona: 'rockwell', count: 97 }] })]) },
  { name: 'sixty-four Ethernet addresses', plan: plan([pool({ personas: mixed })], { maxMacs: 64 }) },
  {
    name: 'one Ethernet address',
    plan: plan([pool({ personas: [{ persona: 'siemens', count: 30 }] })], { maxMacs: 1 }),
  },
]

for (const { name, plan: all } of plans)
  describe(`over 60 epochs, ${name}:`, () => {
    const epochs = Array.from({ length: 60 }, (_, epoch) => stand(all, { epoch: epoch + 7 }))

    test('at most as many Ethernet addresses as agreed, each of one station, of the vendor of its persona', () => {
      for (const stations of epochs) {
        assert.ok(stations.length <= all.maxMacs, String(stations.length))
        assert.equal(new Set(stations.map(({ mac }) => mac)).size, stations.length)
        assert.equal(new Set(stations.map(({ id }) => id)).size, stations.length)
        for (const { mac, persona: id, pool: of, decoys } of stations) {
          assert.ok(personas[id]?.ouis.includes(mac.slice(0, 8)), mac)
          for (const decoy of decoys) assert.deepEqual([decoy.mac, decoy.pool], [mac, of])
        }
      }
    })

    test('every address is of its pool, and each persona has as many as the pool says', () => {
      for (const stations of epochs)
        for (const { id, addresses, personas: counts } of all.pools) {
          const here = decoysOf(stations).filter((decoy) => decoy.pool === id)
          for (const { address } of here) assert.ok(addresses.includes(address), address)
          const found = tally(here)
          for (const { persona: of, count } of counts)
            assert.equal(
              found[of],
              count === 'rest'
                ? addresses.length - counts.reduce((sum, each) => sum + (each.count === 'rest' ? 0 : each.count), 0)
                : count,
            )
        }
    })

    test('between two epochs exactly the agreed share moves, and the others keep address, Ethernet address and identity', () => {
      for (const [i, stations] of epochs.entries()) {
        const before = epochs[i - 1]
        if (before === undefined) continue
        for (const { id, addresses } of all.pools) {
          const inPool = (each: readonly Station[]) => decoysOf(each).filter((decoy) => decoy.pool === id)
          const old = inPool(before)
          const now = inPool(stations)
          const n = now.length
          const same = new Set(old.map((decoy) => JSON.stringify(decoy)))
          const left = new Set(old.map(({ address }) => address))
          const share = Math.max(1, Math.round(n / 4))
          const kept = now.filter((decoy) => same.has(JSON.stringify(decoy)))
          assert.equal(kept.length, n - share)
          const elsewhere = now.filter(({ address }) => !left.has(address))
          assert.equal(elsewhere.length, Math.min(share, addresses.length - n))
        }
      }
    })

    test('the same again from the same plan, seed and epoch; another from another seed', () => {
      assert.deepEqual(stand(all, { epoch: 8 }), epochs[1])
      assert.notDeepEqual(stand(all, { epoch: 8, seed: seed.toReversed() }), epochs[1])
    })
  })

describe('guards', () => {
  const rows: readonly { name: string; real: readonly string[]; count: number; stand: readonly string[] }[] = [
    {
      name: 'stand below and above each run of real hosts',
      real: ['198.18.1.50', '198.18.1.51', '198.18.1.60'],
      count: 8,
      stand: ['198.18.1.49', '198.18.1.52', '198.18.1.59', '198.18.1.61'],
    },
    {
      name: 'stand at the end of the pool that is nearest to hosts outside',
      real: ['198.18.1.10', '198.18.1.140'],
      count: 8,
      stand: ['198.18.1.32', '198.18.1.131'],
    },
    {
      name: 'come before the others when there are few',
      real: ['198.18.1.50', '198.18.1.60'],
      count: 3,
      stand: ['198.18.1.49', '198.18.1.61'],
    },
    {
      name: 'share the one address between two runs',
      real: ['198.18.1.50', '198.18.1.52'],
      count: 8,
      stand: ['198.18.1.49', '198.18.1.51', '198.18.1.53'],
    },
    { name: 'stand nowhere without real hosts', real: [], count: 8, stand: [] },
  ]
  for (const { name, real, count, stand: wanted } of rows)
    test(name, () => {
      const addresses = pool().addresses.filter((address) => !real.includes(address))
      for (let epoch = 0; epoch < 40; epoch++) {
        const at = decoysOf(
          stand(plan([pool({ addresses, real, personas: [{ persona: 'siemens', count }] })]), { epoch }),
        )
        for (const address of wanted)
          assert.ok(
            at.some((decoy) => decoy.address === address),
            `${address} at ${epoch}`,
          )
        assert.equal(at.length, count)
      }
    })
})

describe('every decoy that moves', () => {
  test('has come to every address of the pool after a while, and its station to another Ethernet address', () => {
    const all = plan([pool({ real: [], personas: [{ persona: 'siemens', count: 40 }] })])
    const met = { addresses: new Set<string>(), macs: new Set<string>() }
    for (let epoch = 0; epoch < 40; epoch++)
      for (const { address, mac } of decoysOf(stand(all, { epoch }))) {
        met.addresses.add(address)
        met.macs.add(mac)
      }
    assert.equal(met.addresses.size, 100)
    assert.ok(met.macs.size > 64, String(met.macs.size))
  })
})

describe('what is taken', () => {
  const all = plan([pool({ personas: [{ persona: 'siemens', count: 60 }] })])
  const before = stand(all)

  test('an Ethernet address on the wire is given to nobody, and the others keep theirs', () => {
    const taken = new Set([before[0]!.mac, before[3]!.mac])
    const after = stand(all, { taken })
    assert.equal(after.length, before.length)
    assert.equal(new Set(after.map(({ mac }) => mac)).size, after.length)
    for (const [i, { mac }] of after.entries())
      if (taken.has(before[i]!.mac)) assert.ok(!taken.has(mac))
      else assert.equal(mac, before[i]!.mac)
  })
  test('an address that somebody claimed stays empty, and nobody else moves for it', () => {
    const gone = before[0]!.decoys[0]!.address
    const after = decoysOf(stand(all, { withdrawn: new Set([gone]) }))
    assert.deepEqual(
      after,
      decoysOf(before).filter(({ address }) => address !== gone),
    )
  })
})

test('a persona that nobody knows, a pool without addresses and one without personas stand nowhere', () => {
  const odd = plan([
    pool({ id: 'a', personas: [{ persona: 'constructor', count: 3 }] }),
    pool({ id: 'b', addresses: [] }),
    pool({ id: 'c', personas: [] }),
  ])
  assert.deepEqual(stand(odd), [])
})
