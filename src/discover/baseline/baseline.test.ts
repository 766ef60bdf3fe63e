import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inventoryFrom, plantDevices } from '../assess/example.ts'
import type { Rhythm, Span } from '../model.ts'
import { commandOf, conversationOf, observedOf, start } from '../plant.ts'
import { baselineOf, regularityOf } from './baseline.ts'
import { coverageOf, durationText, joined } from './calendar.ts'
import { processorMs } from '../../../test/fixtures/processor.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const span = (from: string, ms: number): Span => ({ first: Date.parse(from), last: Date.parse(from) + ms })

describe('what recordings cover of the calendar', () => {
  const tuesday = span('2026-03-03T08:00:00Z', 58 * minute)
  test('is said for an hour of a morning', () => {
    assert.equal(
      coverageOf([tuesday], 'UTC').text,
      'Observed 58 minutes on a Tuesday morning: no whole early shift (06–14), no whole late shift (14–22), no whole night shift (22–06), no Monday, Wednesday, Thursday, Friday, no weekend, no turn of a month.',
    )
  })
  test('depends on where the plant is', () => {
    assert.match(coverageOf([span('2026-03-03T23:30:00Z', 20 * minute)], 'Europe/Berlin').text, /on a Wednesday night/)
    assert.match(
      coverageOf([span('2026-03-03T23:30:00Z', 20 * minute)], 'America/Chicago').text,
      /on a Tuesday afternoon/,
    )
  })

  const rows: readonly {
    readonly name: string
    readonly spans: readonly Span[]
    readonly missing: readonly string[]
  }[] = [
    { name: 'a week', spans: [span('2026-03-02T00:00:00Z', 7 * day)], missing: ['no turn of a month'] },
    {
      name: 'a second of each hour of a week',
      spans: Array.from({ length: 7 * 24 }, (_, at) =>
        span(new Date(Date.parse('2026-03-27') + at * hour).toISOString(), 1000),
      ),
      missing: ['no whole early shift (06–14)', 'no whole late shift (14–22)', 'no whole night shift (22–06)'],
    },
    { name: 'a week over the turn of a month', spans: [span('2026-03-27T00:00:00Z', 7 * day)], missing: [] },
    {
      name: 'five working days',
      spans: [span('2026-03-02T00:00:00Z', 5 * day - 1)],
      missing: ['no weekend', 'no turn of a month'],
    },
    {
      name: 'early shifts of a whole week',
      spans: Array.from({ length: 7 }, (_, n) => span(`2026-03-0${n + 2}T06:00:00Z`, 8 * hour - 1)),
      missing: ['no whole late shift (14–22)', 'no whole night shift (22–06)', 'no turn of a month'],
    },
    { name: 'nothing', spans: [], missing: [] },
  ]
  for (const { name, spans, missing } of rows)
    test(`${name} lacks ${missing.length === 0 ? 'nothing' : missing.join(', ')}`, () => {
      assert.deepEqual(coverageOf(spans, 'UTC').missing, missing)
    })

  test('counts what two recordings saw at once only once', () => {
    assert.deepEqual(
      joined([
        { first: 5, last: 9 },
        { first: 0, last: 6 },
        { first: 20, last: 21 },
      ]),
      [
        { first: 0, last: 9 },
        { first: 20, last: 21 },
      ],
    )
    assert.equal(coverageOf([tuesday, tuesday], 'UTC').watchedMs, 58 * minute)
  })
  test('ends soon for a clock that was wrong by centuries', () => {
    const from = processorMs()
    coverageOf([{ first: 0, last: Date.parse('2300-01-01') }], 'UTC')
    assert.ok(processorMs() - from < 3000)
  })
})

describe('how regular something is', () => {
  const rows: readonly (readonly [rhythm: Rhythm | undefined, expected: string])[] = [
    [{ count: 3599, meanMs: 1000, deviationMs: 4 }, 'cyclic'],
    [{ count: 60, meanMs: 60_000, deviationMs: 20_000 }, 'regular'],
    [{ count: 12, meanMs: 200_000, deviationMs: 260_000 }, 'irregular'],
    [{ count: 1, meanMs: 5, deviationMs: 0 }, 'single'],
    [{ count: 9, meanMs: 0, deviationMs: 0 }, 'cyclic'],
    [undefined, 'single'],
  ]
  for (const [rhythm, expected] of rows)
    test(`${rhythm === undefined ? 'nothing' : `${rhythm.meanMs} ± ${rhythm.deviationMs} ms`} is ${expected}`, () => {
      assert.equal(regularityOf(rhythm), expected)
    })
})

describe('since when nothing new came', () => {
  const { hmi, plcA, plcB, ews } = plantDevices
  const inventory = inventoryFrom([hmi, plcA, plcB, ews])
  const late = start + 55 * minute
  const observed = observedOf({
    conversations: [
      conversationOf(),
      conversationOf({
        id: 'f2',
        server: '198.18.1.11',
        commands: [commandOf({ op: 'write-single-register', first: late })],
      }),
    ],
  })
  const baseline = baselineOf(observed, inventory)
  test('is told for each conversation', () => {
    assert.deepEqual(
      baseline.conversations.map(({ id, since, stable, regularity, periodMs }) => [
        id,
        since,
        stable,
        regularity,
        periodMs,
      ]),
      [
        ['f1', start, true, 'cyclic', 1000],
        ['f2', late, false, 'cyclic', 1000],
      ],
    )
  })
  test('is told for each device by its peers', () => {
    assert.deepEqual(
      baseline.devices.map(({ id, stableMs }) => [id, stableMs]),
      ['hmi-1', 'plc-a', 'plc-b', 'ews-1'].map((id) => [id, hour]),
    )
  })
  test('and for the whole', () => {
    assert.equal(baseline.stableMs, 5 * minute)
    assert.match(baseline.text.join(' '), /^Observed 1 hour on a Monday morning: .* not settled yet\.$/)
    const settled = baselineOf(observedOf(), inventory)
    assert.match(settled.text[1] ?? '', /^Nothing new came in the last 1 hour of recording; 2 of 2/)
  })
  test('does not count the silence of a file that was put together from two days', () => {
    const [capture] = observedOf().captures
    assert.ok(capture !== undefined)
    const [one, other] = [span('2026-03-03T08:00:00Z', hour), span('2027-03-03T08:00:00Z', hour)]
    const merged = { ...capture, first: one.first, last: other.last }
    const covered = (captures: readonly (typeof capture)[]) =>
      baselineOf({ ...observedOf(), captures }, inventoryFrom(Object.values(plantDevices))).coverage
    assert.deepEqual(covered([merged]).missing, [], 'a year without a pause has everything in it')
    const { watchedMs, missing } = covered([{ ...merged, watched: [one, other] }])
    assert.equal(watchedMs, 2 * hour)
    assert.ok(missing.includes('no whole night shift (22–06)'))
  })
  test('does not count the time between two recordings', () => {
    const [capture] = observed.captures
    const captures = [capture!, { ...capture!, first: start + 10 * day, last: start + 10 * day + hour }]
    assert.equal(baselineOf({ ...observed, captures }, inventory).stableMs, 65 * minute)
  })
})

test('durations are said in two units', () => {
  const rows: readonly (readonly [ms: number, text: string])[] = [
    [0, 'less than a second'],
    [1000, '1 second'],
    [61_000, '1 minute 1 second'],
    [3_600_000, '1 hour'],
    [49 * hour, '2 days 1 hour'],
  ]
  for (const [ms, text] of rows) assert.equal(durationText(ms), text)
})
