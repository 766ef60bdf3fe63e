/**
 * PRP appends six bytes to every frame (IEC 62439-3), which the IP hooks take off. Where something needs these hooks, supervision frames
 * that show that PRP runs here make the edge do without them, and the trailers stay; what is filtered stays filtered.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon, type Daemon } from './edge-process.ts'
import { infrastructure, others, permitted, withTrailer } from './invisible/frames.ts'
import { edgeName, policy } from './invisible/plant.ts'
import { shown, through } from './invisible/through.ts'
import { createWorld, type World } from './world/world.ts'

let world: World
let daemon: Daemon
const plain = policy('contain')
/** Commands that are judged come to the IP hooks. */
const text = JSON.stringify({
  ...plain,
  conduits: [...(plain.conduits ?? []), { id: 'judged', from: 'hmi', to: 'plc', service: 's7comm', allow: ['read'] }],
})
const outOfScope = withTrailer(others['SSH'] ?? new Uint8Array())
const supervision = infrastructure['PRP supervision with its trailer'] ?? new Uint8Array()
/** Those that a frame of ordinary length may carry. */
const trailed = Object.entries(permitted).flatMap(([name, frame]) =>
  frame.length > 1508 ? [] : [[name, withTrailer(frame)] as const],
)

const survives = async (frame: Uint8Array) => (await through(world, [frame])).map(shown).join() === shown(frame)

it('on a wire with PRP every trailer stays from the beginning where nothing needs the IP hooks, and nothing is said', async () => {
  await using plant = await createWorld({ name: 'trailers', ports: ['plant', 'cell'], bridged: false })
  await using edge = await startDaemon(plant, { policy: JSON.stringify(plain), edge: edgeName })
  plant.listen()
  const frames = [...trailed.map(([, frame]) => frame), supervision, ...trailed.map(([, frame]) => frame)]
  assert.deepEqual((await through(plant, frames)).map(shown), frames.map(shown))
  assert.deepEqual(await through(plant, [outOfScope]), [])
  assert.deepEqual(await edge.events({ kind: ['degraded'] }), [])
  assert.deepEqual((await edge.call('status', {})).alarms, [])
})

describe('on a wire with PRP where commands are judged', () => {
  before(async () => {
    world = await createWorld({ name: 'prp', ports: ['plant', 'cell'], bridged: false })
    daemon = await startDaemon(world, { policy: text, edge: edgeName })
    world.listen()
  })
  after(async () => {
    await daemon.stop()
    await world.close()
  })

  it('trailers are lost before anybody can know of PRP, and nothing else', async () => {
    const [, frame = outOfScope] = trailed[0] ?? []
    assert.deepEqual((await through(world, [frame])).map(shown), [shown(frame.subarray(0, -6))])
  })

  it('a supervision frame passes whole, and from then on every trailer stays', async () => {
    assert.ok(await survives(supervision))
    // One IP version after the other.
    const limit = performance.now() + 30_000
    for (const [name, frame] of trailed)
      while (!(await survives(frame)))
        assert.ok(performance.now() < limit, `the daemon leaves frames alone in time: ${name}`)
    for (const [name, frame] of trailed) assert.ok(await survives(frame), name)
    for (const [name, frame] of Object.entries(infrastructure)) assert.ok(await survives(frame), name)
  })

  it('what nothing permits is denied as before, with and without a trailer', async () => {
    assert.deepEqual(await through(world, [outOfScope]), [])
    assert.deepEqual(await through(world, [others['SSH'] ?? outOfScope]), [])
    const [part] = ['the last part of a datagram'].map((name) => others[name] ?? outOfScope)
    assert.deepEqual(await through(world, [part ?? outOfScope]), [])
  })

  it('is said, and remembered over kill -9', async () => {
    const told = async () => (await daemon.events({ kind: ['degraded'] })).map((event) => event.text)
    for (const end = performance.now() + 30_000; performance.now() < end; await sleep(100))
      if ((await told()).some((one) => one.startsWith('PRP'))) break
    assert.match((await told()).join('\n'), /^PRP runs on this wire/m)
    assert.match((await daemon.call('status', {})).alarms.join('\n'), /^PRP runs on this wire/m)
    const { state } = daemon
    await daemon.kill('SIGKILL')
    daemon = await startDaemon(world, { policy: text, edge: edgeName, state })
    for (const [name, frame] of trailed) assert.ok(await survives(frame), name)
    assert.deepEqual(await through(world, [outOfScope]), [])
  })
})
