/** The edge enforces without its daemon: dead, stopped, killed in the middle of an order; and what has an end ends by itself. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { flushConntrack } from '#linux/conntrack.ts'
import { Nft } from '#linux/nftables.ts'
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { table } from '#policy/nft/names.ts'
import { bulkheadAtEdge, startDaemon, type Daemon, type DaemonOptions } from './edge-process.ts'
import { startIntruder, type Intruder } from './production/intruder.ts'
import { addresses, createPlant, edgeName, macs, policyText, startProduction, type Production } from './production/production.ts'
import { Stream } from './production/stream.ts'
import type { World } from './world/world.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
const home = mkdtempSync('/run/alive-')
const plain = { known: 'deny' } as const
/** Also permits what nobody uses, so that it is another plan. */
const other = policyText({
  ...plain,
  conduits: '  - { id: echo, from: hmi, to: plcs, service: tcp/7, reason: test, owner: line }',
})
const random = (from: number, to: number): number => from + Math.random() * (to - from)

/** Digest of the plan that the kernel enforces now. */
const enforced = (nft: Nft): string | undefined => {
  const listing = nft.run(`list chain bridge ${table} forward`, { terse: true, stateless: true })
  return listing.ok ? /digest:([0-9a-f]{64})/.exec(listing.value)?.[1] : undefined
}

/** A plant with its edge, its production and an intruder. */
class Site {
  readonly world: World
  readonly nft: Nft
  readonly production: Production
  readonly intruder: Intruder
  readonly options: DaemonOptions
  daemon: Daemon

  private constructor(world: World, production: Production, intruder: Intruder, daemon: Daemon, options: DaemonOptions) {
    this.world = world
    this.nft = Nft.open({ namespace: world.edge })
    this.production = production
    this.intruder = intruder
    this.daemon = daemon
    this.options = options
  }

  static async build(name: string, policy: string): Promise<Site> {
    const world = await createPlant(name)
    const production = await startProduction(world)
    const intruder = startIntruder(world)
    await sleep(100)
    assert.ok((await intruder.delivered()) > 20, 'without an edge the intruder gets through')
    const options = { policy, edge: edgeName, state: `${home}/${name}`, policyFile: `${home}/${name}.yaml`, socket: `${home}/${name}.sock` }
    const daemon = await startDaemon(world, options)
    await intruder.delivered()
    return new Site(world, production, intruder, daemon, options)
  }

  async restart(): Promise<void> {
    this.daemon = await startDaemon(this.world, this.options)
  }

  /** Does something; meanwhile no poll may be lost and nothing out of scope delivered. */
  async unharmed<T>(work: () => Promise<T>): Promise<T> {
    const at = await this.production.settled()
    await this.intruder.delivered()
    const sent = this.intruder.sent
    const result = await work()
    assert.ok(this.intruder.sent - sent > 10, 'the intruder tried')
    assert.equal(await this.intruder.delivered(), 0, 'frames out of scope were delivered')
    const now = await this.production.settled()
    assert.ok(now.answered > at.answered)
    assert.deepEqual({ lost: now.lost, broken: now.broken }, { lost: at.lost, broken: at.broken })
    return result
  }

  async kinds(since: string): Promise<string[]> {
    return (await this.daemon.events({ since, limit: 10_000 })).map(({ kind }) => kind)
  }

  async close(): Promise<void> {
    await this.daemon.stop()
    await this.intruder.stop()
    await this.production.stop()
    this.nft.close()
    await this.world.close()
  }
}

const until = async (what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<number> => {
  const start = performance.now()
  while (!(await holds())) {
    assert.ok(performance.now() - start < limitMs, `${what} within ${limitMs} ms`)
    await sleep(20)
  }
  return performance.now() - start
}

describe('the edge enforces without its daemon', { concurrency: false }, () => {
  let site: Site
  before(async () => {
    site = await Site.build('kill', policyText(plain))
  })
  after(() => site.close())

  test('killed or stopped at any time, it delivers every poll and nothing out of scope; the next one adopts and tells the gap', async () => {
    for (let round = 0; round < (long ? 300 : 5); round++)
      await site.unharmed(async () => {
        await sleep(random(0, 300))
        if (round % 2 === 1) {
          await site.daemon.kill('SIGSTOP')
          await sleep(random(100, 600))
          await site.daemon.kill('SIGCONT')
          assert.equal((await site.daemon.call('status', {})).state, 'enforcing')
          return
        }
        const killed = new Date().toISOString()
        await site.daemon.kill('SIGKILL')
        await sleep(random(0, 300))
        await site.restart()
        const kinds = await site.kinds(killed)
        assert.deepEqual(
          ['start', 'adopt', 'failure-window'].map((kind) => kinds.filter((one) => one === kind).length),
          [1, 1, 1],
        )
      })
  })

  test('killed while it applies a big policy, it leaves one whole plan enforced, and the next daemon can go on', async () => {
    const big = `${home}/big.yaml`
    const ips = (from: number) => Array.from({ length: 100 }, (_, i) => `198.18.${from}.${i + 1}/32`).join(', ')
    writeFileSync(
      big,
      policyText({
        ...plain,
        groups: `  many: { networks: [${ips(8)}] }\n  more: { networks: [${ips(9)}] }`,
        conduits: '  - { id: mass, from: many, to: more, service: udp/7, reason: test, owner: line }',
      }),
    )
    const order = { path: big, confirm: '10m', by: 'test' }
    const old = enforced(site.nft)
    const started = performance.now()
    await site.unharmed(() => site.daemon.call('apply', order))
    const took = performance.now() - started
    const next = enforced(site.nft)
    assert.notEqual(next, old)
    await site.daemon.call('rollback', { by: 'test', reason: 'test' })
    assert.equal(enforced(site.nft), old)
    for (let round = 0; round < (long ? 200 : 5); round++)
      await site.unharmed(async () => {
        const applying = site.daemon.call('apply', order).then(
          () => undefined,
          () => undefined,
        )
        await sleep(random(0, took))
        const killed = new Date().toISOString()
        await site.daemon.kill('SIGKILL')
        await applying
        await sleep(random(0, 200))
        const left = enforced(site.nft)
        assert.ok(left === old || left === next, `the kernel enforces ${left}`)
        await site.restart()
        const { plan } = await site.daemon.call('status', {})
        assert.equal(plan.digest, enforced(site.nft))
        const kinds = await site.kinds(killed)
        assert.ok(kinds.includes('failure-window'), kinds.join(' '))
        if (plan.digest === left) assert.ok(kinds.includes('adopt'), kinds.join(' '))
        if (!plan.confirmed) await site.daemon.call('rollback', { by: 'test', reason: 'test' })
        assert.equal(enforced(site.nft), old)
      })
  })

  test('a revoked permit ends for both directions with the same packet', async () => {
    for (const [service, proto] of [
      ['tcp/80', ipProtocols.tcp],
      ['udp/7777', ipProtocols.udp],
    ] as const) {
      const port = Number(service.slice(4))
      const stream = new Stream(site.world, { client: 'historian', server: 'plc-a', proto, port })
      await site.unharmedExcept(stream, async () => {
        const permit = { from: addresses.historian, to: addresses['plc-a'], service, for: '1h', reason: 'test', by: 'test' }
        const { id } = await site.daemon.call('permit', permit)
        stream.start(1)
        await sleep(100)
        await site.daemon.call('revoke', { id, by: 'test' })
        const revoked = stream.sent
        await sleep(100)
        const { there, back } = stream.stop()
        for (const [direction, arrived] of Object.entries({ there, back })) {
          assert.ok(arrived.length > 20, `${arrived.length} ${direction}`)
          assert.deepEqual(arrived, Array.from({ length: arrived.length }, (_, i) => i), `${direction} has no gap`)
          assert.ok(arrived.length <= revoked, `${direction}: nothing passes after the answer`)
        }
        assert.ok(Math.abs(there.length - back.length) <= 1, `${there.length} there, ${back.length} back`)
      })
    }
  })
})
