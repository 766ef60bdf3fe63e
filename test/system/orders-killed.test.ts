/** A daemon that dies in the middle of an order: what is enforced is what the store says, and what was done is on record. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { storePath } from '#edge/context.ts'
import { running } from '#edge/kernel/generations.ts'
import { keys, kvOf } from '#edge/store/kv.ts'
import { type Store } from '#edge/store/open.ts'
import { verifyStore } from '#edge/store/trail.ts'
import type { Operation } from '#schema/control.ts'
import type { Event } from '#schema/event.ts'
import { setBypass } from '#edge/kernel/permits.ts'
import { Nft } from '#linux/nftables.ts'
import { chainsOf } from '#linux/nft-objects.ts'
import { table } from '#policy/nft/names.ts'
import { Database } from '#sqlite/database.ts'
import type { BodyOf } from '#edge/control/client.ts'
import * as z from 'zod'
import { given } from '../fixtures/given.ts'
import { Cell, hosts, policyText, tcpFrame, until } from './orders/cell.ts'

const limitMs = 30_000
const other = policyText({ conduits: '' })
const spare = '02:00:00:00:01:77'

let cell: Cell
const told = async (kind: Event['kind']) =>
  (await cell.daemon.events({ kind: [kind] })).map(({ by, text }) => [by, text])
const operating = () => cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502))
const recording = () => cell.passes('historian', 'plc', tcpFrame({ from: 'historian', to: 'plc' }, 502))

/** Looks into the store of a running daemon. */
const looking = <T>(look: (store: Pick<Store, 'kv'> & { readonly database: Database }) => T): T => {
  const database = new Database(storePath(cell.daemon.state), { readonly: true })
  try {
    return look({ kv: kvOf(database), database })
  } finally {
    database.close()
  }
}

/** Gives an order and kills the daemon as soon as the store says something. */
const dieWhen = async <O extends Operation>(operation: O, body: BodyOf<O>, holds: () => boolean): Promise<void> => {
  const answer = cell.daemon.call(operation, body).then(
    () => 'answered',
    () => 'died',
  )
  const limit = performance.now() + limitMs
  while (!holds() && performance.now() < limit) await setImmediate()
  await cell.daemon.kill('SIGKILL')
  assert.equal(await answer, 'died', 'the daemon was killed before it was done')
}

/** The kernel has a part of rules that are not those in force: the deadline has been set by then. */
const building = (): boolean => {
  const active = running(cell.world.edge)?.generation ?? 0
  return chainsOf('bridge', table, cell.world.edge).some((name) => Number(/^g(\d+)_/.exec(name)?.[1] ?? 0) > active)
}

const islands = () => looking(({ kv }) => kv.get(keys.islands, z.array(z.string())) ?? [])

const waiting = () =>
  looking(({ database }) => Number(database.value("SELECT count(*) FROM plans WHERE state = 'pending'")) > 0)

describe('a daemon that dies in the middle of an order', () => {
  before(async () => {
    cell = await Cell.start('orders-killed', policyText())
  })
  after(async () => {
    await cell.close()
    const { integrity, completeness } = verifyStore(storePath(cell.daemon.state), { now: Date.now() })
    assert.deepEqual([integrity.findings, completeness.findings], [[], []])
  })

  it('isolate: the next one enforces it, tells who ordered it, and ends permits over the border', async () => {
    await cell.daemon.call('permit', {
      from: hosts.ews.ip4,
      to: hosts.plc.ip4,
      service: 'modbus',
      for: '1h',
      reason: 'x',
      by: 'alice',
    })
    await dieWhen('isolate', { zone: 'cell', reason: 'ransomware', by: 'alice' }, () => islands().length > 0)
    await cell.restart()
    assert.deepEqual([await operating(), await recording()], [true, false])
    assert.deepEqual(await told('isolate'), [
      ['alice', 'Zone cell is cut off, but for essential conduits: ransomware.'],
    ])
    assert.deepEqual(await cell.daemon.call('permits', {}), [])
    await cell.restart()
    assert.equal((await told('isolate')).length, 1)
  })

  it('rejoin', async () => {
    await dieWhen('rejoin', { zone: 'cell', by: 'bob' }, () => islands().length === 0)
    await cell.restart()
    assert.deepEqual([await operating(), await recording()], [true, true])
    assert.deepEqual(await told('rejoin'), [['bob', 'Zone cell is connected again.']])
  })

  it('replace-asset', async () => {
    await dieWhen('replace-asset', { asset: 'plc', mac: spare, by: 'carol' }, () =>
      looking(({ database }) => Number(database.value('SELECT count(*) FROM bindings')) > 0),
    )
    await cell.restart()
    assert.deepEqual(await told('replace-asset'), [['carol', `plc was replaced; accepted: ${spare}.`]])
  })

  it('qualify', async () => {
    await dieWhen('qualify', { asset: 'drive', reason: 'tried', by: 'dora', undo: false }, () =>
      looking(({ kv }) => kv.get(keys.qualified, z.array(z.string())) !== undefined),
    )
    await cell.restart()
    assert.equal((await told('qualify')).length, 1)
  })

  it('apply', async () => {
    const path = `${cell.daemon.state}/next.yaml`
    writeFileSync(path, other)
    await dieWhen('apply', { ...given(path), by: 'emil', confirm: '10m' }, waiting)
    await cell.restart()
    assert.deepEqual([await operating(), await recording()], [true, false])
    const [event, ...more] = await told('apply')
    assert.deepEqual([event?.[0], more], ['emil', []])
    await cell.daemon.call('rollback', { by: 'emil', reason: 'wrong' })
    await dieWhen('apply', { ...given(path), by: 'fred', confirm: '4s' }, () => waiting() && building())
    await until('it is rolled back', limitMs, () => !waiting())
    await until('it passes', limitMs, recording)
    await cell.restart()
    const kinds = (await cell.daemon.events({ kind: ['apply', 'rollback'] })).map(({ kind, by }) => `${kind} ${by}`)
    assert.deepEqual(kinds.slice(-2), ['apply fred', 'rollback deadline'])
  })

  it('apply, of which the kernel has a part: nothing of it stays there, and nobody is blamed', async () => {
    const path = `${cell.daemon.state}/next.yaml`
    await dieWhen('apply', { ...given(path), by: 'greta', confirm: '4s' }, building)
    await until('it is rolled back', limitMs, () => !waiting())
    await until('nothing is left', limitMs, () => !building())
    await cell.restart()
    await dieWhen('replace-asset', { asset: 'drive', by: 'greta' }, building)
    await cell.restart()
    await sleep(5000)
    assert.equal(building(), false)
    assert.deepEqual([(await cell.status()).alarms, await told('tamper')], [[], []])
  })

  it('bypass: what the kernel has of it is on record, and an end of it stays one', async () => {
    const nft = Nft.open({ namespace: cell.world.edge })
    const ordered = () => looking(({ kv }) => kv.get(keys.bypass, z.object({ by: z.string() }))?.by)
    const bypassed = async () => (await cell.status()).bypass?.by
    // What the daemon does first, and no more than that.
    await cell.daemon.kill('SIGKILL')
    setBypass(nft, 'bridge', 600)
    await cell.restart()
    assert.deepEqual([await bypassed(), ordered(), (await told('bypass-start')).length], ['unknown', 'unknown', 1])
    await cell.daemon.call('bypass-end', { by: 'hedy' })
    await cell.daemon.call('bypass', { for: '10m', reason: 'line 1', by: 'hedy' })
    await cell.restart('SIGKILL')
    assert.deepEqual([await bypassed(), ordered()], ['hedy', 'hedy'])
    await cell.daemon.kill('SIGKILL')
    setBypass(nft, 'bridge', 0)
    nft.close()
    await cell.restart()
    assert.deepEqual([await bypassed(), ordered()], [undefined, undefined])
    assert.deepEqual(
      (await told('bypass-end')).map(([by]) => by),
      ['hedy', 'unknown'],
    )
  })
})
