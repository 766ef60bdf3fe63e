import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { openStore, type Store } from './open.ts'
import { cursorsOf } from './outbox.ts'

const ends: (() => void)[] = []
describe('the outbox', () => {
  afterEach(() => {
    for (const end of ends.splice(0)) end()
  })
  const open = (events: number): Store => {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-outbox-'))
    const store = openStore({ path: join(folder, 'edge.db'), reserveBytes: 0 })
    ends.push(() => {
      store.close()
      rmSync(folder, { recursive: true, force: true })
    })
    store.events.append(...Array.from({ length: events }, () => ({ kind: 'denial' }) as const))
    return store
  }
  const waiting = (store: Store): number =>
    store.outbox.next('P1', cursorsOf(store.kv).P1 ?? 0, { count: 100, size: 1 << 20 }).length

  for (const { name, P1, behind, next } of [
    { name: 'as many as there are', P1: 5, behind: 0, next: 6 },
    { name: 'some more', P1: 900, behind: 895, next: 901 },
    { name: 'as many as can be counted', P1: Number.MAX_SAFE_INTEGER, behind: Number.MAX_SAFE_INTEGER - 5, next: 6 },
  ])
    test(`a manager that says it has ${name} makes nothing count as stored that was not sent`, () => {
      const store = open(5)
      assert.equal(store.outbox.resume({ P1 }), behind)
      assert.equal(waiting(store), 5)
      assert.equal(store.events.append({ kind: 'denial' })[0]?.seq, next)
      assert.equal(waiting(store), 6)
    })

  test('a file from a manager moves the cursors no further than a file for it went', () => {
    const store = open(5)
    store.outbox.advance({ P1: 5 })
    assert.equal(waiting(store), 5)
    store.outbox.exported({ P1: 3 })
    store.outbox.advance({ P1: 2 })
    assert.equal(waiting(store), 3)
    store.outbox.advance({ P1: 5 })
    assert.equal(waiting(store), 2)
    store.outbox.exported({ P0: 1 })
    store.outbox.exported({ P1: 1 })
    store.outbox.advance({ P1: 5 })
    assert.equal(waiting(store), 2)
  })
})
