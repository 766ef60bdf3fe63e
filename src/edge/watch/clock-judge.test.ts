import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClockJudge, type Judgement } from './clock-judge.ts'

const second = 1000
const year = 365 * 86_400_000
const right = Date.parse('2026-11-26T20:00:00Z')

interface Plant {
  /** Newest time on record when the daemon starts. */
  readonly record?: number
  /** What the clock says when it starts. */
  readonly wall: number
  /** Clock by seconds since the start: what it is set to then. */
  readonly set?: Readonly<Record<number, number>>
  /** Seconds since the start from which something keeps the clock right. */
  readonly kept?: number
}

/** Looks once a second, writing the record down as the daemon does. */
const watched = ({ record: first, wall: start, set = {}, kept = Infinity }: Plant, seconds: number) => {
  const judge = new ClockJudge()
  let record = first
  let wall = start
  const seen: (Judgement & { at: number; wall: number })[] = []
  for (let at = 0; at <= seconds; at++) {
    if (at > 0) wall += second
    wall = set[at] ?? wall
    const judgement = judge.judge({ wall, steady: 7_000_000 + at * second, record, isKept: () => at >= kept })
    record = judgement.record
    seen.push({ ...judgement, at, wall })
  }
  return seen
}

const kinds = (seen: readonly Judgement[]) => seen.map(({ is }) => is).filter((is, index, all) => is !== all[index - 1])

const rows: { readonly name: string; readonly plant: Plant; readonly seconds: number; readonly is: string[] }[] = [
  { name: 'a clock that runs is right', plant: { wall: right, record: right - second }, seconds: 60, is: ['right'] },
  { name: 'the first clock of an edge is right', plant: { wall: right }, seconds: 5, is: ['right'] },
  {
    name: 'one that was years ahead and is set back is believed within a minute',
    plant: { wall: right + 5 * year, record: right, set: { 20: right } },
    seconds: 60,
    is: ['right', 'settling', 'set-back', 'right'],
  },
  {
    name: 'one that is set back twice is believed after the second time',
    plant: { wall: right + 5 * year, set: { 20: right + year, 25: right } },
    seconds: 34,
    is: ['right', 'settling'],
  },
  {
    name: 'one that was ahead before the machine restarted is believed once something keeps it',
    plant: { wall: right, record: right + 5 * year, kept: 100 },
    seconds: 160,
    is: ['wrong', 'set-back', 'right'],
  },
  {
    name: 'nobody believes one that is merely before the record',
    plant: { wall: right, record: right + 5 * year },
    seconds: 3600,
    is: ['wrong'],
  },
  {
    name: 'nobody believes one that came up in 1970, whoever keeps it',
    plant: { wall: 0, record: right, kept: 0 },
    seconds: 3600,
    is: ['wrong'],
  },
  {
    name: 'one that came up in 1970 is right when it is set',
    plant: { wall: 0, record: right, set: { 30: right + 600 * second } },
    seconds: 60,
    is: ['wrong', 'set-forth', 'right'],
  },
  {
    name: 'one that came up in 1970 on an edge whose record is years ahead is believed when it is set',
    plant: { wall: 0, record: right + 5 * year, set: { 30: right } },
    seconds: 60,
    is: ['wrong', 'settling', 'set-back', 'right'],
  },
  {
    name: 'one that is corrected by three seconds is right all the time',
    plant: { wall: right, set: { 10: right + 7 * second, 20: right + 20 * second } },
    seconds: 40,
    is: ['right'],
  },
  {
    name: 'one that leaps a year ahead is told',
    plant: { wall: right, set: { 10: right + year } },
    seconds: 20,
    is: ['right', 'set-forth', 'right'],
  },
]

for (const { name, plant, seconds, is } of rows) test(name, () => assert.deepEqual(kinds(watched(plant, seconds)), is))

test('a clock that was set back is told with both times', () => {
  const seen = watched({ wall: right + 5 * year, set: { 20: right } }, 60)
  const back = seen.find((one) => one.is === 'set-back')
  assert.deepEqual([back?.at, back?.from, back?.record], [30, right + 5 * year + 30 * second, right + 10 * second])
})

test('while a clock is not believed, the record goes on by the time that passes', () => {
  const seen = watched({ wall: 0, record: right }, 3600)
  assert.equal(seen.at(-1)?.record, right + 3600 * second)
})

test('a clock that is believed at once after it was set forth is told from the time that it would have had', () => {
  const seen = watched({ wall: 0, record: right, set: { 30: right + 600 * second } }, 40)
  const forth = seen.find((one) => one.is === 'set-forth')
  assert.deepEqual([forth?.at, forth?.from, forth?.wall], [30, 30 * second, right + 600 * second])
})

test('a clock that was set back is told again until the record goes by it', () => {
  const judge = new ClockJudge()
  const look = (at: number, wall: number) =>
    judge.judge({ wall, steady: at * second, record: right + year, isKept: () => false }).is
  assert.equal(look(0, right + year), 'right')
  assert.equal(look(1, right), 'settling')
  assert.deepEqual([look(11, right + 10 * second), look(12, right + 11 * second)], ['set-back', 'set-back'])
})
