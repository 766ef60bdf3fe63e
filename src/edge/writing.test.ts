import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, type SuiteContext, test, type TestContext } from 'node:test'
import * as z from 'zod'
import type { Edge } from './context.ts'
import {
  forgetUnwritten,
  giveUp,
  keepUnwritten,
  notDurable,
  record,
  tellUntold,
  writeManagers,
  writeOrder,
  writeUnwritten,
} from './writing.ts'
import { Fault } from '#core/errors.ts'
import { localChanges } from './enforce.ts'
import { keys } from './store/kv.ts'
import type { Store } from './store/open.ts'
import { begin, untoldOrders } from './untold.ts'
import { storeEdge } from '../../test/fixtures/store-edge.ts'

const folder = mkdtempSync(join(tmpdir(), 'unwritten-'))
after(() => rmSync(folder, { recursive: true }))
const Names = z.array(z.string())

let number = 0
let store: Store
let edge: Edge
let refuse: () => void
let accept: () => void

const prepare = (context: TestContext | SuiteContext): void => {
  const here = storeEdge(join(folder, `${number++}.db`))
  ;({ store, edge, refuse, accept } = here)
  if ('after' in context) context.after(here.close)
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

  test('is counted where too many wait already, the answer says so, and so does an event when there is room', () => {
    refuse()
    const give = () =>
      notDurable(
        edge,
        writeOrder(edge, () => store.kv.set(keys.islands, ['cell']) ?? true),
      )
    const answers = Array.from({ length: 1003 }, give)
    assert.match(answers[999] ?? '', /tried every few seconds/)
    for (const answer of answers.slice(1000)) assert.match(answer, /not tried again.*give it again/)
    assert.match(edge.alarms.get('store') ?? '', /1000 orders are in force.*3 more are in the kernel alone/)
    accept()
    tellUntold(edge)
    const gaps = store.events.search({ kind: ['gap'] }).map(({ event: { details, text } }) => ({ details, text }))
    assert.deepEqual(
      gaps.map(({ details }) => details),
      [{ why: 'disk', orders: 3 }],
    )
    assert.match(gaps[0]?.text ?? '', /^3 orders were carried out and never written down.*give them again/)
    assert.deepEqual([edge.unwritten.waiting, edge.untold.orders, edge.alarms.size], [0, 0, 0])
  })

  test('of a manager is held meanwhile, and half of the room is left to persons', () => {
    const one = { stream: 'orders', id: 'o-1', revision: 1, ip: '198.18.1.40', expires: 9e12, became: 'x' } as const
    const give = (id: string) =>
      writeManagers(
        edge,
        () => store.held.put({ ...one, id }),
        ({ held }) => held.set(`orders ${id}`, { ...one, id }),
      )
    refuse()
    give('o-1')
    const isHeld = () => [
      store.held.get('orders', 'o-1'),
      store.held.list('orders'),
      store.held.about('orders', one.ip),
    ]
    assert.deepEqual(isHeld(), [one, [one], [one]])
    for (let count = 2; count <= 600; count++) give(`o-${count}`)
    assert.deepEqual([edge.unwritten.waiting, store.held.list('orders').length], [500, 500])
    accept()
    tellUntold(edge)
    assert.deepEqual([store.overlay.layer.held.size, store.held.list('orders').length], [0, 500])
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
