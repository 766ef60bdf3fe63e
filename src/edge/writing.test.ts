import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, beforeEach, describe, type SuiteContext, test, type TestContext } from 'node:test'
import * as z from 'zod'
import type { Edge } from './context.ts'
import { forgetUnwritten, giveUp, keepUnwritten, record, tellUntold, writeOrder, writeUnwritten } from './writing.ts'
import { Fault } from '#core/errors.ts'
import { localChanges } from './enforce.ts'
import { keys } from './store/kv.ts'
import { openStore, type Store } from './store/open.ts'
import { begin, Untold, untoldOrders, Unwritten } from './untold.ts'

const folder = mkdtempSync(join(tmpdir(), 'unwritten-'))
after(() => rmSync(folder, { recursive: true }))
const Names = z.array(z.string())

let number = 0
let store: Store
let edge: Edge
/** Another process that has the store for itself refuses a write as a full disk does. */
let refuse: () => void
let accept: () => void

const prepare = (context: TestContext | SuiteContext): void => {
  const path = join(folder, `${number++}.db`)
  store = openStore({ path, busyMs: 1 })
  const bare: Edge = JSON.parse('{ "plan": { "zones": [], "ports": [], "known": [] } }')
  edge = Object.assign(bare, {
    store,
    alarms: new Map(),
    listeners: new Set(),
    untold: new Untold(),
    unwritten: new Unwritten(),
  })
  const other = new DatabaseSync(path)
  refuse = () => other.exec('BEGIN IMMEDIATE')
  accept = () => other.exec('ROLLBACK')
  if ('after' in context)
    context.after(() => {
      other.close()
      store.close()
    })
}

const permit = (since: number, minutes = 60) =>
  store.permits.create({
    src: '198.18.1.72',
    dst: '198.18.1.10',
    proto: 6,
    port: 22,
    since,
    expiresAt: since + minutes * 60_000,
    by: 'test',
    reason: 'x',
  })

describe('an order that the disk does not take', () => {
  beforeEach(prepare)
  test('holds, and is written and told with its time when there is room', () => {
    refuse()
    const islands = ['cell']
    const given = Date.now()
    const stored = writeOrder(
      edge,
      () => {
        store.kv.set(keys.islands, islands)
        record(edge, { kind: 'isolate', zone: 'cell', by: 'alice', text: 'x' })
        return true
      },
      ({ values }) => values.set(keys.islands, islands),
    )
    assert.equal(stored, undefined)
    assert.deepEqual(localChanges(store).islands, islands)
    assert.match([...edge.alarms.values()].join(), /An order is in force and not written down/)
    tellUntold(edge)
    assert.equal(edge.unwritten.waiting, 1)
    const until = Date.now()
    accept()
    tellUntold(edge)
    assert.deepEqual([edge.unwritten.waiting, edge.alarms.size], [0, 0])
    assert.deepEqual([store.overlay.layer.values.size, store.kv.get(keys.islands, Names)], [0, islands])
    const told = store.events.search({ kind: ['isolate'] }).map(({ event }) => Date.parse(event.first))
    assert.equal(told.length, 1)
    assert.ok(told[0] !== undefined && told[0] >= given && told[0] <= until)
  })

  test('is written before those that came later', () => {
    refuse()
    for (const islands of [['cell'], ['cell', 'line']])
      writeOrder(
        edge,
        () => store.kv.set(keys.islands, islands),
        ({ values }) => values.set(keys.islands, islands),
      )
    accept()
    // A person waits no longer than a moment for what could not be written.
    assert.equal(writeUnwritten(edge, true), undefined)
    writeOrder(edge, () => store.kv.set(keys.islands, []))
    assert.deepEqual(localChanges(store).islands, [])
  })

  test('ends a permit and a containment for whoever asks', () => {
    const now = Date.now()
    const { id } = permit(now)
    const row = { family: 4, vlan: 0, ip: '198.18.1.40', kind: 'ordered', since: now, reason: 'x', by: 'x' } as const
    const { containment } = store.containments.add({ ...row, expiresAt: now + 60_000 })
    refuse()
    writeOrder(
      edge,
      () => store.permits.revoke(id, 'alice', now),
      ({ revoked }) => revoked.add(id),
    )
    writeOrder(
      edge,
      () => store.containments.release(containment.id, 'alice', now),
      ({ released }) => released.add(containment.id),
    )
    const inForce = () => [
      store.permits.active(now).length,
      store.containments.active(now).length,
      store.containments.of({ ip: row.ip }, now).length,
      store.containments.isActive(row, now),
      store.containments.story('ordered', row.ip, now),
    ]
    assert.deepEqual(inForce(), [0, 0, 0, false, undefined])
    accept()
    assert.equal(writeUnwritten(edge, true), undefined)
    assert.deepEqual(inForce(), [0, 0, 0, false, undefined])
    assert.deepEqual(
      [store.permits.get(id)?.revokedBy, store.containments.get(containment.id)?.releasedBy],
      ['alice', 'alice'],
    )
  })

  test('replaces a device', () => {
    const spare = { asset: 'plc', macs: ['02:00:00:00:00:01'], replaces: [], at: 1, by: 'x', reason: 'x' }
    store.bindings.set({ ...spare, macs: [] })
    refuse()
    writeOrder(
      edge,
      () => store.bindings.set(spare),
      ({ bindings }) => bindings.set('plc', spare),
    )
    assert.deepEqual(store.bindings.list(), [spare])
    accept()
    assert.equal(writeUnwritten(edge, true), undefined)
    assert.deepEqual(store.bindings.list(), [spare])
  })

  test('and comes to nothing leaves nothing', () => {
    const order = { at: Date.now(), write: () => store.kv.set(keys.islands, ['cell']) }
    keepUnwritten(edge, order, new Fault('disk-full', 'x'), ({ values }) => values.set(keys.islands, ['cell']))
    forgetUnwritten(edge, order)
    assert.equal(writeUnwritten(edge, true), undefined)
    assert.deepEqual([localChanges(store).islands, edge.alarms.size], [[], 0])
  })
})

describe('an order that was begun and that the kernel refuses', () => {
  beforeEach(prepare)
  test('is not told, be the disk full by then', () => {
    const event = { kind: 'apply', by: 'alice', text: 'x' } as const
    const other = begin(store, { ...event, by: 'bob' }, () => undefined)
    const begun = begin(store, event, () => store.kv.set(keys.islands, ['cell']))
    refuse()
    giveUp(
      edge,
      begun,
      () => store.kv.set(keys.islands, []),
      ({ values }) => values.set(keys.islands, []),
    )
    assert.deepEqual([untoldOrders(store), localChanges(store).islands], [[other], []])
    accept()
    assert.equal(writeUnwritten(edge, true), undefined)
    assert.deepEqual([untoldOrders(store), localChanges(store).islands], [[other], []])
  })
})
