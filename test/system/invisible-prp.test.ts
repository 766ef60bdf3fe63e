/**
 * PRP appends six bytes to every frame (IEC 62439-3), which putting IP packets together takes off. Once supervision frames show
 * that PRP runs here, the edge leaves fragments alone and the trailers stay; what is filtered stays filtered.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startDaemon, type Daemon } from './edge-process.ts'
import { infrastructure, others, permitted, withTrailer } from './invisible/frames.ts'
import { edgeName, policy } from './invisible/plant.ts'
import { shown, through } from './invisible/through.ts'
import { createWorld, type World } from './world/world.ts'

let world: World
let daemon: Daemon
const text = JSON.stringify(policy('contain'))
const outOfScope = withTrailer(others['SSH'] ?? new Uint8Array())
const supervision = infrastructure['PRP supervision with its trailer'] ?? new Uint8Array()
/** Those that a frame of ordinary length may carry. */
const trailed = Object.entries(permitted).flatMap(([name, frame]) =>
  frame.length > 1508 ? [] : [[name, withTrailer(frame)] as const],
)

const survives = async (frame: Uint8Array) => (await through(world, [frame])).map(shown).join() === shown(frame)

describe('on a wire with PRP', () => {
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
    const limit = performance.now() + 5000
    for (const [name, frame] of trailed)
      while (!(await survives(frame)))
        assert.ok(performance.now() < limit, `the daemon leaves frames alone within 5 s: ${name}`)
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
    const told = await daemon.events({ kind: ['degraded'] })
    assert.ok(
      told.some((event) => /PRP/.test(event.text)),
      told.map((event) => event.text).join('\n'),
    )
    const { state } = daemon
    await daemon.kill('SIGKILL')
    daemon = await startDaemon(world, { policy: text, edge: edgeName, state })
    for (const [name, frame] of trailed) assert.ok(await survives(frame), name)
    assert.deepEqual(await through(world, [outOfScope]), [])
  })
})
