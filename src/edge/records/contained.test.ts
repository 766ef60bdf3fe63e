import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Packet } from '#policy/packet.ts'
import { storeEdge, type StoreEdge } from '../../../test/fixtures/store-edge.ts'
import type { Edge } from '../context.ts'
import type { Store } from '../store/open.ts'
import { tellUntold } from '../writing.ts'
import { noticedReleased, settleContained, strangerContained, writeFound, writeNoticed } from './contained.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-contained-'))
let here: StoreEdge
let store: Store
let edge: Edge
let stores = 0

const packet = (number: number): Packet => ({
  in: 'plant',
  out: 'cell',
  srcMac: '02:00:00:00:00:99',
  dstMac: '02:00:00:00:00:10',
  etherType: 0x0800,
  ip: {
    family: 4,
    src: `100.64.${number >> 8}.${number & 255}`,
    dst: '198.18.1.10',
    proto: 6,
    sport: 40_000,
    dport: 22,
  },
})
const come = (count: number): void => {
  for (let number = 0; number < count; number++) strangerContained(edge, packet(number), 'cell', { ip: '100.64.0.0' })
}
const written = () => store.containments.active(Date.now()).length
const told = () => store.events.search({ kind: ['containment'], limit: 10_000 }).length

describe('strangers that the kernel contained', () => {
  beforeEach(() => {
    here = storeEdge(join(folder, `${stores++}.db`))
    ;({ store, edge } = here)
  })
  afterEach(() => here.close())
  after(() => rmSync(folder, { recursive: true }))

  test('are written down after the records that told of them, many in one go', async () => {
    come(120)
    assert.equal(written(), 0, 'nobody waits for the disk')
    await setImmediate()
    await setImmediate()
    const some = written()
    assert.ok(some > 0 && some < 120, `${some} at once`)
    writeNoticed(edge)
    assert.deepEqual([written(), told()], [120, 120])
  })
  test('are told one by one up to a number, and no more of a flood', () => {
    for (let round = 0; round < 2; round++) come(2000)
    writeNoticed(edge)
    assert.equal(written(), 2000, 'what is beyond is found in the kernel')
    // Some more where it took a while.
    assert.ok(told() >= 1024 && told() < 1100, `${told()} told`)
  })
  test('are told by their record, which knows the zone, although they were found in the kernel meanwhile', async () => {
    const found = (ip: string) => ({ kind: 'stranger', ip, vlan: 0, expires: 3600, packets: 1, bytes: 60 }) as const
    come(1)
    await writeFound(edge, [found('100.64.0.0'), found('100.64.0.1')])
    writeNoticed(edge)
    const events = store.events.search({ kind: ['containment'], limit: 10 })
    assert.deepEqual(events.map(({ event: { zone, text } }) => `${text.split(' ')[0]} ${zone}`).toSorted(), [
      '100.64.0.0 cell',
      '100.64.0.1 undefined',
    ])
  })
  test('while the disk takes nothing are told once, with the time at which it happened, when there is room', async () => {
    const found = { kind: 'stranger', ip: '100.64.0.7', vlan: 0, expires: 3600, packets: 1, bytes: 60 } as const
    here.refuse()
    come(2)
    const given = Date.now()
    await sleep(5)
    for (let pass = 0; pass < 3; pass++) {
      await setImmediate()
      writeNoticed(edge)
      await writeFound(edge, [found])
      tellUntold(edge)
    }
    assert.match(edge.alarms.get('store') ?? '', /did not finish in time/)
    assert.deepEqual([written(), told()], [0, 0])
    here.accept()
    writeNoticed(edge)
    await writeFound(edge, [found])
    tellUntold(edge)
    assert.deepEqual([written(), told(), edge.alarms.size], [3, 3, 0])
    const times = store.events.search({ kind: ['containment'] }).map(({ event: { first } }) => Date.parse(first))
    assert.equal(times.filter((time) => time <= given).length, 2)
  })
  test('and released before that could be written down are told, and not in force', () => {
    here.refuse()
    come(2)
    writeNoticed(edge)
    noticedReleased(edge, '100.64.0.1', 'alice', Date.now())
    here.accept()
    writeNoticed(edge)
    assert.deepEqual([written(), told()], [1, 2])
    assert.equal(store.containments.history().find(({ ip }) => ip === '100.64.0.1')?.releasedBy, 'alice')
  })
  test('end by themselves, which is told once although the disk takes nothing for a while', async () => {
    come(3)
    writeNoticed(edge)
    store.setClock(0, -2 * 3_600_000)
    here.refuse()
    for (let pass = 0; pass < 3; pass++) {
      await settleContained(edge)
      tellUntold(edge)
    }
    here.accept()
    await settleContained(edge)
    tellUntold(edge)
    const ends = store.events.search({ kind: ['release'], limit: 100 })
    assert.deepEqual([ends.length, written()], [3, 0])
    assert.ok(ends.every(({ event: { first } }) => Date.parse(first) < Date.now() - 1800_000))
  })
})
