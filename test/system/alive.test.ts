/** The edge enforces without its daemon: dead, stopped, killed in the middle of an order; and what has an end ends by itself. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { flushConntrack } from '#linux/conntrack.ts'
import { ipProtocols } from '#packet/numbers.ts'
import { given } from '../fixtures/given.ts'
import { bulkheadAtEdge, startDaemon } from './edge-process.ts'
import { addresses, createPlant, edgeName, policyText } from './production/production.ts'
import { Site, until } from './production/site.ts'
import { Stream, type Arrived } from './production/stream.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
const home = mkdtempSync('/run/alive-')
const plain = { known: 'deny' } as const
const conduit = (id: string, service: string, more = '') =>
  `  - { id: ${id}, from: hmi, to: plcs, service: ${service}, reason: test, owner: line${more} }`
const ips = (net: number, count: number) =>
  Array.from({ length: count }, (_, i) => `198.18.${net}.${i + 1}/32`).join(', ')
/** Small ones are loaded by the daemon itself, big ones by a child of it. */
const bigPolicies = [
  { permits: long ? [100, 100] : [60, 100], how: 'itself', rounds: long ? 200 : 3 },
  { permits: [150, 200], how: 'through its child', rounds: long ? 100 : 2 },
] as const
const random = (from: number, to: number): number => from + Math.random() * (to - from)
const by = { by: 'test', reason: 'test' }

/** Both directions arrived without a gap and ended with the same pair. */
const cutTogether = ({ there, back }: Arrived): void => {
  for (const [direction, arrived] of Object.entries({ there, back })) {
    assert.ok(arrived.length > 20, `${arrived.length} packets ${direction}`)
    assert.equal(arrived.at(-1), arrived.length - 1, `${direction}: no gap`)
  }
  assert.ok(Math.abs(there.length - back.length) <= 1, `${there.length} there, ${back.length} back`)
}

/** The next full minute for which there is time to start an edge on a busy machine. */
const nextMinute = (): number => Math.ceil((Date.now() + 20_000) / 60_000) * 60_000
const clock = (at: number): string => new Date(at).toISOString().slice(11, 16)

describe('the edge', { concurrency: 3 }, () => {
  describe('that is harmed', { concurrency: 1 }, () => {
    let site: Site
    let atStart: string | undefined
    const old = () => atStart
    const otherFile = `${home}/other.yaml`
    before(async () => {
      writeFileSync(otherFile, policyText({ ...plain, conduits: conduit('echo', 'tcp/7') }))
      site = await Site.build({ name: 'harm', home, policy: policyText(plain) })
      atStart = site.enforced
      assert.ok(atStart !== undefined)
    })
    after(() => site.close())

    test('killed or stopped at any time, delivers every poll and nothing else; the next daemon adopts and tells the gap', async () => {
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
          for (const kind of ['start', 'adopt', 'failure-window'])
            assert.equal(kinds.filter((one) => one === kind).length, 1, `${kind} in ${kinds.join(' ')}`)
        })
    })

    for (const { permits, how, rounds } of bigPolicies)
      test(`killed while it applies ${permits[0] * permits[1]} permits ${how}, has one whole plan enforced, and the next daemon goes on`, async () => {
        const big = `${home}/big.yaml`
        writeFileSync(
          big,
          policyText({
            ...plain,
            groups: `  many: { networks: [${ips(8, permits[0])}] }\n  more: { networks: [${ips(9, permits[1])}] }`,
            conduits: '  - { id: mass, from: many, to: more, service: udp/7, reason: test, owner: line }',
          }),
        )
        const order = { ...given(big), confirm: '10m', by: 'test' }
        const started = performance.now()
        await site.unharmed(() => site.daemon.call('apply', order))
        const took = performance.now() - started
        const next = site.enforced
        assert.notEqual(next, old())
        await site.daemon.call('rollback', by)
        assert.equal(site.enforced, old())
        for (let round = 0; round < rounds; round++)
          await site.unharmed(async () => {
            const killed = new Date().toISOString()
            const applying = site.daemon.call('apply', order).catch(() => undefined)
            await sleep(random(0, took))
            await site.daemon.kill('SIGKILL')
            await applying
            await sleep(random(0, 200))
            const left = site.enforced
            assert.ok(left === old() || left === next, `the kernel enforces ${left}`)
            await site.restart()
            const { plan } = await site.daemon.call('status', {})
            assert.equal(plan.digest, site.enforced)
            const kinds = await site.kinds(killed)
            assert.ok(kinds.includes('failure-window'), kinds.join(' '))
            assert.equal(kinds.includes('adopt'), plan.digest === left, kinds.join(' '))
            if (!plan.confirmed) await site.daemon.call('rollback', by)
            assert.equal(site.enforced, old())
          })
      })

    for (const [service, proto] of [
      ['tcp/80', ipProtocols.tcp],
      ['udp/7777', ipProtocols.udp],
    ] as const)
      test(`ends a revoked permit for ${service} in both directions with the same packet`, () =>
        site.unharmed(async () => {
          const stream = new Stream(site.world, {
            client: 'hmi',
            server: 'plc-a',
            proto,
            port: Number(service.slice(4)),
          })
          const permit = { from: addresses.hmi, to: addresses['plc-a'], service, for: '1h', ...by }
          const { id } = await site.daemon.call('permit', permit)
          stream.start(1)
          await until('they talk', 30_000, () => stream.sent > 60)
          await site.daemon.call('revoke', { id, by: 'test' })
          const revoked = stream.sent
          await until('they go on trying', 30_000, () => stream.sent > revoked + 60)
          const arrived = stream.stop()
          cutTogether(arrived)
          assert.ok(arrived.there.length <= revoked, 'nothing passes once the order is answered')
        }))

    test('rolls an unconfirmed policy back with the daemon dead', () =>
      site.unharmed(async () => {
        await site.daemon.call('apply', { ...given(otherFile), confirm: '4s', by: 'test' })
        await site.daemon.kill('SIGKILL')
        await sleep(1000)
        assert.notEqual(site.enforced, old(), 'it waits for its deadline')
        await until('it rolls back', 30_000, () => site.enforced === old())
        await site.restart()
        const { plan, alarms } = await site.daemon.call('status', {})
        assert.deepEqual([plan.digest, plan.confirmed, alarms], [old(), true, []])
      }))

    test('rolls an unconfirmed policy back with the daemon stopped, which follows when it goes on', () =>
      site.unharmed(async () => {
        const began = new Date().toISOString()
        await site.daemon.call('apply', { ...given(otherFile), confirm: '2s', by: 'test' })
        await site.daemon.kill('SIGSTOP')
        await until('it rolls back', 30_000, () => site.enforced === old())
        await site.daemon.kill('SIGCONT')
        // Two looks of the watch for changes by others.
        await sleep(5000)
        const { plan, alarms } = await site.daemon.call('status', {})
        assert.deepEqual([plan.digest, plan.confirmed, alarms], [old(), true, []])
        assert.equal(site.enforced, old())
        const kinds = await site.kinds(began)
        assert.equal(kinds.filter((kind) => kind === 'rollback').length, 1)
        assert.ok(!kinds.includes('tamper') && !kinds.includes('reapply'), kinds.join(' '))
      }))

    for (const broken of [false, true])
      test(`is bypassed by one command with the daemon dead${broken ? ' and the policy broken' : ''}, and enforces again by itself`, async () => {
        await site.daemon.kill('SIGKILL')
        if (broken) {
          writeFileSync(site.options.policyFile ?? '', 'zones: [')
          const other = await startDaemon(site.world, { ...site.options, policy: 'zones: [' })
          assert.equal(site.enforced, old(), 'what was confirmed goes on')
          await other.kill('SIGKILL')
          assert.deepEqual(await site.delivered(), [])
        }
        await site.unharmed(
          async () => {
            const words = ['--for', '3s', '--reason', 'test', '--socket', site.daemon.socket]
            const { code, stdout, stderr } = await bulkheadAtEdge(site.world, ['edge', 'bypass', ...words])
            assert.equal(code, 0, stdout + stderr)
            let through = 0
            for (const limit = performance.now() + 2500; through <= 20 && performance.now() < limit; await sleep(20))
              through += (await site.delivered()).length
            assert.ok(through > 20, 'everything passes')
            await sleep(3000)
            await site.delivered()
          },
          { open: true },
        )
        await site.unharmed(() => sleep(500))
        await site.restart()
        assert.equal(site.enforced, old())
      })

    test('has the last confirmed policy after a boot, and gives up the one that waited', async () => {
      const began = new Date().toISOString()
      await site.daemon.call('apply', { ...given(otherFile), confirm: '10m', by: 'test' })
      await site.daemon.kill('SIGKILL')
      assert.notEqual(site.enforced, old())
      site.forget()
      flushConntrack({ namespace: site.world.edge })
      assert.equal(site.enforced, undefined)
      const { code, stdout, stderr } = await bulkheadAtEdge(site.world, ['edge', 'load', '--state', site.daemon.state])
      assert.equal(code, 0, stdout + stderr)
      assert.equal(site.enforced, old())
      await site.unharmed(async () => {
        await site.restart()
        const { plan, alarms } = await site.daemon.call('status', {})
        assert.deepEqual([plan.digest, plan.confirmed, alarms], [old(), true, []])
        const kinds = await site.kinds(began)
        assert.ok(kinds.includes('rollback') && kinds.includes('adopt'), kinds.join(' '))
      })
    })
  })

  for (const dead of [false, true])
    describe(`with a window that closes${dead ? ' while its daemon is dead' : ''}`, () => {
      test('cuts both directions with the same packet, at the minute', async () => {
        await using world = await createPlant(dead ? 'dead' : 'open')
        const end = nextMinute()
        const window = `  shift: { times: [{ from: '${clock(end - 3_600_000)}', to: '${clock(end)}' }] }`
        const policy = policyText({ ...plain, groups: window, conduits: conduit('shift', 'udp/7777', ', when: shift') })
        await using daemon = await startDaemon(world, { policy, edge: edgeName })
        const stream = new Stream(world, { client: 'hmi', server: 'plc-a', proto: ipProtocols.udp, port: 7777 })
        // The daemon sets the window to the millisecond within its first second.
        await sleep(1500)
        if (dead) await daemon.kill('SIGKILL')
        await sleep(Math.max(0, end - 2000 - Date.now()))
        stream.start(2)
        await sleep(end + 1500 - Date.now())
        const arrived = stream.stop()
        cutTogether(arrived)
        const [last, cut] = [arrived.lastAt - end, arrived.cutAt - end]
        // A receiver on a busy machine reads the time late.
        assert.ok(last < 250, `the last packet passed ${last} ms after the end`)
        assert.ok(cut > -50, `the first packet was cut ${-cut} ms before the end`)
      })
    })
})
