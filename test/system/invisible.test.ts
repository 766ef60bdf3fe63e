/** The edge cannot be seen: what it lets pass comes out as it went in, and in observe and shadow that is everything. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bridgeSysctls } from '#edge/enforce.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { Nft } from '#linux/nftables.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import { ethernet, ipv4, ipv6, udp } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes } from '#packet/numbers.ts'
import { modes, type Mode } from '#schema/site.ts'
import { planFrom } from './containment/plant.ts'
import { edgeName, type Document } from './differential/policy.ts'
import { stayOnOneProcessor } from './differential/wires.ts'
import { addresses, bytes, infrastructure, macs, others, padded, permitted, process, withTrailer } from './invisible/frames.ts'
import { createWorld, type World } from './world/world.ts'

const policy = (mode: Mode): Document => ({
  version: 1,
  site: 'invisible',
  edges: {
    [edgeName]: {
      bridge: 'br0',
      ports: {
        plant: { zones: ['supervisory'], vlans: ['untagged', 20] },
        cell: { zones: ['cell'], vlans: ['untagged', 20] },
      },
    },
  },
  zones: {
    cell: { level: 1, networks: ['198.18.1.0/26', 'fd00:198:18:1::/64'], mode },
    supervisory: { level: 2, networks: ['198.18.1.64/26', 'fd00:198:18:2::/64'], mode },
  },
  assets: {
    plc: { ips: [...addresses.plc], macs: [macs.plc], zone: 'cell', kind: 'plc' },
    hmi: { ips: [...addresses.hmi], macs: [macs.hmi], zone: 'supervisory', kind: 'hmi' },
  },
  conduits: ['modbus', 'udp/2222', 'icmp'].map((service, at) => ({ id: `c${at}`, from: 'hmi', to: 'plc', service })),
  layer2: [{ zones: ['cell', 'supervisory'], allow: ['profinet', 'goose'] }],
})

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

const enforce = async (mode: Mode, prp = false) => {
  const plan = planFrom(policy(mode))
  unload(nft)
  for (const [name, value] of bridgeSysctls(plan, prp)) writeSysctl(name, value, { namespace: world.edge })
  await loadGeneration(plan, new Map(), world.edge)
}

const hex = (frame: Uint8Array) => Buffer.from(frame).toString('hex')
const end = ethernet({ dst: '01:80:c2:00:00:0e', src: '02:ba:00:00:00:01', etherType: etherTypes.lldp })
/** Everything that comes out at the cell when these frames go in at the plant, in order. */
const through = async (frames: readonly Uint8Array[]): Promise<Uint8Array[]> => {
  const out = world.wire('cell')
  out.drain()
  for (const frame of [...frames, end]) world.wire('plant').send(frame)
  const got: Uint8Array[] = []
  for (const limit = performance.now() + 2000; performance.now() < limit && (await out.wait(200)); ) {
    got.push(...out.drain())
    if (got.some((frame) => hex(frame) === hex(end))) break
  }
  return got.filter((frame) => hex(frame) !== hex(end))
}

const enforced = (mode: Mode) => mode === 'enforce' || mode === 'contain'

for (const mode of modes)
  describe(`in mode ${mode}`, () => {
    before(() => enforce(mode))
    const frames = { ...permitted, ...infrastructure, ...process, ...(enforced(mode) ? {} : { ...padded, ...others }) }
    for (const [name, frame] of Object.entries(frames))
      it(`${name} comes out byte for byte as it went in`, async () => {
        assert.deepEqual((await through([frame])).map(hex), [hex(frame)])
      })

    it('all of them come out in order, and back the other way', async () => {
      const all = Object.values(frames)
      assert.deepEqual((await through(all)).map(hex), all.map(hex))
    })

    if (!enforced(mode)) return
    for (const [name, frame] of Object.entries(padded))
      it(`${name} comes out as it went in, but for the padding that the next network card adds again`, async () => {
        const { end: length } = decodeFrame(frame)
        assert.deepEqual((await through([frame])).map((got) => hex(got.subarray(0, length))), [hex(frame.subarray(0, length))])
      })
    for (const [name, frame] of Object.entries(others))
      if (name !== 'IP with a PRP trailer')
        it(`${name} does not come out`, async () => assert.deepEqual((await through([frame])).map(hex), []))
  })

/** A datagram of the HMI in parts of 1,000 bytes. */
const inParts = (family: 4 | 6, dport: number, id: number): { parts: Uint8Array[]; payload: Uint8Array } => {
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
      etherType: family === 4 ? etherTypes.ipv4 : etherTypes.ipv6,
      payload: family === 4 ? ipv4(part) : ipv6(part),
    })
  })
  return { parts, payload }
}

/** What the IP packets carry, put together by their offsets. */
const together = (frames: readonly Uint8Array[]): Uint8Array => {
  const view = (frame: Uint8Array) => new DataView(frame.buffer, frame.byteOffset)
  const parts = frames.map((frame) => {
    const six = view(frame).getUint16(12) === etherTypes.ipv6
    const start = six ? (frame[20] === 44 ? 62 : 54) : 34
    const offset = six ? (frame[20] === 44 ? view(frame).getUint16(56) & 0xfff8 : 0) : (view(frame).getUint16(20) & 0x1fff) * 8
    const length = six ? view(frame).getUint16(18) + 54 - start : view(frame).getUint16(16) - 20
    return { offset, bytes: frame.subarray(start, start + length) }
  })
  const whole = new Uint8Array(Math.max(0, ...parts.map(({ offset, bytes: part }) => offset + part.length)))
  for (const { offset, bytes: part } of parts) whole.set(part, offset)
  return whole
}

describe('a datagram in parts', () => {
  for (const mode of ['enforce', 'contain'] as const)
    for (const family of [4, 6] as const)
      it(`arrives whole in mode ${mode} when it is permitted, over IPv${family}, whatever the order of its parts`, async () => {
        await enforce(mode)
        for (const [at, order] of [[0, 1, 2], [2, 0, 1]].entries()) {
          const { parts, payload } = inParts(family, 2222, 100 + at)
          const got = await through(order.flatMap((index) => parts[index] ?? []))
          assert.equal(hex(together(got)), hex(payload))
          for (const frame of got) assert.equal(decodeFrame(frame).src, macs.hmi)
        }
        const { parts } = inParts(family, 69, 200)
        assert.deepEqual(await through(parts), [])
        // Without its first part nobody knows what it is.
        assert.deepEqual(await through(inParts(family, 2222, 300).parts.slice(1)), [])
      })

  it('passes in its parts where nothing is enforced, byte for byte', async () => {
    for (const mode of ['observe', 'shadow'] as const) {
      await enforce(mode)
      for (const family of [4, 6] as const) {
        const { parts } = inParts(family, 69, 400)
        assert.deepEqual((await through(parts)).map(hex), parts.map(hex))
      }
    }
  })
})
void sleep
void withTrailer
