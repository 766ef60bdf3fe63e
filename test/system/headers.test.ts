/** IP headers of every kind of wrong, by the thousand: the bridge does with them what `evaluate` says, and contains whom it says. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { packetOf } from '#inspect/packet.ts'
import { ethernet, ipv4, ipv6, tcp, udp } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { evaluate } from '#policy/evaluate.ts'
import { initialState } from '#policy/state.ts'
import { addresses, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'
import { Random } from './differential/random.ts'
import { markLength } from './differential/wires.ts'

let scene: Scene
before(async () => {
  scene = await Scene.open()
})
after(() => scene.close())

const conduits = [
  { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus' },
  { id: 'data', from: 'hmi', to: 'plc', service: 'udp/2222' },
  { id: 'whole', from: 'ews', to: 'rtu', service: 'tcp/any' },
]
const { hopByHop, routing, fragment, authentication, destination, none } = ipProtocols
const extensionTypes = [hopByHop, routing, fragment, authentication, destination, none, 135]
const values = [0, 1, 4, 5, 6, 8, 16, 17, 32, 43, 44, 51, 59, 60, 64, 69, 70, 96, 255]
/** Fields that say how to read the rest: version, lengths, parts, protocol. */
const telling = { 4: [0, 2, 3, 6, 7, 9], 6: [0, 4, 5, 6] } as const

const transport = (random: Random, ends: { src: string; dst: string }, isAnswer: boolean) => {
  const port = random.pick([502, 502, 2222, 22])
  const ports = isAnswer ? { sport: port, dport: 40_000 } : { sport: 40_000, dport: port }
  return random.chance(0.5)
    ? ([
        6,
        tcp(ends, { ...ports, flags: random.pick([tcpFlags.syn, tcpFlags.ack]), payload: new Uint8Array(100) }),
      ] as const)
    : ([17, udp(ends, { ...ports, payload: new Uint8Array(108) })] as const)
}

const packetFor = (
  random: Random,
  ends: { src: string; dst: string },
  isAnswer: boolean,
  family: 4 | 6,
): Uint8Array => {
  const [proto, payload] = transport(random, ends, isAnswer)
  const part = { offset: random.pick([0, 0, 8, 64, 128]), more: random.chance(0.7), id: random.int(1, 3) }
  const given = { ...ends, proto, payload, ...(random.chance(0.4) ? { fragment: part } : {}) }
  if (family === 4)
    return ipv4({
      ...given,
      ...(random.chance(0.3) ? { options: new Uint8Array(random.pick([4, 8, 40])).fill(1) } : {}),
    })
  const extensions = random.chance(0.5) ? random.times(1, 3, () => ({ type: random.pick(extensionTypes) })) : []
  return ipv6({ ...given, extensions })
}

interface Sent {
  readonly port: 'plant' | 'cell'
  readonly bytes: Uint8Array
}

const sentOnce = (random: Random): Sent => {
  const [who, to, port] = random.pick([
    ['hmi', 'plc', 'plant'],
    ['ews', 'rtu', 'plant'],
    ['plc', 'hmi', 'cell'],
  ] as const)
  const family = random.chance(0.6) ? 6 : 4
  const at = family === 4 ? 0 : 1
  const payload = packetFor(random, { src: addresses[who][at], dst: addresses[to][at] }, who === 'plc', family)
  for (let changes = random.int(0, 3); changes > 0; changes--) {
    const begin = family === 4 ? 20 : 40
    const where = random.chance(0.6) ? random.pick(telling[family]) : random.int(begin, begin + 30)
    payload[where] = random.chance(0.9) ? random.pick(values) : random.int(0, 255)
  }
  const tags = random.chance(0.2) ? [{ id: 20 }] : []
  const etherType = family === 4 ? etherTypes.ipv4 : etherTypes.ipv6
  return { port, bytes: ethernet({ dst: macs[to], src: macs[who], tags, etherType, payload }) }
}

/** With its mark behind every header, or behind it all and wrong still; and not cut short inside a header, of which nobody makes anything. */
const isTold = ({ bytes }: Sent): boolean => {
  const { family, end, networkOffset, proto } = decodeFrame(bytes)
  if (family === 0) return decodeFrame(Uint8Array.of(...bytes, ...new Uint8Array(markLength))).family === 0
  return end >= networkOffset + 120 && proto >= 0
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.subarray(12)).toString('hex')

describe('headers that are wrong', () => {
  for (const [seed, mode] of [
    [1, 'enforce'],
    [2, 'enforce'],
    [3, 'contain'],
    [4, 'contain'],
  ] as const)
    it(`fare as evaluate says in mode ${mode}, and so do their senders (seed ${seed})`, async () => {
      const plan = planFrom(plantPolicy({ mode, known: 'contain 1h', more: { conduits } }))
      await scene.enforce(plan)
      const random = new Random(seed)
      const differing: string[] = []
      let state = initialState()
      let passed = 0
      for (let round = 0; round < 100; round++) {
        const port = random.pick(['plant', 'plant', 'cell'] as const)
        const sent = random.times(40, 40, () => sentOnce(random)).filter((one) => one.port === port && isTold(one))
        const arrived = new Set(
          (
            await scene.send(
              port,
              sent.map(({ bytes }) => bytes),
            )
          ).map(({ at }) => at),
        )
        passed += arrived.size
        for (const [at, { bytes }] of sent.entries()) {
          const packet = packetOf(decodeFrame(bytes), port, port === 'plant' ? 'cell' : 'plant')
          const verdict = evaluate(plan, state, packet)
          state = verdict.state
          if (arrived.has(at) !== (verdict.outcome === 'permit'))
            differing.push(`${arrived.has(at) ? 'passed' : 'denied'}, not ${verdict.reason}: ${hex(bytes)}`)
        }
      }
      assert.deepEqual(differing, [])
      assert.ok(passed > 50, `${passed} passed`)
      const contained = [...state.containedKnown].map((key) => `known ${key.split(' ')[1] ?? ''}`)
      assert.deepEqual(scene.contained(), contained.toSorted())
    })
})
