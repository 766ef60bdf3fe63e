import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventDraft } from '#schema/event.ts'
import { aggregate } from './aggregate.ts'
import { complete } from './draft.ts'

const denial = (source: string, port = 502, count?: number): EventDraft => ({
  kind: 'denial',
  reason: 'no-conduit',
  source: { ip: source },
  destination: { ip: '198.18.1.10' },
  protocol: 'tcp',
  port,
  ...(count !== undefined && { count }),
})
const counts = (told: readonly EventDraft[]) => told.map(({ count }) => count)
const sum = (told: readonly EventDraft[]) => told.reduce((total, { count }) => total + (count ?? 0), 0)
const second = 1000

test('the first is told at once and the others with their count at the end of the interval', () => {
  const some = aggregate()
  assert.deepEqual(counts(some.add(denial('198.18.1.40'), 0)), [1])
  for (let at = 1; at <= 41; at++) assert.deepEqual(some.add(denial('198.18.1.40'), at * 100), [])
  assert.deepEqual(some.due(9999), [])
  const [told] = some.due(10 * second)
  assert.deepEqual([told?.count, told?.first, told?.last], [41, '1970-01-01T00:00:00.100Z', '1970-01-01T00:00:04.100Z'])
})

test('the interval doubles from 10 seconds to 10 minutes while it goes on', () => {
  const some = aggregate()
  some.add(denial('198.18.1.40'), 0)
  const times: number[] = []
  for (let now = second; now <= 3600 * second; now += second) {
    some.add(denial('198.18.1.40'), now)
    if (some.due(now).length > 0) times.push(now / second)
  }
  assert.deepEqual(times, [10, 30, 70, 150, 310, 630, 1230, 1830, 2430, 3030])
})

test('a conversation that was quiet for an interval is news again', () => {
  const some = aggregate()
  some.add(denial('198.18.1.40'), 0)
  assert.deepEqual(some.due(10 * second), [])
  assert.equal(some.size, 0)
  assert.deepEqual(counts(some.add(denial('198.18.1.40'), 11 * second)), [1])
})

const differences: readonly [name: string, other: EventDraft][] = [
  ['source', denial('198.18.1.41')],
  ['port', denial('198.18.1.40', 102)],
  ['reason', { ...denial('198.18.1.40'), reason: 'window-closed' }],
  ['destination', { ...denial('198.18.1.40'), destination: { ip: '198.18.1.11' } }],
  ['kind', { ...denial('198.18.1.40'), kind: 'would-deny' }],
  ['VLAN', { ...denial('198.18.1.40'), source: { ip: '198.18.1.40', vlan: 20 } }],
]
for (const [name, other] of differences) {
  test(`another ${name} is another conversation`, () => {
    const some = aggregate()
    some.add(denial('198.18.1.40'), 0)
    assert.deepEqual(counts(some.add(other, 1)), [1])
  })
}

test('a flood of 100,000 sources stays in bounds and is told exactly', () => {
  const some = aggregate({ capacity: 128, burst: 50, perSecond: 10 })
  const told: EventDraft[] = []
  let most = 0
  for (let at = 0; at < 100_000; at++) {
    told.push(...some.add(denial(`198.18.${(at >> 8) & 255}.${at & 255}`, 1 + (at % 60_000)), at / 10))
    if (at % 1000 === 0) told.push(...some.due(at / 10))
    most = Math.max(most, some.size)
  }
  told.push(...some.drain())
  assert.equal(sum(told), 100_000)
  assert.ok(most <= 128)
  // 10 seconds: 50 at once, 10 a second, one overflow per interval and at the end, and summaries.
  assert.ok(told.length <= 50 + 100 + 3 + 50, `${told.length} events`)
  const over = told.filter(({ kind }) => kind === 'overflow')
  assert.equal(
    over.reduce((total, { details }) => total + Number(details?.['denial:no-conduit']), 0),
    sum(over),
  )
})

test('a conversation pushed out of memory keeps its untold count', () => {
  const some = aggregate({ capacity: 2, burst: 100 })
  some.add(denial('198.18.1.40'), 0)
  some.add(denial('198.18.1.40', 502, 5), 1)
  some.add(denial('198.18.1.41'), 2)
  some.add(denial('198.18.1.42'), 3)
  const [over] = some.due(10_003)
  assert.deepEqual([over?.kind, over?.count], ['overflow', 5])
})

test('counts are exact for any sequence', () => {
  // A fixed linear congruential generator: the same sequences every time.
  let state = 1
  const random = (below: number) => ((state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8) % below
  for (let round = 0; round < 50; round++) {
    const some = aggregate({
      capacity: 1 + random(8),
      burst: 1 + random(8),
      perSecond: random(4),
      shortest: 100,
      longest: 400,
    })
    let fed = 0
    let now = 0
    const told: EventDraft[] = []
    for (let at = 0; at < 300; at++) {
      const count = 1 + random(9)
      fed += count
      now += random(60)
      told.push(...some.add(denial(`198.18.1.${random(12)}`, 1 + random(3), count), now))
      if (random(4) === 0) told.push(...some.due(now))
    }
    told.push(...some.drain())
    assert.equal(sum(told), fed)
    for (const draft of told) complete(draft, '01K000000000000000000000V0', now, { site: 's', edge: 'e' })
  }
})

test('more reasons than can be kept apart are counted as others', () => {
  const some = aggregate({ burst: 0 })
  for (let at = 0; at < 100; at++) some.add({ ...denial('198.18.1.40'), reason: `reason-${at}` }, at)
  const [over] = some.drain()
  assert.equal(Object.keys(over?.details ?? {}).length, 33)
  assert.equal(
    Object.values(over?.details ?? {}).reduce((total: number, count) => total + Number(count), 0),
    100,
  )
})

test('a summary says what came since the last one, joined', () => {
  const some = aggregate({ join: (before, more) => ({ ...more, text: `${before.text} ${more.text}` }) })
  const say = (text: string, now: number) => some.add({ ...denial('198.18.1.40'), text }, now)
  const texts = (told: readonly EventDraft[]) => told.map(({ text }) => text)
  assert.deepEqual(texts(say('one', 0)), ['one'])
  say('two', 1)
  say('three', 2)
  assert.deepEqual(texts(some.due(10 * second)), ['two three'])
  say('four', 11 * second)
  assert.deepEqual(texts(some.drain()), ['four'])
})
