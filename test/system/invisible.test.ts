/** The edge cannot be seen: what it lets pass comes out as it went in, and in observe and shadow that is everything. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { bridgeSysctls } from '#edge/enforce.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { Nft } from '#linux/nftables.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import type { Tag } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { modes, type Mode } from '#schema/site.ts'
import { planFrom } from './containment/plant.ts'
import { stayOnOneProcessor } from './differential/wires.ts'
import { infrastructure, macs, others, padded, permitted, process, wrong } from './invisible/frames.ts'
import { policy } from './invisible/plant.ts'
import { inParts, together } from './invisible/parts.ts'
import { shown, through } from './invisible/through.ts'
import { createWorld, type World } from './world/world.ts'

let world: World
let nft: Nft
before(async () => {
  stayOnOneProcessor()
  world = await createWorld({ name: 'invisible', ports: ['plant', 'cell'], mtu: 9200 })
  nft = Nft.open({ namespace: world.edge })
  world.listen()
})
after(async () => {
  nft.close()
  await world.close()
})

const enforce = async (mode: Mode, hooks = false) => {
  const plan = { ...planFrom(policy(mode)), together: hooks }
  unload(nft)
  for (const [name, value] of bridgeSysctls(plan, false)) writeSysctl(name, value, { namespace: world.edge })
  await loadGeneration(plan, new Map(), world.edge)
}

const pass = (frames: readonly Uint8Array[]) => through(world, frames)

const enforced = (mode: Mode) => mode === 'enforce' || mode === 'contain'

for (const mode of modes)
  describe(`in mode ${mode}`, () => {
    before(() => enforce(mode))
    const passing = { ...permitted, ...padded, ...wrong, ...infrastructure, ...process }
    const frames = { ...passing, ...(enforced(mode) ? {} : others) }
    for (const [name, frame] of Object.entries(frames))
      it(`${name} comes out byte for byte as it went in`, async () => {
        assert.deepEqual((await pass([frame])).map(shown), [shown(frame)])
      })

    it('all of them come out in order', async () => {
      const all = Object.values(frames)
      assert.deepEqual((await pass(all)).map(shown), all.map(shown))
    })

    if (!enforced(mode)) return
    for (const [name, frame] of Object.entries(others))
      if (name !== 'IP with a PRP trailer')
        it(`${name} does not come out`, async () => assert.deepEqual((await pass([frame])).map(shown), []))
      else it(`${name} keeps it`, async () => assert.deepEqual((await pass([frame])).map(shown), [shown(frame)]))
  })

describe('where packets are given to the IP hooks', () => {
  before(() => enforce('contain', true))
  for (const [name, frame] of Object.entries({ ...permitted, ...infrastructure, ...process }))
    it(`${name} comes out byte for byte as it went in`, async () => {
      assert.deepEqual((await pass([frame])).map(shown), [shown(frame)])
    })
  for (const [name, frame] of Object.entries(padded))
    it(`${name} comes out as it went in, but for the padding that the next network card adds again`, async () => {
      const { end: length } = decodeFrame(frame)
      assert.deepEqual(
        (await pass([frame])).map((got) => shown(got.subarray(0, length))),
        [shown(frame.subarray(0, length))],
      )
    })
  for (const [name, frame] of Object.entries({ ...wrong, ...others }))
    if (name !== 'IP with a PRP trailer')
      it(`${name} does not come out`, async () => assert.deepEqual((await pass([frame])).map(shown), []))
})

const nameOf = (tags: readonly Tag[]) =>
  tags.map((one) => (one.id === 0 ? 'with a priority tag' : 'on a VLAN')).join() || 'untagged'

describe('a datagram in parts', () => {
  const priority: Tag = { id: 0, priority: 4 }
  const tag: Tag = { id: 20, priority: 4 }
  const kinds = ([4, 6] as const).flatMap((family) => [[], [priority], [tag]].map((tags) => ({ family, tags })))
  let id = 100

  for (const mode of ['enforce', 'contain'] as const)
    describe(`in mode ${mode}`, () => {
      before(() => enforce(mode))

      for (const { family, tags } of kinds)
        it(`passes as it came when it is permitted, after its first part: IPv${family}, ${nameOf(tags)}`, async () => {
          for (const order of [
            [0, 1, 2],
            [0, 2, 1],
          ]) {
            const { parts } = inParts(family, 2222, id++, tags)
            const sent = order.flatMap((index) => parts[index] ?? [])
            assert.deepEqual((await pass(sent)).map(shown), sent.map(shown))
          }
          assert.deepEqual(await pass(inParts(family, 69, id++, tags).parts), [])
          // Without its first part nobody knows what it is.
          const { parts } = inParts(family, 2222, id++, tags)
          assert.deepEqual(await pass(parts.slice(1)), [])
          assert.deepEqual((await pass(parts)).map(shown), parts.map(shown))
        })
    })

  describe('that the kernel puts together', () => {
    before(() => enforce('contain', true))

    for (const family of [4, 6] as const)
      it(`arrives when it is permitted, whatever the order of its parts, over IPv${family}`, async () => {
        for (const order of [
          [0, 1, 2],
          [2, 0, 1],
        ]) {
          const { parts, payload } = inParts(family, 2222, id++)
          const got = await pass(order.flatMap((index) => parts[index] ?? []))
          assert.equal(shown(together(got)), shown(payload))
          for (const frame of got) {
            const { src, dst, vlans } = decodeFrame(frame)
            assert.deepEqual({ src, dst, vlans }, { src: macs.hmi, dst: macs.plc, vlans: [] })
          }
        }
        assert.deepEqual(await pass(inParts(family, 69, id++).parts), [])
        assert.deepEqual(await pass(inParts(family, 2222, id++).parts.slice(1)), [])
      })

    for (const { family, tags } of kinds)
      if (tags.length > 0)
        it(`passes as it came on a VLAN: IPv${family}, ${nameOf(tags)}`, async () => {
          const { parts } = inParts(family, 2222, id++, tags)
          assert.deepEqual((await pass(parts)).map(shown), parts.map(shown))
        })
  })

  it('passes in its parts where nothing is enforced, byte for byte', async () => {
    for (const mode of ['observe', 'shadow'] as const) {
      await enforce(mode)
      for (const { family, tags } of kinds) {
        const { parts } = inParts(family, 69, id++, tags)
        assert.deepEqual((await pass(parts)).map(shown), parts.map(shown))
      }
    }
  })
})
