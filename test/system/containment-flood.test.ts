/**
 * A flood of spoofed sources, each with a MAC and an address of its own, while a known asset polls at 1 kHz: the sets fill, and
 * still nothing out of scope passes and no poll is lost.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { timedElements } from '#linux/nft-objects.ts'
import { table } from '#policy/nft/names.ts'
import { ack, icmpTo, plc, rtu, tcpTo, udpTo, type Sender } from './containment/frames.ts'
import { memory } from './containment/memory.ts'
import { addresses, mac, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
/** Per IP version: more than any set holds. */
const sources = { 4: 100_000, 6: long ? 100_000 : 70_000 }
/** Elements that the sets of strangers hold, see policy/nft/state. */
const room = 65_536

let scene: Scene
before(async () => {
  scene = await Scene.open()
  // Sensors count per source: their sets fill as well.
  const sensors = [
    { id: 'scan', counts: 'distinct-destinations' as const, over: 5, in: '10s', response: 'contain' as const },
    { id: 'ports', counts: 'distinct-ports' as const, over: 5, in: '10s' },
    { id: 'rate', counts: 'packets' as const, over: 100_000, in: '1s' },
    { id: 'peer', counts: 'first-seen-peer' as const },
  ]
  await scene.enforce(planFrom(plantPolicy({ known: 'contain 1h', more: { sensors } })))
})
after(() => scene.close())

const spoofed = (number: number, six: boolean): Sender => ({
  mac: mac((six ? 0x2000_0000 : 0x1000_0000) + number),
  ip: six
    ? `fd00:198:18:2::${(1 + (number >>> 16)).toString(16)}:${(number & 0xffff).toString(16)}`
    : `100.${64 + (number >>> 16)}.${(number >>> 8) & 255}.${number & 255}`,
})

/** Several ways out of scope, by number. */
const attack = (number: number, six: boolean): Uint8Array => {
  const from = spoofed(number, six)
  const to = plc(six)
  const kind = number % 4
  if (kind === 0) return tcpTo(from, to, 1024 + (number % 50_000))
  if (kind === 1) return udpTo(from, to, number % 40_000)
  return kind === 2
    ? icmpTo(from, to)
    : tcpTo(
        from,
        { ...to, ip: six ? `fd00:198:18:1::${(number % 60_000).toString(16)}` : `198.18.1.${1 + (number % 60)}` },
        502,
      )
}

const hmi: Sender = { mac: macs.hmi, ip: addresses.hmi[0] }
const device: Sender = { mac: macs.plc, ip: addresses.plc[0] }

interface Stream {
  /** Sends what is due at 1 kHz: a poll, and the device's answer to it. */
  tick(): void
  readonly polls: Set<number>
  readonly answers: Set<number>
}
const startStream = (): Stream => {
  const started = performance.now()
  const stream: Stream = {
    polls: new Set(),
    answers: new Set(),
    tick: () => {
      while (stream.polls.size < performance.now() - started) {
        stream.polls.add(scene.wires.send('plant', tcpTo(hmi, plc(false), 502, ack)))
        stream.answers.add(scene.wires.send('cell', tcpTo(device, hmi, 40_000, ack, 502)))
      }
    },
  }
  return stream
}

/** Floods from many sources. @returns ids of everything that came out where it should not have, and the stream's losses */
const flood = async (six: boolean) => {
  const stream = startStream()
  const attacks = new Set<number>()
  const arrived = new Set<number>()
  const collect = (all: readonly { id: number }[]) => {
    for (const { id } of all) arrived.add(id)
  }
  for (let number = 0; number < sources[six ? 6 : 4]; number++) {
    attacks.add(scene.wires.send('plant', attack(number, six)))
    stream.tick()
    if (number % 200 !== 0) continue
    collect(scene.wires.arrived())
    await setImmediate()
  }
  collect(await scene.wires.settled())
  const lost = [...stream.polls, ...stream.answers].filter((id) => !arrived.has(id)).length
  return { polls: stream.polls.size, lost, leaked: [...attacks].filter((id) => arrived.has(id)).length }
}

const elements = (set: string): number => timedElements('bridge', table, set, scene.wires.world.edge).length

describe('100,000 spoofed sources', () => {
  for (const six of [false, true])
    it(`over IPv${six ? 6 : 4}: nothing of them passes, no poll of a known asset is lost, memory is bounded`, async (t) => {
      const earlier = memory()
      const { polls, lost, leaked } = await flood(six)
      const grown = { slab: memory().slab - earlier.slab, available: earlier.available - memory().available }
      t.diagnostic(`${polls} polls; slab +${grown.slab.toFixed(0)} MB, available -${grown.available.toFixed(0)} MB`)
      assert.equal(leaked, 0)
      assert.equal(lost, 0)
      assert.ok(polls > 500, `${polls} polls were sent while it lasted`)
      assert.equal(elements(`strangers${six ? 6 : 4}`), room)
      assert.ok(grown.slab < 150, `slab grew by ${grown.slab.toFixed(0)} MB`)
    })

  it('fill no set beyond its size, and none of those for known assets', () => {
    const sizes = { stranger_macs: room, carriers: 4096, denials4: 16_384, denials6: 16_384, denials_plain4: 4096 }
    for (const [set, size] of Object.entries(sizes)) assert.ok(elements(set) <= size, set)
    for (const name of ['contained_known4', 'contained_known6', 'held4', 'held6', 'breaker'])
      assert.equal(elements(name), 0)
  })

  it('leave a full set behind, and the next stranger is denied all the same, for good', async () => {
    const newcomer: Sender = { mac: mac(0x66_0001), ip: '198.18.80.1' }
    for (let round = 0; round < 3; round++)
      assert.deepEqual(
        await scene.passing('plant', { ssh: tcpTo(newcomer, plc(false), 22), ping: icmpTo(newcomer, plc(false)) }),
        [],
      )
    // There is no place for it: what anybody may use, it may still use.
    assert.deepEqual(await scene.passing('plant', { any: tcpTo(newcomer, rtu(false), 4840) }), ['any'])
  })

  it('do not keep the three places from known assets that leave their scope', async () => {
    const ews: Sender = { mac: macs.ews, ip: addresses.ews[0] }
    assert.deepEqual(await scene.passing('plant', { out: tcpTo(ews, plc(false), 22) }), [])
    assert.equal(elements('contained_known4'), 1)
    assert.equal(elements('breaker'), 1)
  })
})
