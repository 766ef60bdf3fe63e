/** A link that is lost on one side of an edge is lost on the other, and comes back: what is redundant behind it must notice. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setLink } from '#linux/bridge.ts'
import { links } from '#linux/rtnetlink.ts'
import { type Daemon, startDaemon } from './edge-process.ts'
import { createWorld, type World } from './world/world.ts'

const policy = (mirror: 'on' | 'off') => `version: 1
site: riverside
timezone: UTC
edges:
  cell-edge:
    bridge: br0
    ports:
      plant: { zones: [supervisory] }
      cell: { zones: [cell] }
    link-mirror: ${mirror}
zones:
  cell: { level: 1, networks: [198.18.1.0/26] }
  supervisory: { level: 2, networks: [198.18.1.64/26] }
`
/** The far end of a port's cable. */
const wireOf = (port: 'plant' | 'cell') => ({ namespace: `links-at-${port}` })
const hasCarrier = (port: 'plant' | 'cell', world: World) =>
  links(wireOf(port)).find(({ name }) => name === 'wire')?.carrier === true &&
  links({ namespace: world.edge }).find(({ name }) => name === port)?.carrier === true
const until = async (what: string, holds: () => boolean | Promise<boolean>, limitMs = 9000): Promise<number> => {
  const began = performance.now()
  while (!(await holds())) {
    assert.ok(performance.now() - began < limitMs, `${what}: not within ${limitMs} ms`)
    await sleep(5)
  }
  return performance.now() - began
}

describe('link mirroring', () => {
  let world: World
  let daemon: Daemon
  before(async () => {
    world = await createWorld({ name: 'links', ports: ['plant', 'cell'] })
    daemon = await startDaemon(world, { policy: policy('on'), edge: 'cell-edge' })
  })
  after(async () => {
    await daemon.stop()
    await world.close()
  })
  const bothUp = () => hasCarrier('plant', world) && hasCarrier('cell', world)
  const pull = (port: 'plant' | 'cell') => setLink('wire', 'down', wireOf(port))
  const plug = (port: 'plant' | 'cell') => setLink('wire', 'up', wireOf(port))

  for (const [near, far] of [
    ['plant', 'cell'],
    ['cell', 'plant'],
  ] as const)
    it(`takes ${far} down when ${near} loses its carrier, and up again when it is back`, async () => {
      assert.ok(bothUp())
      await pull(near)
      assert.ok((await until(`${far} goes down`, () => !hasCarrier(far, world))) < 1000)
      // It stays down as long as the cause does.
      if (near === 'plant') await sleep(2300)
      assert.ok(!hasCarrier(far, world))
      await plug(near)
      const ms = await until('both are up', bothUp)
      assert.ok(ms > 1500, `up again after ${ms} ms: a bouncing cable would bounce on the far side`)
      await until('no alarm is left', async () => (await daemon.call('status', {})).alarms.length === 0)
    })

  it('ends with both up after a cable that bounces, and after both were pulled', async () => {
    for (let i = 0; i < 6; i++) {
      await pull('plant')
      await sleep(60)
      await plug('plant')
      await sleep(60)
    }
    await until('both are up after bouncing', bothUp, 8000)
    await Promise.all([pull('plant'), pull('cell')])
    await sleep(300)
    await plug('cell')
    await sleep(300)
    await plug('plant')
    await until('both are up after both were down', bothUp, 8000)
  })

  it('does not take down what stays up when the daemon starts with a link that is missing, and follows it afterwards', async () => {
    await daemon.stop()
    await pull('plant')
    const { policyFile, state, socket } = daemon
    daemon = await startDaemon(world, { policyFile, edge: 'cell-edge', state, socket })
    await until('the far side follows', () => !hasCarrier('cell', world))
    await plug('plant')
    await until('both are up', bothUp)
  })

  it('brings up what an earlier daemon took down', async () => {
    await pull('cell')
    await until('plant goes down', () => !hasCarrier('plant', world))
    await daemon.kill('SIGKILL')
    await plug('cell')
    const { policyFile, state, socket } = daemon
    daemon = await startDaemon(world, { policyFile, edge: 'cell-edge', state, socket })
    await until('both are up', bothUp)
  })

  it('tells of every link that is lost and found', async () => {
    const kinds = new Set(
      (await daemon.events({ kind: ['link-down', 'link-up'], limit: 200 })).map(
        ({ kind, source }) => `${kind} ${source?.port}`,
      ),
    )
    assert.deepEqual([...kinds].toSorted(), ['link-down cell', 'link-down plant', 'link-up cell', 'link-up plant'])
  })
})
