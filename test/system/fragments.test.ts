/** Parts of packets that come before their first ones: denied once, and then the kernel puts packets together. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon, type Daemon } from './edge-process.ts'
import { inParts, together } from './invisible/parts.ts'
import { edgeName, policy } from './invisible/plant.ts'
import { shown, through } from './invisible/through.ts'
import { until } from './until.ts'
import { createWorld, type World } from './world/world.ts'

let world: World
let daemon: Daemon
let id = 1

const text = JSON.stringify(policy('contain'))

/** Whether a datagram arrives whose last part is sent first. */
const arrives = async (family: 4 | 6, port = 2222): Promise<boolean> => {
  const { parts, payload } = inParts(family, port, id++)
  return shown(together(await through(world, parts.toReversed()))) === shown(payload)
}
const patience = { everyMs: 100 }

describe('where parts come before their first one', () => {
  before(async () => {
    world = await createWorld({ name: 'parts', ports: ['plant', 'cell'], bridged: false })
    daemon = await startDaemon(world, { policy: text, edge: edgeName })
    world.listen()
  })
  after(async () => {
    await daemon.stop()
    await world.close()
  })

  it('nothing changes because of a datagram that nothing permits, in any order', async () => {
    const { parts } = inParts(4, 69, id++)
    assert.deepEqual(await through(world, parts), [])
    await until('both denials are told', async () => (await daemon.events({ kind: ['denial'] })).length >= 2, patience)
    await sleep(2500)
    assert.deepEqual(await daemon.events({ kind: ['reapply'] }), [])
  })

  it('nothing changes because of parts whose first one was lost, or that somebody made up', async () => {
    for (const family of [4, 6] as const) {
      const { parts } = inParts(family, 2222, id++)
      assert.deepEqual(await through(world, parts.slice(1)), [])
    }
    const alone = async () =>
      (await daemon.events({ kind: ['denial'] })).filter(({ reason }) => reason === 'fragment-alone').length
    await until('both are told', async () => (await alone()) >= 2, patience)
    await sleep(4500)
    assert.deepEqual(await daemon.events({ kind: ['reapply'] }), [])
    assert.ok((await through(world, inParts(4, 2222, id++).parts)).length === 3, 'parts are left apart')
  })

  it('the first datagram is lost, the event says why, and then they arrive', async () => {
    assert.equal(await arrives(6), false)
    await until('IPv6 arrives', () => arrives(6), patience)
    await until('IPv4 arrives', () => arrives(4), patience)
    const denials = await daemon.events({ kind: ['denial'] })
    assert.ok(denials.some(({ reason }) => reason === 'fragment-alone'))
    const [told, ...more] = await daemon.events({ kind: ['reapply'] })
    assert.match(told?.text ?? '', /^Parts of packets come here before their first ones/)
    assert.deepEqual(more, [])
    assert.deepEqual((await daemon.call('status', {})).alarms, [])
    assert.equal(await arrives(4, 69), false)
  })

  it('that is remembered over kill -9', async () => {
    const { state } = daemon
    await daemon.kill('SIGKILL')
    assert.ok(await arrives(4))
    daemon = await startDaemon(world, { policy: text, edge: edgeName, state })
    assert.ok(await arrives(6))
    assert.equal((await daemon.events({ kind: ['reapply'] })).length, 1)
  })
})
