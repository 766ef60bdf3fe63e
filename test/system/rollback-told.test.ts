/** What happens on a full disk is told when there is room: a rollback above all. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { storePath } from '#edge/context.ts'
import { startDeadline } from '#edge/deadline.ts'
import { enforce } from '#edge/enforce.ts'
import { running } from '#edge/kernel/generations.ts'
import { settleBack } from '#edge/rollback.ts'
import { openStore } from '#edge/store/open.ts'
import { setLink } from '#linux/bridge.ts'
import { given } from '../fixtures/given.ts'
import { Cell, hosts, policyText, tcpFrame, until } from './orders/cell.ts'
import { planWith, sourceWith } from './one-conduit.ts'

/** A disk of its own, small enough to be filled. */
const smallDisk = (name: string) => {
  const at = `/run/${name}-${process.pid}`
  mkdirSync(at, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', at])
  const filler = `${at}/filler`
  return {
    at,
    fill: (): void => {
      rmSync(`${storePath(at)}.reserve`, { force: true })
      execFileSync('sh', ['-c', `cat /dev/zero >${filler} 2>/dev/null; true`])
    },
    free: (): void => rmSync(filler, { force: true }),
  }
}

it('a plan that nobody confirmed, with the daemon dead and the disk full, is told once there is room', async () => {
  const { at, fill, free } = smallDisk('dead')
  for (const name of ['plant', 'cell']) execFileSync('ip', ['link', 'add', name, 'type', 'veth', 'peer', `far-${name}`])
  await setLink('lo', 'up')
  const store = openStore({ path: storePath(at), beside: true })
  const staged = { by: 'test', at: Date.now() }
  store.plans.stage({ source: sourceWith(1001), plan: planWith(1001), ...staged })
  const deadline = Date.now() + 8000
  const { id } = store.plans.stage({ source: sourceWith(1002), plan: planWith(1002), ...staged, deadline })
  await enforce(store, planWith(1002))
  // What the log has room for already is used up first.
  assert.throws(() => {
    for (let serial = 0; serial < 2000; serial++) {
      fill()
      store.kv.set(`filler ${serial}`, 'x'.repeat(4000))
    }
  }, /No space left/)
  startDeadline(at, id, '/run/nobody.sock')
  await until('it is rolled back', 40_000, () => running()?.digest === planWith(1001).digest)
  assert.notEqual(store.plans.pending(), undefined, 'the disk takes nothing')
  free()
  const told = () => store.events.search({ kind: ['rollback'] })
  await until('that is told', 30_000, () => told().length > 0)
  assert.equal(store.plans.pending(), undefined)
  const [event] = told().map((row) => row.event)
  assert.deepEqual([told().length, event?.by, event?.details?.['digest']], [1, 'deadline', planWith(1001).digest])
  store.close()
})

describe('a daemon', () => {
  const { at, fill, free } = smallDisk('alive')
  let cell: Cell
  before(async () => {
    cell = await Cell.start('told', policyText(), { state: at })
  })
  after(() => cell.close())
  const digest = async () => (await cell.status()).plan.digest

  it('tells what it did on a full disk, with the time at which it was done, and how many events are lost', async () => {
    fill()
    const isFull = async () => (await cell.status()).alarms.some((text) => text.startsWith('No space left'))
    let serial = 0
    await until('the disk takes nothing', 30_000, async () => {
      fill()
      await cell.daemon.call('contain', {
        ip: '198.18.1.40',
        for: '1h',
        reason: `${serial++} ${'x'.repeat(400)}`,
        by: 'test',
      })
      return isFull()
    })
    // What nobody could write down is listed all the same, or it could not be taken back.
    const permit = {
      from: hosts.ews.ip4,
      to: hosts.plc.ip4,
      service: 'tcp/22',
      for: '1h',
      reason: 'vendor',
      by: 'test',
    }
    const works = () => cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 22))
    await cell.daemon.call('permit', permit)
    assert.equal(await works(), true)
    const [row, ...others] = await cell.daemon.call('permits', {})
    assert.deepEqual([row?.from, row?.to, row?.service, others], [permit.from, permit.to, permit.service, []])
    await cell.edge('revoke', row?.id ?? '')
    assert.equal(await works(), false)
    assert.deepEqual(await cell.daemon.call('permits', {}), [])
    await cell.daemon.call('bypass', { for: '1h', reason: 'nobody wrote this down', by: 'test' })
    await cell.daemon.call('bypass-end', { by: 'test' })
    const done = Date.now()
    const ofBypass = () => cell.daemon.events({ kind: ['bypass-start', 'bypass-end'] })
    assert.deepEqual(await ofBypass(), [])
    free()
    await until('it is told', 30_000, async () => (await ofBypass()).length > 0)
    const events = (await ofBypass()).toSorted((a, b) => a.id.localeCompare(b.id))
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['bypass-start', 'bypass-end'],
    )
    for (const { first } of events) assert.ok(Math.abs(Date.parse(first) - done) < 5000, first)
    await until('the end of the alarm', 30_000, async () => !(await isFull()))
  })

  it('tells once what another process had rolled back and could not tell', async () => {
    const { digest: confirmed } = (await cell.status()).plan
    await cell.daemon.stop()
    const store = openStore({ path: storePath(at), beside: true })
    const text = policyText({ conduits: '' })
    const plan = store.plans.load(store.plans.confirmed()?.id ?? 0)?.plan
    assert.ok(plan)
    const at0 = Date.now()
    const forged = { ...plan, digest: '0'.repeat(64) }
    store.plans.stage({ source: text, plan: forged, by: 'test', at: at0, deadline: at0 + 60_000 })
    settleBack(store, { by: 'deadline', at: Date.now(), why: 'a test' })
    store.close()
    await cell.restart()
    const told = await cell.events({ kind: ['rollback'] })
    assert.deepEqual(
      told.map(({ by, details }) => [by, details?.['digest']]),
      [['deadline', confirmed]],
    )
    assert.equal(await digest(), confirmed)
  })

  it('tells its own rollback once', async () => {
    const path = `${at}/next.yaml`
    writeFileSync(path, policyText({ conduits: '' }))
    const earlier = await cell.events({ kind: ['rollback'] })
    await cell.daemon.call('apply', { ...given(path), by: 'test', confirm: '10m' })
    await cell.daemon.call('rollback', { by: 'alice', reason: 'a test' })
    await cell.daemon.call('contain', { ip: '198.18.1.43', for: '1h', reason: 'later', by: 'test' })
    const told = await cell.events({ kind: ['rollback'] })
    assert.deepEqual([told.length - earlier.length, told.filter(({ by }) => by === 'alice').length], [1, 1])
  })
})
