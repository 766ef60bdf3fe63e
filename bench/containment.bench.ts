/** First contacts of strangers: how many of their frames reach the other side, against the bare bridge. */
import { ethernet, ipv4, tcp } from '#packet/build.ts'
import { benchWorld, planOf, plc } from './plant.ts'
import { row, type Benchmark } from './row.ts'
import { bare, enforced } from './rules.ts'
import type { World } from '../test/system/world/world.ts'

const strangers = 1000
const macOf = (i: number) =>
  `02:0a:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`
const frames = (i: number): Uint8Array[] => {
  const src = `203.0.113.${1 + (i % 250)}`
  const ip = (dport: number) =>
    ethernet({
      dst: plc.mac,
      src: macOf(i),
      etherType: 0x0800,
      payload: ipv4({ src, dst: plc.ip, proto: 6, payload: tcp({ src, dst: plc.ip }, { sport: 1024 + i, dport }) }),
    })
  const other = (etherType: number) =>
    ethernet({ dst: 'ff:ff:ff:ff:ff:ff', src: macOf(i), etherType, payload: new Uint8Array(46) })
  return [ip(502), ip(22), ip(5000), other(0x0806), other(0x8892), other(0x88b8), other(0x88cc)]
}

const deliver = (world: World): number => {
  const hmi = world.socket('hmi')
  const seen = world.socket('plc')
  seen.drain()
  let delivered = 0
  for (let i = 0; i < strangers; i++) {
    for (const frame of frames(i)) hmi.send(frame)
    delivered += seen.drain().length
  }
  return delivered
}

const leak = async () => {
  await using world = await benchWorld()
  const plan = planOf(10)
  bare(world, plan)
  const floor = deliver(world)
  await enforced(world, plan)
  const leaked = deliver(world)
  return row({
    name: 'containment-leak',
    value: leaked,
    unit: `frames of ${strangers * 7}`,
    against: { name: 'bare bridge', value: floor },
    limit: '0 frames',
    ok: leaked === 0 && floor === strangers * 7,
  })
}

export const benchmark: Benchmark = { names: ['containment-leak'], run: async () => [await leak()] }
