import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TimeRange } from './plan.ts'
import { isOpenAt, parseWallTime, wallTime } from './wall-time.ts'

const rows: {
  name: string
  times: readonly TimeRange[]
  expires?: string
  open: readonly string[]
  closed: readonly string[]
}[] = [
  {
    name: 'Saturday from two to four',
    times: [{ days: ['sat'], from: '02:00', to: '04:00' }],
    open: ['2026-11-28T02:00', '2026-11-28T03:59'],
    closed: ['2026-11-28T01:59', '2026-11-28T04:00', '2026-11-27T03:00', '2026-11-29T03:00'],
  },
  {
    name: 'over midnight, which belongs to the day it begins on',
    times: [{ days: ['fri'], from: '22:00', to: '06:00' }],
    open: ['2026-11-27T22:00', '2026-11-28T05:59', '2026-11-28T00:00'],
    closed: ['2026-11-27T05:00', '2026-11-28T06:00', '2026-11-28T22:00'],
  },
  {
    name: 'every day',
    times: [{ from: '08:00', to: '17:00' }],
    open: ['2026-11-29T08:00'],
    closed: ['2026-11-29T17:00'],
  },
  {
    name: 'until the end of the day',
    times: [{ from: '20:00', to: '24:00' }],
    open: ['2026-11-29T23:59'],
    closed: ['2026-11-29T00:00', '2026-11-29T19:59'],
  },
  {
    name: 'two times',
    times: [
      { from: '01:00', to: '02:00' },
      { days: ['sun'], from: '10:00', to: '11:00' },
    ],
    open: ['2026-11-28T01:30', '2026-11-29T10:30'],
    closed: ['2026-11-28T10:30'],
  },
  {
    name: 'all day until it expires',
    times: [{ from: '00:00', to: '24:00' }],
    expires: '2026-12-01',
    open: ['2026-11-30T23:59'],
    closed: ['2026-12-01T00:00', '2027-01-01T12:00'],
  },
]

describe('a window is open', () => {
  for (const { name, times, expires, open, closed } of rows)
    test(name, () => {
      const window = { id: 'w', times, ...(expires === undefined ? {} : { expires }) }
      const judged = (list: readonly string[]) =>
        list.map((at) => `${at} ${isOpenAt(window, 'Europe/Berlin', parseWallTime(at)!)}`)
      assert.deepEqual(
        judged(open),
        open.map((at) => `${at} true`),
      )
      assert.deepEqual(
        judged(closed),
        closed.map((at) => `${at} false`),
      )
    })
})

describe('the clock on the wall', () => {
  const clocks: { name: string; zone: string; at: string; shows: string }[] = [
    { name: 'before summer time begins', zone: 'Europe/Berlin', at: '2026-03-29T00:59:00Z', shows: '2026-03-29 119' },
    { name: 'after summer time begins', zone: 'Europe/Berlin', at: '2026-03-29T01:00:00Z', shows: '2026-03-29 180' },
    {
      name: 'in the hour that comes twice, first',
      zone: 'Europe/Berlin',
      at: '2026-10-25T00:30:00Z',
      shows: '2026-10-25 150',
    },
    {
      name: 'in the hour that comes twice, second',
      zone: 'Europe/Berlin',
      at: '2026-10-25T01:30:00Z',
      shows: '2026-10-25 150',
    },
    { name: 'on the day before', zone: 'America/New_York', at: '2026-11-28T03:00:00Z', shows: '2026-11-27 1320' },
    { name: 'with half an hour', zone: 'Asia/Kolkata', at: '2026-11-28T00:00:00Z', shows: '2026-11-28 330' },
    { name: 'at midnight', zone: 'UTC', at: '2026-11-28T00:00:00Z', shows: '2026-11-28 0' },
  ]
  for (const { name, zone, at, shows } of clocks)
    test(name, () => {
      const { day, minute } = wallTime(zone, Date.parse(at))
      assert.equal(`${day} ${minute}`, shows)
    })
})

test('what is no time is not read as one', () => {
  for (const text of ['2026-02-30T01:00', '2026-11-28', '03:00', '2026-11-28T24:00', '2026-11-28T3:00', 'soon'])
    assert.equal(parseWallTime(text), undefined, text)
})
