import assert from 'node:assert/strict'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { Plan } from '#policy/plan.ts'
import type { EventDraft } from '#schema/event.ts'
import { signingKey } from '../audit/key.ts'
import { keys } from './kv.ts'
import { openStore, type Store, type StoreOptions } from './open.ts'
import { verifyStore } from './trail.ts'

const folders: string[] = []
const stores: Store[] = []
describe('the store', () => {
  afterEach(() => {
    for (const store of stores.splice(0)) {
      try {
        store.close()
      } catch {
        // closed by the test
      }
    }
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  const place = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-store-'))
    folders.push(folder)
    return join(folder, 'state', 'edge.db')
  }
  const open = (path: string, options: Partial<StoreOptions> = {}): Store => {
    const store = openStore({ path, reserveBytes: 65_536, ...options })
    stores.push(store)
    return store
  }
  const code =
    (wanted: string, says = '') =>
    (error: unknown): boolean =>
      error instanceof Fault && error.code === wanted && error.message.includes(says)
  const start = Date.UTC(2026, 10, 21, 10)
  const day = 86_400_000

  // The store does not look into a plan.
  const plan = (digest: string): Plan => JSON.parse(JSON.stringify({ version: 1, digest, site: 's', edge: 'e' }))

  test('an event comes back as it was reported, with what its kind declares', () => {
    const store = open(place(), { now: () => start })
    store.identify({ site: 'riverside', edge: 'cell-1' })
    const [first] = store.events.append({
      kind: 'containment',
      zone: 'cell-1',
      reason: 'out-of-scope',
      source: { ip: '198.18.1.40', mac: '00:1B:1B:AA:00:40', port: 'cell' },
      count: 7,
      by: 'kernel',
    })
    const [found] = store.events.search({ source: '198.18.1.40' })
    assert.deepEqual(found, first)
    assert.equal(found?.event.class, 'P0')
    assert.equal(found?.event.time, '2026-11-21T10:00:00.000Z')
    assert.equal(found?.event.first, found?.event.time)
    assert.equal(found?.event.source?.mac, '00:1b:1b:aa:00:40')
    assert.equal(found?.event.site, 'riverside')
    assert.match(found?.event.text ?? '', /198\.18\.1\.40 on port cell/)
  })

  test('an event that is not one is refused and nothing of its batch is kept', () => {
    const store = open(place())
    assert.throws(
      () => store.events.append({ kind: 'start' }, { kind: 'denial', source: { ip: 'nonsense' } }),
      code('internal'),
    )
    assert.equal(store.events.newest(), 0)
  })

  const searches: readonly [name: string, query: Parameters<Store['events']['search']>[0], texts: readonly string[]][] =
    [
      ['everything, newest first', {}, ['f', 'e', 'd', 'c', 'b', 'a']],
      ['by address', { source: '198.18.1.40' }, ['b', 'a']],
      ['by network', { source: '198.18.1.0/24' }, ['c', 'b', 'a']],
      ['by IPv6 address in another notation', { source: 'fd00:198:18:0::5' }, ['d']],
      ['by a network of IPv6', { source: 'fd00:198:18::/48' }, ['d']],
      ['by MAC in any notation', { source: '00-1B-1B-AA-00-40' }, ['e']],
      ['by name of an asset', { source: 'hmi-1' }, ['c']],
      ['by conduit', { conduit: 'fill' }, ['c']],
      ['by kind', { kind: ['start', 'scan'] }, ['f', 'b']],
      ['by class', { class: 'P0' }, ['f']],
      ['from a time, inclusive', { since: start + 4 }, ['f', 'e']],
      ['until a time, exclusive', { until: start + 1 }, ['a']],
      ['between times', { since: start + 1, until: start + 3 }, ['c', 'b']],
      ['with a limit', { limit: 2 }, ['f', 'e']],
      ['by address and kind', { source: '198.18.1.40', kind: ['scan'] }, ['b']],
      ['for something that never happened', { source: '198.18.1.41' }, []],
      ['for a name that looks like SQL', { source: "x' OR 1=1 --" }, []],
    ]
  for (const [name, query, texts] of searches) {
    test(`search ${name}`, () => {
      let clock = start
      const store = open(place(), { now: () => clock })
      const happened: EventDraft[] = [
        { kind: 'denial', text: 'a', source: { ip: '198.18.1.40' } },
        { kind: 'scan', text: 'b', source: { ip: '198.18.1.40' } },
        { kind: 'denial', text: 'c', conduit: 'fill', source: { ip: '198.18.1.70', asset: 'hmi-1' } },
        { kind: 'denial', text: 'd', source: { ip: 'fd00:198:18::5' } },
        { kind: 'layer2', text: 'e', source: { mac: '00:1b:1b:aa:00:40' } },
        { kind: 'start', text: 'f' },
      ]
      for (const draft of happened) {
        store.events.append(draft)
        clock++
      }
      assert.deepEqual(
        store.events.search(query).map(({ event }) => event.text),
        texts,
      )
    })
  }

  test('pages of a search follow each other without overlap', () => {
    const store = open(place())
    for (let at = 0; at < 25; at++) store.events.append({ kind: 'denial', text: String(at) })
    const seen: string[] = []
    for (
      let page = store.events.search({ limit: 10 });
      page.length > 0;
      page = store.events.search({ limit: 10, before: page.at(-1)?.seq ?? 0 })
    ) {
      seen.push(...page.map(({ event }) => event.text))
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, at) => String(24 - at)),
    )
    assert.deepEqual(
      store.events.after(20).map(({ seq }) => seq),
      [21, 22, 23, 24, 25],
    )
  })

  test('ids keep rising over restarts when the clock falls back to 1970', () => {
    const path = place()
    const ids: string[] = []
    for (const clock of [start, 0, 1, start - day]) {
      const store = openStore({ path, now: () => clock, reserveBytes: 0 })
      ids.push(...store.events.append({ kind: 'start' }, { kind: 'denial' }).map(({ event }) => event.id))
      store.maintain()
      assert.equal(store.lastTime(), start)
      store.close()
    }
    assert.deepEqual(ids.toSorted(), ids)
    assert.equal(new Set(ids).size, 8)
    const report = verifyStore(path, { now: start })
    assert.equal(report.integrity.ok && report.completeness.ok, true)
  })

  test('a second owner is refused with the process that has it, and may read', () => {
    const path = place()
    const first = open(path)
    first.events.append({ kind: 'start' })
    assert.throws(() => openStore({ path }), code('edge-running', `process ${process.pid}`))
    const second = open(path, { readonly: true })
    assert.equal(second.events.search().length, 1)
    assert.throws(() => second.events.append({ kind: 'stop' }), Fault)
    assert.equal(open(path, { readonly: 'if-busy' }).readonly, true)
    first.events.append({ kind: 'adopt' })
    assert.equal(second.events.search().length, 2)
    first.close()
    assert.equal(open(path, { readonly: 'if-busy' }).readonly, false)
  })

  test('a process beside the owner extends the same chain', () => {
    const path = place()
    const owner = open(path)
    owner.plans.stage({ source: 'a', plan: plan('d1'), deadline: start, by: 'ana', at: start })
    owner.events.append({ kind: 'apply' })
    const beside = open(path, { beside: true })
    beside.together(() => {
      beside.plans.rollBack('deadline', start + 1, 'not confirmed in time')
      beside.events.append({ kind: 'rollback' })
    })
    beside.close()
    owner.events.append({ kind: 'adopt' })
    assert.equal(owner.plans.pending(), undefined)
    owner.close()
    const report = verifyStore(path, { now: start, key: signingKey(join(path, '..')) })
    assert.deepEqual([report.integrity.findings, report.completeness.findings, report.records], [[], [], 3])
  })

  test('several writes together are all there or none', () => {
    const store = open(place())
    assert.throws(() =>
      store.together(() => {
        store.kv.set('islands', ['cell-1'])
        store.events.append({ kind: 'isolate' })
        throw new Error('the kernel said no')
      }),
    )
    assert.equal(store.events.newest(), 0)
    assert.equal(store.auditHead().n, 0)
  })

  test('a plan is pending until confirmed, and the last confirmed one stays what to go back to', () => {
    const store = open(place())
    const { plans } = store
    const first = plans.stage({ source: 'one', plan: plan('d1'), by: 'ana', at: start })
    assert.equal(first.state, 'confirmed')
    const second = plans.stage({ source: 'two', plan: plan('d2'), by: 'ben', at: start + 1, deadline: start + 60_000 })
    assert.deepEqual(
      [plans.current()?.id, plans.confirmed()?.id, plans.pending()?.deadline],
      [second.id, first.id, start + 60_000],
    )
    assert.equal(plans.rollBack('deadline', start + 60_000, 'not confirmed')?.state, 'rolled-back')
    assert.equal(plans.current()?.id, first.id)
    assert.equal(plans.rollBack('ana', start, 'again'), undefined)
    plans.stage({ source: 'three', plan: plan('d3'), by: 'ana', at: start + 2, deadline: start + 70_000 })
    const fourth = plans.stage({ source: 'four', plan: plan('d4'), by: 'ana', at: start + 3, deadline: start + 80_000 })
    assert.equal(plans.confirm('ben', start + 4)?.id, fourth.id)
    assert.equal(plans.confirm('ben', start + 5), undefined)
    assert.deepEqual(
      plans.history().map(({ state }) => state),
      ['confirmed', 'superseded', 'rolled-back', 'superseded'],
    )
    assert.deepEqual(plans.load(fourth.id), { plan: plan('d4'), source: 'four' })
  })

  test('only the last plans keep their content, the confirmed one always', () => {
    const { plans } = open(place())
    const first = plans.stage({ source: 'one', plan: plan('d0'), by: 'ana', at: start })
    for (let n = 1; n <= 15; n++)
      plans.stage({ source: String(n), plan: plan(`d${n}`), by: 'ana', at: start, deadline: start })
    assert.equal(plans.history(100).length, 16)
    assert.notEqual(plans.load(first.id), undefined)
    assert.equal(plans.load(2), undefined)
    assert.notEqual(plans.load(16), undefined)
  })

  test('a containment of the same key moves its end; a new one begins after the old one is over', () => {
    const { containments } = open(place())
    const key = {
      kind: 'stranger',
      family: 4,
      vlan: 0,
      ip: '198.18.1.40',
      mac: '00:1b:1b:aa:00:40',
      reason: 'out-of-scope',
      by: 'kernel',
    } as const
    const first = containments.add({ ...key, since: start, expiresAt: start + 1000 })
    const again = containments.add({ ...key, since: start + 500, expiresAt: start + 1500 })
    assert.deepEqual(
      [first.added, again.added, again.containment.id, again.containment.expiresAt],
      [true, false, first.containment.id, start + 1500],
    )
    const later = containments.add({ ...key, since: start + 2000, expiresAt: start + 3000 })
    assert.equal(later.added, true)
    assert.equal(containments.get(first.containment.id)?.releasedBy, 'time')
    const ordered = containments.add({ ...key, kind: 'ordered', since: start + 2000, evidence: { ticket: 7 } })
    assert.equal(ordered.added, true)
    assert.deepEqual(
      containments.active(start + 2500).map(({ id }) => id),
      [later.containment.id, ordered.containment.id],
    )
    assert.deepEqual(
      containments.of({ ip: '198.18.1.40' }, start + 9000).map(({ id }) => id),
      [ordered.containment.id],
    )
    assert.deepEqual(
      containments.settle(start + 3000).map(({ id }) => id),
      [later.containment.id],
    )
    assert.equal(containments.release(ordered.containment.id, 'ana', start + 4000)?.releasedBy, 'ana')
    assert.equal(containments.release(ordered.containment.id, 'ana', start + 4000), undefined)
    assert.deepEqual(containments.active(start), [])
    assert.deepEqual(containments.get(ordered.containment.id)?.evidence, { ticket: 7 })
  })

  test('a permit is in force until its end or until revoked', () => {
    const { permits } = open(place())
    const asked = {
      src: '198.18.1.72',
      dst: '198.18.1.10',
      proto: 6,
      port: 102,
      by: 'ana',
      reason: 'repair',
      since: start,
    }
    const short = permits.create({ ...asked, expiresAt: start + 1000 })
    const long = permits.create({ ...asked, expiresAt: start + day, mac: '00:1b:1b:aa:00:72' })
    assert.deepEqual(
      permits.active(start + 999).map(({ id }) => id),
      [short.id, long.id],
    )
    assert.deepEqual(permits.active(start + 1000), [long])
    assert.deepEqual(
      permits.settle(start + 1000).map(({ id, revokedBy }) => [id, revokedBy]),
      [[short.id, 'time']],
    )
    assert.equal(permits.revoke(long.id, 'ben', start + 5)?.revokedAt, start + 5)
    assert.equal(permits.revoke(long.id, 'ben', start + 5), undefined)
    assert.deepEqual(permits.active(start), [])
  })

  test('replaced devices, hits and values come back after a restart', () => {
    const path = place()
    const store = openStore({ path, reserveBytes: 0 })
    store.bindings.set({
      asset: 'plc-fill',
      macs: ['00:1b:1b:aa:00:11'],
      replaces: [],
      at: start,
      by: 'ana',
      reason: 'spare',
    })
    store.bindings.set({ asset: 'plc-fill', macs: [], replaces: [], at: start + 1, by: 'ana', reason: 'any' })
    store.hits.add([{ name: 'fill', packets: 3, bytes: 300, last: start }])
    store.hits.add([{ name: 'fill', packets: 2, bytes: 100 }])
    store.close()
    const again = open(path)
    assert.deepEqual(
      again.bindings.list().map(({ macs, reason }) => [macs, reason]),
      [[[], 'any']],
    )
    assert.deepEqual(again.hits.get('fill'), { name: 'fill', packets: 5, bytes: 400, last: start })
    assert.equal(again.bindings.remove('plc-fill'), true)
    assert.equal(again.bindings.remove('plc-fill'), false)
  })

  test('by size the lowest class loses its oldest first, P0 never, and gap records count exactly what was lost', () => {
    let clock = start
    const store = open(place(), { now: () => clock++, limits: { maxBytes: 2_000_000 } })
    const filler = 'x'.repeat(300)
    for (let n = 0; n < 400; n++) {
      store.events.append(
        { kind: 'start', text: filler },
        ...Array.from({ length: 4 }, () => ({ kind: 'denial', text: filler, count: 2 }) as const),
        ...Array.from({ length: 4 }, () => ({ kind: 'denial', class: 'P3', text: filler, count: 3 }) as const),
      )
    }
    const before = { P1: 1600, P3: 1600 }
    for (let run = 0; run < 50 && !store.maintain().done; run++);
    const done = store.maintain()
    assert.ok(done.usedBytes <= 2_000_000, `${done.usedBytes} bytes`)
    const left = (name: 'P0' | 'P1' | 'P3') => store.events.search({ class: name, limit: 100_000 })
    const gaps = store.events.search({ kind: ['gap'] }).map(({ event }) => event)
    assert.equal(left('P0').length - gaps.length, 400)
    const lost = (name: string) =>
      gaps
        .filter(({ details }) => details?.['class'] === name)
        .reduce((sum, { details }) => sum + Number(details?.['events']), 0)
    assert.equal(lost('P3'), before.P3 - left('P3').length)
    assert.equal(lost('P1'), before.P1 - left('P1').length)
    assert.ok(left('P3').length === 0 || lost('P1') === 0, 'P1 goes only after all of P3')
    assert.equal(
      gaps.filter(({ details }) => details?.['class'] === 'P3').reduce((sum, { count }) => sum + count, 0),
      lost('P3') * 3,
    )
    const oldestP1 = left('P1').at(-1)?.seq ?? Infinity
    assert.ok(left('P1').every(({ seq }) => seq >= oldestP1))
  })

  test('by age events go once a day, and not at all when the clock has just leapt', () => {
    let clock = start
    const store = open(place(), { now: () => clock })
    store.maintain()
    store.events.append({ kind: 'denial' }, { kind: 'start' })
    clock = start + 400 * day
    assert.equal(store.maintain().dropped, 0)
    clock += day
    assert.equal(store.maintain().dropped, 1)
    assert.deepEqual(
      store.events.search().map(({ event }) => event.kind),
      ['gap', 'start'],
    )
    assert.equal(store.maintain().dropped, 0)
  })

  const damages: readonly [name: string, damage: (path: string) => void][] = [
    ['without content', (path) => truncateSync(path, 0)],
    ['cut in the middle', (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
    ['cut within its first page', (path) => truncateSync(path, 1000)],
    ['with another head', (path) => writeAt(path, 0, Buffer.from('this is not a database'))],
    ['that is something else', (path) => writeFileSync(path, 'x'.repeat(100_000))],
    ['with a page of noise', (path) => writeAt(path, 4096 * 2, Buffer.alloc(4096, 0xa5))],
    ['with pages of zeros', (path) => writeAt(path, 4096, Buffer.alloc(statSync(path).size - 4096))],
    ['with a write-ahead log that is something else', (path) => writeFileSync(`${path}-wal`, 'y'.repeat(50_000))],
  ]
  const writeAt = (path: string, position: number, content: Buffer): void => {
    const file = openSync(path, 'r+')
    writeSync(file, content, 0, content.length, position)
    closeSync(file)
  }
  for (const [name, damage] of damages) {
    test(`a store ${name} is refused by name and left as it is`, () => {
      const path = place()
      const store = openStore({ path, reserveBytes: 0 })
      for (let n = 0; n < 200; n++) store.events.append({ kind: 'start', text: 'x'.repeat(200) })
      store.close()
      damage(path)
      copyFileSync(path, `${path}.copy`)
      const readEverything = (readonly: boolean) => {
        const damaged = openStore({ path, readonly })
        try {
          damaged.events.search({ limit: 100_000 })
        } finally {
          damaged.close()
        }
      }
      const named = code('store-corrupt', path)
      // Who owns it looks at every page before anything else; a reader meets the damage at the latest where it is.
      assert.throws(() => openStore({ path }), named)
      assert.throws(() => readEverything(true), named)
      assert.ok(readFileSync(path).equals(readFileSync(`${path}.copy`)))
      rmSync(path)
      const fresh = open(path)
      assert.equal(fresh.auditHead().n > 0, true, 'the new store says that the old trail is gone')
      assert.deepEqual(
        fresh.events.search().map(({ event }) => event.kind),
        ['tamper'],
      )
    })
  }

  test('a damaged store is moved away, as advised: what its log holds does not come into the new one', () => {
    const path = place()
    const store = openStore({ path, reserveBytes: 0 })
    for (let n = 0; n < 50; n++) store.events.append({ kind: 'start', text: 'x'.repeat(200) })
    // What a machine without power leaves: the log is not folded in.
    const log = readFileSync(`${path}-wal`)
    store.close()
    rmSync(path)
    writeFileSync(`${path}-wal`, log)
    const fresh = open(path)
    assert.deepEqual(
      fresh.events.search().map(({ event }) => event.kind),
      ['tamper'],
    )
    assert.ok(readFileSync(`${path}-wal.left`).equals(log))
  })

  test('a missing store cannot be read, and reading does not make one', () => {
    const path = place()
    assert.throws(() => openStore({ path, readonly: true }), code('store-unreadable'))
    assert.equal(existsSync(path), false)
  })

  test('a store of a newer version is left alone', () => {
    const path = place()
    const store = openStore({ path, reserveBytes: 0 })
    store.close()
    writeAt(path, 60, Buffer.from([0, 0, 0, 99]))
    assert.throws(() => openStore({ path }), code('store-unreadable', 'newer'))
  })

  test('what is in force keeps the time that is left to it when a clock that was ahead is set back', () => {
    const ahead = start + 1800 * day
    let clock = ahead
    const store = open(place(), { now: () => clock })
    store.maintain()
    const { containment } = store.containments.add({
      kind: 'ordered',
      family: 4,
      vlan: 0,
      ip: '198.18.1.40',
      reason: 'x',
      by: 'test',
      since: ahead,
      expiresAt: ahead + day,
    })
    const lasting = store.containments.add({
      kind: 'ordered',
      family: 4,
      vlan: 0,
      ip: '198.18.1.41',
      reason: 'x',
      by: 'test',
      since: start - day,
    }).containment
    const permit = store.permits.create({
      src: '198.18.1.70',
      dst: '198.18.1.10',
      proto: 6,
      port: 502,
      by: 'test',
      reason: 'x',
      since: ahead,
      expiresAt: ahead + 2 * day,
    })
    store.plans.stage({ source: 'a', plan: plan('a'), by: 'test', at: ahead })
    store.plans.stage({ source: 'b', plan: plan('b'), by: 'test', at: ahead, deadline: ahead + 60_000 })
    store.kv.set(keys.bypass, { until: new Date(ahead + 600_000).toISOString(), reason: 'x', by: 'test' })
    clock = start
    store.setClock(ahead + 1000, start)
    assert.equal(store.lastTime(), start)
    const { since, expiresAt } = store.containments.get(containment.id) ?? {}
    assert.deepEqual([since, expiresAt], [start, start + day - 1000])
    assert.deepEqual(store.containments.get(lasting.id), lasting)
    assert.equal(store.permits.get(permit.id)?.expiresAt, start + 2 * day - 1000)
    assert.equal(store.plans.pending()?.deadline, start + 59_000)
    assert.equal(
      store.kv.get(keys.bypass, z.object({ until: z.string() }))?.until,
      new Date(start + 599_000).toISOString(),
    )
    store.events.append({ kind: 'denial' })
    clock += 200 * day
    store.maintain()
    clock += day
    assert.equal(store.maintain().dropped, 1, 'and what is old is dropped by age')
  })
})
