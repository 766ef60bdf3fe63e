/** A version that is stricter than the one before, or a file that somebody broke since, keeps no edge down: what was confirmed is enforced. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { storePath } from '#edge/context.ts'
import { startDeadline } from '#edge/deadline.ts'
import { running } from '#edge/kernel/generations.ts'
import { openStore } from '#edge/store/open.ts'
import { bulkheadAtEdge, startDaemon } from './edge-process.ts'
import { Cell, edgeName, policyText, tcpFrame, until } from './orders/cell.ts'

let cell: Cell
before(async () => {
  cell = await Cell.start('upgrade', policyText())
})
after(() => cell.close())

const enforced = () => running(cell.world.edge)?.digest
const ofFile = async () =>
  (await cell.status()).alarms.filter((text) => text.includes('what was confirmed last is enforced'))
const lineRuns = async () => {
  assert.equal(await cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502)), true)
  assert.equal(await cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 502)), false)
}

describe('a policy file that is not taken any more', () => {
  const broken: readonly (readonly [name: string, change: (path: string) => void, says: RegExp])[] = [
    [
      'has a name that does not exist',
      (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('from: hmi', 'from: hmmi')),
      /site\.yaml has 1 error\. .*site\.yaml:\d+:\d+: error: .*hmmi/,
    ],
    [
      'is cut off',
      (path) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 300)),
      /site\.yaml has \d+ errors?\./,
    ],
    ['is gone', (path) => rmSync(path), /Cannot read the policy .*site\.yaml/],
  ]
  for (const [name, change, says] of broken)
    it(name, async () => {
      const was = enforced()
      const text = readFileSync(cell.daemon.policyFile, 'utf8')
      const since = (await cell.daemon.events({ kind: ['degraded'] })).length
      change(cell.daemon.policyFile)
      try {
        await cell.restart('SIGKILL')
        const [alarm = '', ...more] = await ofFile()
        assert.deepEqual(more, [])
        assert.match(alarm, says)
        const [event] = (await cell.events({ kind: ['degraded'] }, since + 1)).slice(-1)
        assert.match(event?.text ?? '', /is not taken by this version/)
        assert.equal((await cell.status()).state, 'enforcing')
        assert.equal(enforced(), was)
        await lineRuns()
      } finally {
        writeFileSync(cell.daemon.policyFile, text)
      }
      // Put right and confirmed, it is what the daemon was started with.
      await cell.edge('apply', cell.daemon.policyFile)
      await cell.edge('confirm', '--force')
      assert.deepEqual(await ofFile(), [])
    })
})

describe('a policy in a shape that this version does not know', () => {
  const digest = () => openStoreHere((store) => store.plans.confirmed()?.digest)
  const openStoreHere = <T>(work: (store: ReturnType<typeof openStore>) => T): T => {
    const store = openStore({ path: storePath(cell.daemon.state), beside: true })
    try {
      return work(store)
    } finally {
      store.close()
    }
  }
  before(async () => {
    await cell.daemon.kill('SIGKILL')
    openStoreHere((store) => {
      const { plan } = store.plans.load(store.plans.confirmed()?.id ?? 0) ?? assert.fail('nothing is confirmed')
      store.plans.stage({ source: policyText().replace('version: 1', 'version: 0'), plan, by: 'test', at: Date.now() })
    })
  })

  it('is enforced when the machine restarts', async () => {
    await cell.world.exec('edge', 'nft', ['flush', 'ruleset'])
    await cell.world.exec('edge', 'ip', ['link', 'delete', 'br0'])
    // The one before would do here.
    rmSync(`${cell.daemon.state}/confirmed.json`, { force: true })
    const { code, stdout, stderr } = await bulkheadAtEdge(cell.world, ['edge', 'load', '--state', cell.daemon.state])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /confirmed last, is enforced as generation 1/)
    assert.equal(enforced(), digest())
    await cell.forwards()
    await lineRuns()
  })

  it('refuses the daemon with what is wrong and what to do, and stays enforced', async () => {
    const { policyFile, state } = cell.daemon
    await assert.rejects(
      startDaemon(cell.world, { policyFile, edge: edgeName, state }),
      /The policy that this edge enforces is not taken by this version[^]*version[^]*Start the version before again/,
    )
    assert.equal(enforced(), digest())
    await lineRuns()
  })

  it('is what a plan that nobody confirmed gives way to', async () => {
    const [confirmed, at] = [digest(), Date.now()]
    const id = openStoreHere((store) => {
      const { plan } = store.plans.load(store.plans.confirmed()?.id ?? 0) ?? assert.fail('nothing is confirmed')
      const other = { ...plan, digest: '0'.repeat(64) }
      return store.plans.stage({ source: policyText(), plan: other, by: 'test', at, deadline: at + 1500 }).id
    })
    startDeadline(cell.daemon.state, id, '/run/nobody.sock')
    // Its process has the network of this one.
    await until('the confirmed one is enforced', 20_000, () => running()?.digest === confirmed)
    assert.equal(
      openStoreHere((store) => store.plans.pending()),
      undefined,
    )
  })
})
