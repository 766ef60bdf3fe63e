/** Commands judged by an edge that routes instead of bridging, over IPv4 and IPv6. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startDaemon, type Daemon } from './edge-process.ts'
import { Talker } from './inspection/cell.ts'
import { mbap, read, readAnswer, refusal, target, write } from './inspection/proving-ground.ts'
import { Watched } from './inspection/watched.ts'
import { addressesOf, createRoutedWorld } from './world/routed.ts'
import type { World } from './world/world.ts'

const hosts = { hmi: { port: 'plant', number: 70 }, plc: { port: 'cell', number: 10 } } as const
const hmi = addressesOf(hosts.hmi)
const plc = addressesOf(hosts.plc)

const policy = (conduit: Record<string, unknown>): string =>
  JSON.stringify({
    version: 1,
    site: 'routed',
    edges: { border: { ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
    zones: {
      office: { level: 3, networks: ['198.18.2.0/24', 'fd00:198:18:2::/64'], mode: 'contain' },
      line: { level: 1, networks: ['198.18.1.0/24', 'fd00:198:18:1::/64'], mode: 'contain' },
    },
    assets: {
      hmi: { ips: [hmi[4], hmi[6]], zone: 'office', kind: 'hmi' },
      plc: { ips: [plc[4], plc[6]], zone: 'line', kind: 'plc' },
    },
    conduits: [
      { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus', allow: ['read'], reason: 'test', ...conduit },
    ],
  })

for (const [how, onFailure] of [
  ['open', {}],
  ['closed', { 'on-failure': 'closed' }],
] as const)
  describe(`a routed edge whose conduit fails ${how}`, () => {
    let world: World
    let daemon: Daemon
    let watched: Watched
    const programs: Talker[] = []
    const start = (host: keyof typeof hosts, script?: string, args: readonly string[] = []): Talker => {
      const talker = new Talker(world, host, script, args)
      programs.push(talker)
      return talker
    }
    const talker = async (family: 4 | 6): Promise<Talker> => {
      const one = start('hmi')
      assert.ok('port' in (await one.ask({ connect: [plc[family], 502] })), daemon.log())
      return one
    }
    /** What stands in the target, by the controller's own side. */
    const value = async (): Promise<number> => {
      const inside = start('plc')
      await inside.ask({ connect: [plc[4], 502] })
      const answer = await inside.exchange(mbap(1, `03 ${target.register.toString(16).padStart(4, '0')} 0001`), 11)
      return Number.parseInt(answer.slice(18, 22), 16)
    }

    before(async () => {
      world = await createRoutedWorld(how, hosts)
      await start('plc', 'lab/devices/plc.ts', ['--host', '::']).line()
      daemon = await startDaemon(world, { edge: 'border', policy: policy(onFailure), routed: true })
      watched = new Watched(daemon)
    })
    after(async () => {
      for (const program of programs) await program.end()
      await daemon?.stop()
      await watched?.end()
      await world?.close()
    })

    for (const family of [4, 6] as const)
      test(`IPv${family}: a write among reads is refused, its neighbours are answered, and the connection goes on`, async () => {
        const client = await talker(family)
        const answers = await client.exchange(read(1) + write(2) + read(3), 35)
        for (const part of [readAnswer(1), refusal(2), readAnswer(3)]) assert.ok(answers.includes(part), answers)
        assert.ok((await client.exchange(read(4), 13)).startsWith(readAnswer(4)))
        assert.equal(await value(), target.before)
        const { stdout } = await world.exec('edge', 'nft', ['list counters table inet bulkhead'])
        const uninspected = [...stdout.matchAll(/counter (uninspected-\w+) \{\s+packets (\d+)/g)]
        assert.deepEqual(
          uninspected.map(([, name, packets]) => `${name} ${packets}`),
          ['uninspected-hung 0', 'uninspected-dead 0', 'uninspected-dropped 0'],
        )
      })

    test('killed, its inspector resets the connections that carried a refusal, by the routes of the edge, and no others', async () => {
      const refused = [await talker(4), await talker(6)]
      const others = [await talker(4), await talker(6)]
      for (const client of refused) assert.equal(await client.exchange(write(1), 9), refusal(1))
      for (const client of others) assert.ok((await client.exchange(read(1), 13)).startsWith(readAnswer(1)))
      await watched.kill('SIGKILL', how)
      for (const client of refused)
        assert.equal((await client.ask({ receive: 1, within: 2000 }))['ended'], 'ECONNRESET')
      await watched.until('judging', how)
      for (const client of others) assert.ok((await client.exchange(read(2), 13, 3000)).startsWith(readAnswer(2)))
      const client = await talker(4)
      assert.equal(await client.exchange(write(3), 9), refusal(3))
      assert.equal(await value(), target.before)
    })

    test(`with nobody alive a write ${how === 'open' ? 'passes' : 'is stopped, and a single read passes'}`, async () => {
      const client = await talker(4)
      assert.ok((await client.exchange(read(1), 13)).startsWith(readAnswer(1)))
      const report = await watched.report()
      await daemon.kill('SIGKILL')
      for (const pid of [report?.pid ?? 0, ...(report?.queues.map((queue) => queue.pid) ?? [])])
        if (pid > 0) process.kill(pid, 'SIGKILL')
      assert.ok((await client.exchange(read(2), 13, 3000)).startsWith(readAnswer(2)), 'a read')
      const answer = await client.exchange(write(3), 12, 700)
      assert.equal(answer, how === 'open' ? write(3) : '', 'a write')
      assert.equal(await value(), how === 'open' ? 40 : target.before)
    })
  })
