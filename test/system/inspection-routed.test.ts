/** Commands judged by an edge that routes instead of bridging, over IPv4 and IPv6. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { writeSysctl } from '#linux/sysctl.ts'
import { startDaemon, type Daemon } from './edge-process.ts'
import { Talker } from './inspection/cell.ts'
import { mbap, read, readAnswer, refusal, target, write } from './inspection/proving-ground.ts'
import { Watched } from './inspection/watched.ts'
import { createWorld, type World } from './world/world.ts'

const sides = {
  plant: { ip4: '198.18.2.1', ip6: 'fd00:198:18:2::1' },
  cell: { ip4: '198.18.1.1', ip6: 'fd00:198:18:1::1' },
} as const
const hosts = {
  hmi: { port: 'plant', mac: '02:00:00:00:02:70', ip4: '198.18.2.70', ip6: 'fd00:198:18:2::70' },
  plc: { port: 'cell', mac: '02:00:00:00:01:10', ip4: '198.18.1.10', ip6: 'fd00:198:18:1::10' },
} as const

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
      hmi: { ips: [hosts.hmi.ip4, hosts.hmi.ip6], zone: 'office', kind: 'hmi' },
      plc: { ips: [hosts.plc.ip4, hosts.plc.ip6], zone: 'line', kind: 'plc' },
    },
    conduits: [
      { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus', allow: ['read'], reason: 'test', ...conduit },
    ],
  })

const routedWorld = async (name: string): Promise<World> => {
  const host = (who: keyof typeof hosts) => ({
    port: hosts[who].port,
    mac: hosts[who].mac,
    ip4: `${hosts[who].ip4}/24`,
    ip6: `${hosts[who].ip6}/64`,
    gateway4: sides[hosts[who].port].ip4,
    gateway6: sides[hosts[who].port].ip6,
  })
  const world = await createWorld({
    name,
    ports: ['plant', 'cell'],
    bridged: false,
    hosts: { hmi: host('hmi'), plc: host('plc') },
  })
  // Neighbours are asked from a link-local address, which the world leaves out for its silence.
  for (const who of ['hmi', 'plc'] as const)
    await world.exec(who, 'ip', ['address', 'add', `fe80::${hosts[who].ip6.split('::')[1]}/64`, 'dev', 'eth0', 'nodad'])
  for (const port of ['plant', 'cell']) await world.exec('edge', 'ip', ['link', 'set', port, 'addrgenmode', 'none'])
  writeSysctl('net.ipv6.conf.all.disable_ipv6', 0, { namespace: world.edge })
  for (const port of ['plant', 'cell'] as const) {
    await world.exec('edge', 'ip', ['address', 'add', `${sides[port].ip4}/24`, 'dev', port])
    for (const ip6 of [sides[port].ip6, 'fe80::1'])
      await world.exec('edge', 'ip', ['address', 'add', `${ip6}/64`, 'dev', port, 'nodad'])
  }
  return world
}

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
    const talker = async (family: 'ip4' | 'ip6'): Promise<Talker> => {
      const hmi = start('hmi')
      assert.ok('port' in (await hmi.ask({ connect: [hosts.plc[family], 502] })), daemon.log())
      return hmi
    }
    /** What stands in the target, by the controller's own side. */
    const value = async (): Promise<number> => {
      const inside = start('plc')
      await inside.ask({ connect: [hosts.plc.ip4, 502] })
      const answer = await inside.exchange(mbap(1, `03 ${target.register.toString(16).padStart(4, '0')} 0001`), 11)
      return Number.parseInt(answer.slice(18, 22), 16)
    }

    before(async () => {
      world = await routedWorld(how)
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

    for (const family of ['ip4', 'ip6'] as const)
      test(`${family}: a write among reads is refused, its neighbours are answered, and the connection goes on`, async () => {
        const hmi = await talker(family)
        const answers = await hmi.exchange(read(1) + write(2) + read(3), 35)
        for (const part of [readAnswer(1), refusal(2), readAnswer(3)]) assert.ok(answers.includes(part), answers)
        assert.ok((await hmi.exchange(read(4), 13)).startsWith(readAnswer(4)))
        assert.equal(await value(), target.before)
        const { stdout } = await world.exec('edge', 'nft', ['list counters table inet bulkhead'])
        const uninspected = [...stdout.matchAll(/counter (uninspected-\w+) \{\s+packets (\d+)/g)]
        assert.deepEqual(
          uninspected.map(([, name, packets]) => `${name} ${packets}`),
          ['uninspected-hung 0', 'uninspected-dead 0', 'uninspected-dropped 0'],
        )
      })

    test('killed, its inspector resets the connections that carried a refusal, by the routes of the edge, and no others', async () => {
      const refused = [await talker('ip4'), await talker('ip6')]
      const others = [await talker('ip4'), await talker('ip6')]
      for (const hmi of refused) assert.equal(await hmi.exchange(write(1), 9), refusal(1))
      for (const hmi of others) assert.ok((await hmi.exchange(read(1), 13)).startsWith(readAnswer(1)))
      await watched.kill('SIGKILL', how)
      for (const hmi of refused) assert.equal((await hmi.ask({ receive: 1, within: 2000 }))['ended'], 'ECONNRESET')
      await watched.until('judging', how)
      for (const hmi of others) assert.ok((await hmi.exchange(read(2), 13, 3000)).startsWith(readAnswer(2)))
      const hmi = await talker('ip4')
      assert.equal(await hmi.exchange(write(3), 9), refusal(3))
      assert.equal(await value(), target.before)
    })

    test(`with nobody alive a write ${how === 'open' ? 'passes' : 'is stopped, and a single read passes'}`, async () => {
      const hmi = await talker('ip4')
      assert.ok((await hmi.exchange(read(1), 13)).startsWith(readAnswer(1)))
      const report = await watched.report()
      await daemon.kill('SIGKILL')
      for (const pid of [report?.pid ?? 0, ...(report?.queues.map((queue) => queue.pid) ?? [])])
        if (pid > 0) process.kill(pid, 'SIGKILL')
      assert.ok((await hmi.exchange(read(2), 13, 3000)).startsWith(readAnswer(2)), 'a read')
      const answer = await hmi.exchange(write(3), 12, 700)
      assert.equal(answer, how === 'open' ? write(3) : '', 'a write')
      assert.equal(await value(), how === 'open' ? 40 : target.before)
    })
  })
