/** The edge cannot be seen: what it lets pass comes out as it went in, and in observe and shadow that is everything. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { bridgeSysctls } from '#edge/enforce.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { Nft } from '#linux/nftables.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import { ethernet, ipv4, ipv6, udp, type Tag } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes } from '#packet/numbers.ts'
import { modes, type Mode } from '#schema/site.ts'
import { planFrom } from './containment/plant.ts'
import { stayOnOneProcessor } from './differential/wires.ts'
import { addresses, bytes, infrastructure, macs, others, padded, permitted, process } from './invisible/frames.ts'
import { policy } from './invisible/plant.ts'
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

const enforce = async (mode: Mode) => {
  const plan = planFrom(policy(mode))
  unload(nft)
  for (const [name, value] of bridgeSysctls(plan, false)) writeSysctl(name, value, { namespace: world.edge })
  await loadGeneration(plan, new Map(), world.edge)
}

const pass = (frames: readonly Uint8Array[]) => through(world, frames)

const enforced = (mode: Mode) => mode === 'enforce' || mode === 'contain'

for (const mode of modes)
  describe(`in mode ${mode}`, () => {
    before(() => enforce(mode))
    const frames = { ...permitted, ...infrastructure, ...process, ...(enforced(mode) ? {} : { ...padded, ...others }) }
    for (const [name, frame] of Object.entries(frames))
      it(`${name} comes out byte for byte as it went in`, async () => {
        assert.deepEqual((await pass([frame])).map(shown), [shown(frame)])
      })

    it('all of them come out in order', async () => {
      const all = Object.values(frames)
      assert.deepEqual((await pass(all)).map(shown), all.map(shown))
    })

    if (!enforced(mode)) return
    for (const [name, frame] of Object.entries(padded))
      it(`${name} comes out as it went in, but for the padding that the next network card adds again`, async () => {
        const { end: length } = decodeFrame(frame)
        assert.deepEqual(
          (await pass([frame])).map((got) => shown(got.subarray(0, length))),
          [shown(frame.subarray(0, length))],
        )
      })
    for (const [name, frame] of Object.entries(others))
      if (name !== 'IP with a PRP trailer')
        it(`${name} does not come out`, async () => assert.deepEqual((await pass([frame])).map(shown), []))
  })

/** A datagram of the HMI in parts of 1,000 bytes. */
const inParts = (
  family: 4 | 6,
  dport: number,
  id: number,
  tags: readonly Tag[] = [],
): { parts: Uint8Array[]; payload: Uint8Array } => {
  const ends = { src: addresses.hmi[family === 4 ? 0 : 1], dst: addresses.plc[family === 4 ? 0 : 1] }
  const payload = udp(ends, { sport: 40_000, dport, payload: bytes(2800) })
  const parts = [0, 1000, 2000].map((offset) => {
    const part = {
      ...ends,
      proto: 17,
      payload: payload.subarray(offset, offset + 1000),
      fragment: { offset, more: offset + 1000 < payload.length, id },
    }
    return ethernet({
      dst: macs.plc,
      src: macs.hmi,
      tags,
      etherType: family === 4 ? etherTypes.ipv4 : etherTypes.ipv6,
      payload: family === 4 ? ipv4(part) : ipv6(part),
    })
  })
  return { parts, payload }
}

const nameOf = (tags: readonly Tag[]) =>
  tags.map((one) => (one.id === 0 ? 'with a priority tag' : 'on a VLAN')).join() || 'untagged'

/** What the IP packets carry, put together by their offsets. */
const together = (tagged: readonly Uint8Array[]): Uint8Array => {
  const frames = tagged.map((frame) =>
    frame[12] === 0x81 && frame[13] === 0 ? Uint8Array.of(...frame.subarray(0, 12), ...frame.subarray(16)) : frame,
  )
  const view = (frame: Uint8Array) => new DataView(frame.buffer, frame.byteOffset)
  const parts = frames.map((frame) => {
    const six = view(frame).getUint16(12) === etherTypes.ipv6
    const start = six ? (frame[20] === 44 ? 62 : 54) : 34
    const offset = six
      ? frame[20] === 44
        ? view(frame).getUint16(56) & 0xfff8
        : 0
      : (view(frame).getUint16(20) & 0x1fff) * 8
    const length = six ? view(frame).getUint16(18) + 54 - start : view(frame).getUint16(16) - 20
    return { offset, bytes: frame.subarray(start, start + length) }
  })
  const whole = new Uint8Array(Math.max(0, ...parts.map(({ offset, bytes: part }) => offset + part.length)))
  for (const { offset, bytes: part } of parts) whole.set(part, offset)
  return whole
}

describe('a datagram in parts', () => {
  const priority: Tag = { id: 0, priority: 4 }
  const tag: Tag = { id: 20, priority: 4 }
  const kinds = ([4, 6] as const).flatMap((family) => [[], [priority], [tag]].map((tags) => ({ family, tags })))
  let id = 100

  for (const mode of ['enforce', 'contain'] as const)
    describe(`in mode ${mode}`, () => {
      before(() => enforce(mode))

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
          // Without its first part nobody knows what it is.
          assert.deepEqual(await pass(inParts(family, 2222, id++).parts.slice(1)), [])
        })

      for (const { family, tags } of kinds)
        if (tags.length > 0)
          it(`does not come out at all, rather than on another VLAN: IPv${family}, ${nameOf(tags)}`, async () => {
            assert.deepEqual((await pass(inParts(family, 2222, id++, tags).parts)).map(shown), [])
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
