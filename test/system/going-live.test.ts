/**
 * Going live harms nobody: rules come, change and go, connections are forgotten, the daemon dies, and the line keeps running.
 * Whoever talks here could be contained, the panel because it is no asset, the others because the policy says so.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { countConntrack, flushConntrack } from '#linux/conntrack.ts'
import { readSysctl, sysctls } from '#linux/sysctl.ts'
import { listContained } from '#edge/kernel/containment.ts'
import { listSet } from '#edge/kernel/elements.ts'
import { chainsOf } from '#linux/nft-objects.ts'
import { Nft } from '#linux/nftables.ts'
import { ethernet, ipv4, tcp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import { rawChain, untracked } from '#policy/nft/untracked.ts'
import { startDaemon } from './edge-process.ts'
import { fillConntrack, untrackable } from './production/conntrack-fill.ts'
import {
  addresses,
  createPlant,
  edgeName,
  macs,
  policyText,
  startProduction,
  type Production,
} from './production/production.ts'
import { Program } from './world/program.ts'
import { openTap, type Tap } from './production/tap.ts'
import type { World } from './world/world.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
/** Rounds: of a test run, of a long one. */
const rounds = (ordinary: number): number => (long ? 1000 : ordinary)
/** ms of traffic after every round: several polls of every kind. */
const lull = 120

let world: World
let production: Production
let tap: Tap
let nft: Nft
let rules: Program
const home = mkdtempSync('/run/going-live-')
const policies = {
  first: policyText(),
  mild: policyText({ mode: 'observe' }),
  /** Packets come to the IP hooks by it, and do not by the others. */
  second: policyText({
    conduits: '  - { id: judged, from: hmi, to: plcs, service: s7comm, allow: [read], reason: test, owner: line }',
  }),
}

const contained = (): string[] => [
  ...listContained(nft, 'bridge').map(({ kind, ip }) => `${kind} ${ip}`),
  ...listSet(nft, 'bridge', table, 'stranger_macs').map(({ key }) => key.join(' ')),
]

const order = async (word: string): Promise<void> => {
  assert.deepEqual(await rules.ask(word), { done: word })
}

interface Trial {
  readonly rounds: number
  /** The wire itself is cut for a while, longer than a first retransmission takes, and not as long as it takes to send a datagram again. */
  readonly cut?: boolean
}

/** ms after which an operator sends a datagram again, once (operator.ts): who is cut off for longer loses both. */
const resendMs = 1000

/** @returns how often the unluckiest segment was sent; more often than ever where a cut lasted too long, and polls were lost by it */
const attempt = async ({ rounds: count, cut = false }: Trial, round: (index: number) => Promise<unknown>) => {
  tap.restart()
  const at = await production.settled()
  let longest = 0
  for (let index = 0; index < count; index++) {
    const began = performance.now()
    await round(index)
    longest = Math.max(longest, performance.now() - began)
    await sleep(lull)
    if (cut) await production.settled()
    assert.deepEqual(contained(), [], `contained in round ${index}`)
    // Where the wire itself was cut, an end may reset what the other has given up: a reset that harms somebody breaks a connection.
    if (!cut) assert.deepEqual(tap.resets, [], `resets in round ${index}`)
  }
  const now = await production.settled()
  assert.ok(now.answered - at.answered > count * 10, `polls were answered (${now.answered - at.answered})`)
  assert.ok(now.connections > at.connections, 'new connections were made')
  assert.equal(now.broken, at.broken)
  if (cut && now.lost > at.lost && longest > resendMs) return Infinity
  assert.equal(now.lost, at.lost)
  return tap.most
}

/** A machine that gives nobody a processor for a quarter of a second has TCP send twice again; not at each try, as what the edge drops. */
const tries = 3

/** Does something to the edge again and again under traffic; everybody must stay unharmed. */
const unharmed = async (options: Trial, round: (index: number) => Promise<unknown>) => {
  const sent: number[] = []
  while (sent.length < tries) {
    sent.push(await attempt(options, round))
    if (sent.at(-1)! <= (options.cut === true ? Number.MAX_VALUE : 2)) return
  }
  assert.fail(
    `a segment was sent ${sent.join(', ')} times (Infinity: polls were lost in a cut of more than ${resendMs} ms)`,
  )
}

/** The same with no place left in the connection table: a packet that the kernel wants to track is dropped. */
const whileFull = async (trial: Trial, round: (index: number) => Promise<unknown>) => {
  const { edge: namespace } = world
  const entries = countConntrack({ namespace })
  assert.ok(entries >= Number(readSysctl(sysctls.conntrackMax)), `${entries} entries`)
  const earlier = untrackable(namespace)
  await unharmed(trial, async (index) => {
    await round(index)
    assert.equal(untrackable(namespace) - earlier, 0, `packets that could not be tracked in round ${index}`)
  })
  assert.ok(countConntrack({ namespace }) >= entries, 'it stayed full')
}

describe('while polls are outstanding over TCP and UDP, nobody is contained, no poll is lost and no connection reset', () => {
  before(async () => {
    world = await createPlant('live')
    for (const [name, text] of Object.entries(policies)) writeFileSync(`${home}/${name}.yaml`, text)
    production = await startProduction(world)
    tap = openTap(world)
    nft = Nft.open({ namespace: world.edge })
    const files = ['first', 'second', 'mild'].flatMap((name) => [`--${name}`, `${home}/${name}.yaml`])
    rules = new Program(world, 'edge', 'test/system/production/rules.ts', [
      ...files,
      '--edge',
      edgeName,
      '--state',
      `${home}/state`,
    ])
    assert.deepEqual(await rules.line(), { done: 'start' })
  })
  after(async () => {
    await rules.end()
    nft.close()
    await tap.close()
    await production.stop()
    await world.close()
  })

  test('when the edge goes live for the first time', async () => {
    await unharmed({ rounds: long ? 100 : 2 }, async (index) => {
      await order('forget')
      const state = index === 0 ? `${home}/state` : `${home}/state-${index}`
      const daemon = await startDaemon(world, { policy: policies.first, edge: edgeName, state })
      await sleep(lull)
      assert.equal((await daemon.call('status', {})).state, 'enforcing')
      await daemon.stop()
    })
  })

  test('when the plan is loaded into a kernel that has none', async () => {
    await unharmed({ rounds: rounds(15) }, async () => {
      await order('forget')
      flushConntrack({ namespace: world.edge })
      await sleep(20)
      await order('load')
    })
  })

  test('when one generation takes the place of another', async () => {
    await unharmed({ rounds: rounds(15) }, () => order('load'))
  })

  test('when the edge is rebooted, with its rules and connections gone', async () => {
    await unharmed({ rounds: rounds(8) }, async () => {
      await order('forget')
      flushConntrack({ namespace: world.edge })
      await sleep(20)
      await order('boot')
    })
  })

  test('when the edge is rebooted, with its bridge gone too', async () => {
    await unharmed({ rounds: long ? 100 : 3, cut: true }, async () => {
      await order('forget-bridge')
      flushConntrack({ namespace: world.edge })
      await order('boot')
    })
  })

  test('when the connection table is flushed', async () => {
    await unharmed({ rounds: rounds(10) }, async () => flushConntrack({ namespace: world.edge }))
  })

  describe('when the connection table is full', () => {
    before(() => fillConntrack(world.edge))
    after(() => flushConntrack({ namespace: world.edge }))

    test('also while generations are swapped', async () => {
      await whileFull({ rounds: rounds(5) }, async (index) => {
        if (index % 2 === 1) await order('load')
      })
    })

    for (const [beside, others] of Object.entries({
      'nobody else tracks': '',
      'a firewall of the host tracks': `add table inet host
        add chain inet host input { type filter hook input priority 0; }
        add rule inet host input ct state established accept`,
    }))
      test(`also when ${beside}, and the edge goes live, observes, and goes live again`, async () => {
        assert.ok(nft.run(others).ok)
        await whileFull({ rounds: long ? 200 : 3 }, async () => {
          await order('forget')
          await sleep(20)
          for (const word of ['load', 'observe', 'load']) {
            await order(word)
            await sleep(lull)
          }
        })
        if (others !== '') assert.ok(nft.run('delete table inet host').ok)
      })
  })

  test('when the daemon is killed and started again', async () => {
    const options = { policy: policies.first, edge: edgeName, state: `${home}/state` }
    const daemons = [await startDaemon(world, options)]
    try {
      await unharmed({ rounds: rounds(4) }, async () => {
        await daemons.pop()?.kill('SIGKILL')
        await sleep(20)
        daemons.push(await startDaemon(world, options))
      })
    } finally {
      await daemons.pop()?.stop()
    }
  })

  test('and a containment, a reset and a repeated segment are seen when they happen', async () => {
    tap.restart()
    assert.deepEqual(contained(), [])
    const ends = { src: addresses.stranger, dst: addresses['plc-a'] }
    for (const flags of [2, 2, 4]) {
      const payload = tcp(ends, { sport: 40_000, dport: 502, flags })
      const packet = ipv4({ ...ends, proto: ipProtocols.tcp, payload })
      const { stranger: src, 'plc-a': dst } = macs
      world.send('stranger', ethernet({ dst, src, etherType: etherTypes.ipv4, payload: packet }))
    }
    await sleep(200)
    assert.ok(contained().includes(`stranger ${addresses.stranger}`), contained().join(', '))
    assert.equal(tap.resets.length, 1)
    assert.equal(tap.most, 2)
  })

  test('and a daemon that died on its way to observing is made good by the next: connections are tracked again', async () => {
    const options = { policy: policies.mild, edge: edgeName, state: `${home}/state-mild` }
    const daemon = await startDaemon(world, options)
    await daemon.kill('SIGKILL')
    const isKept = () => chainsOf('inet', ipTable, world.edge).includes(rawChain.name)
    assert.equal(isKept(), false)
    assert.ok(nft.run(untracked).ok)
    assert.equal(isKept(), true)
    const next = await startDaemon(world, options)
    assert.equal(isKept(), false)
    await next.stop()
  })
})
