/** A link that is lost on one side of an edge is lost on the other, and comes back: what is redundant behind it must notice. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setLink } from '#linux/bridge.ts'
import { links } from '#linux/rtnetlink.ts'
import { type Daemon, startDaemon } from './edge-process.ts'
import { createWorld } from './world/world.ts'
import { until } from './until.ts'

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
type Port = 'plant' | 'cell'
interface Scene {
  readonly daemon: Daemon
  /** Both ends of both cables have their carrier. */
  readonly bothUp: () => boolean
  readonly hasCarrier: (port: Port) => boolean
  readonly pull: (port: Port) => Promise<void>
  readonly plug: (port: Port) => Promise<void>
  /** Gives an interface of the edge another name. */
  readonly rename: (from: string, to: string) => Promise<void>
  /** Starts a daemon where the one before ended. */
  readonly again: () => Promise<Daemon>
}

/** Runs a test in a world of its own. */
const scene = async (name: string, mirror: 'on' | 'off', test: (scene: Scene) => Promise<void>): Promise<void> => {
  await using world = await createWorld({ name, ports: ['plant', 'cell'] })
  let daemon = await startDaemon(world, { policy: policy(mirror), edge: 'cell-edge' })
  const { policyFile, state, socket } = daemon
  // The far end of a port's cable.
  const at = (port: Port) => ({ namespace: `${name}-at-${port}` })
  const hasCarrier = (port: Port) =>
    links(at(port)).find((link) => link.name === 'wire')?.carrier === true &&
    links({ namespace: world.edge }).find((link) => link.name === port)?.carrier === true
  try {
    await test({
      daemon,
      hasCarrier,
      bothUp: () => hasCarrier('plant') && hasCarrier('cell'),
      pull: (port) => setLink('wire', 'down', at(port)),
      plug: (port) => setLink('wire', 'up', at(port)),
      rename: async (from, to) => {
        const { code, stderr } = await world.exec('edge', 'ip', ['link', 'set', from, 'name', to])
        assert.equal(code, 0, stderr)
      },
      again: async () => (daemon = await startDaemon(world, { policyFile, edge: 'cell-edge', state, socket })),
    })
  } finally {
    await daemon.stop()
  }
}

describe('link mirroring', { concurrency: true }, () => {
  for (const [near, far] of [
    ['plant', 'cell'],
    ['cell', 'plant'],
  ] as const)
    it(`takes ${far} down when ${near} loses its carrier, and up again when it is back, and tells`, () =>
      scene(`links-${near}`, 'on', async ({ daemon, bothUp, hasCarrier, pull, plug }) => {
        assert.ok(bothUp())
        await pull(near)
        assert.ok((await until(`${far} goes down`, () => !hasCarrier(far))) < 1500)
        // It stays down as long as the cause does.
        await sleep(2500)
        assert.ok(!hasCarrier(far))
        assert.ok(
          (await daemon.call('status', {})).alarms.some(
            (text) => text === `Port ${far} is held down as long as port ${near} has no carrier.`,
          ),
        )
        await plug(near)
        const ms = await until('both are up', bothUp)
        assert.ok(ms > 1500, `up again after ${ms} ms: a bouncing cable would bounce on the far side`)
        await until('no alarm is left', async () => (await daemon.call('status', {})).alarms.length === 0)
        const told = await daemon.events({ kind: ['link-down', 'link-up'] })
        const kinds = new Set(told.map(({ kind, source }) => `${kind} ${source?.port}`))
        assert.deepEqual([...kinds].toSorted(), ['link-down cell', 'link-down plant', 'link-up cell', 'link-up plant'])
      }))

  it('ends with both up after a cable that bounces, and after both were pulled', () =>
    scene('links-bounce', 'on', async ({ bothUp, pull, plug }) => {
      for (let i = 0; i < 6; i++) {
        await pull('plant')
        await sleep(60)
        await plug('plant')
        await sleep(60)
      }
      await until('both are up after bouncing', bothUp)
      await Promise.all([pull('plant'), pull('cell')])
      await sleep(300)
      await plug('cell')
      await sleep(300)
      await plug('plant')
      await until('both are up after both were down', bothUp)
    }))

  it('follows a link that was missing when the daemon started, and lets go when the daemon ends or is restarted', () =>
    scene('links-start', 'on', async ({ daemon, again, bothUp, hasCarrier, pull, plug }) => {
      await daemon.stop()
      await pull('plant')
      const second = await again()
      await until('the far side follows', () => !hasCarrier('cell'))
      await plug('plant')
      await until('both are up', bothUp)
      await pull('cell')
      await until('plant goes down', () => !hasCarrier('plant'))
      await second.kill('SIGKILL')
      await plug('cell')
      const third = await again()
      await until('both are up again', bothUp)
      await pull('cell')
      await until('plant goes down once more', () => !hasCarrier('plant'))
      // As a terminal that is closed ends it.
      await third.kill('SIGHUP')
      await third.exited
      assert.ok(hasCarrier('plant'))
    }))

  it('is not done where the policy does not ask for it: only told', () =>
    scene('links-off', 'off', async ({ daemon, hasCarrier, pull }) => {
      await pull('plant')
      await until('an alarm', async () =>
        (await daemon.call('status', {})).alarms.includes('Port plant (plant) has no carrier.'),
      )
      await sleep(500)
      assert.ok(hasCarrier('cell'))
    }))

  it('is not confused with a port whose interface is not there any more, which is an alarm of its own', () =>
    scene('links-gone', 'off', async ({ daemon, rename }) => {
      const told = async () => (await daemon.call('status', {})).alarms
      await rename('cell', 'cell9')
      const gone = (text: string) => text.startsWith('Port cell: there is no interface cell on this machine any more')
      await until('an alarm', async () => (await told()).some(gone))
      assert.ok(!(await told()).some((text) => text.includes('put it back')), 'a restart would find no port')
      const findings = await daemon.call('doctor', {})
      const port = findings.find(({ id }) => id === 'port-cell')
      assert.equal(port?.found, 'there is no interface cell on this machine any more')
      await rename('cell9', 'cell')
      await until('it is over', async () => !(await told()).some(gone))
    }))
})
