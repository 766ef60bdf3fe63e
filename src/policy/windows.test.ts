import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWindows, windowState } from './windows.ts'

const saturdayNight = { id: 'w', times: [{ days: ['sat'], from: '02:00', to: '04:00' }] }
const daily = { id: 'w', times: [{ from: '02:30', to: '03:30' }] }
const overnight = { id: 'w', times: [{ days: ['fri'], from: '22:00', to: '06:00' }] }
const beforeThree = { id: 'w', times: [{ from: '01:30', to: '02:30' }] }
const tenToThree = { id: 'w', times: [{ from: '02:10', to: '02:50' }] }
const everyNight = { id: 'w', times: [{ from: '22:00', to: '06:00' }] }
const always = { id: 'w', times: [{ from: '00:00', to: '24:00' }], expires: '2027-03-31' }
const berlin = 'Europe/Berlin'

const cases = [
  {
    name: 'a window opens at its local time',
    window: saturdayNight,
    at: '2026-11-28T01:00:00Z',
    open: true,
    until: '2026-11-28T03:00:00.000Z',
  },
  {
    name: 'a window is closed the second before',
    window: saturdayNight,
    at: '2026-11-28T00:59:59Z',
    open: false,
    until: '2026-11-28T01:00:00.000Z',
  },
  {
    name: 'a window is closed at its end',
    window: saturdayNight,
    at: '2026-11-28T03:00:00Z',
    open: false,
    until: '2026-12-05T01:00:00.000Z',
  },
  {
    name: 'a window past midnight belongs to the day it begins',
    window: overnight,
    at: '2026-11-28T04:59:00Z',
    open: true,
    until: '2026-11-28T05:00:00.000Z',
  },
  {
    name: 'a start skipped in spring begins at the change',
    window: daily,
    at: '2027-03-28T01:00:00Z',
    open: true,
    until: '2027-03-28T01:30:00.000Z',
  },
  {
    name: 'before the skipped start it is closed',
    window: daily,
    at: '2027-03-28T00:59:59Z',
    open: false,
    until: '2027-03-28T01:00:00.000Z',
  },
  {
    name: 'a start that occurs twice in autumn is the first',
    window: daily,
    at: '2026-10-25T00:30:00Z',
    open: true,
    until: '2026-10-25T02:30:00.000Z',
  },
  {
    name: 'an end skipped in spring is the change',
    window: beforeThree,
    at: '2027-03-28T00:59:59Z',
    open: true,
    until: '2027-03-28T01:00:00.000Z',
  },
  {
    name: 'a window that spring skips as a whole does not open on that day',
    window: tenToThree,
    at: '2027-03-28T00:30:00Z',
    open: false,
    until: '2027-03-29T00:10:00.000Z',
  },
  {
    name: 'a night that spring shortens ends by the clock on the wall',
    window: everyNight,
    at: '2027-03-28T00:30:00Z',
    open: true,
    until: '2027-03-28T04:00:00.000Z',
  },
  {
    name: 'a night that autumn lengthens does too',
    window: everyNight,
    at: '2027-10-31T00:30:00Z',
    open: true,
    until: '2027-10-31T05:00:00.000Z',
  },
  {
    name: 'a window in the hour that autumn repeats opens in the first of the two',
    window: tenToThree,
    at: '2027-10-31T00:20:00Z',
    open: true,
    until: '2027-10-31T00:50:00.000Z',
  },
  {
    name: 'and not again in the second',
    window: tenToThree,
    at: '2027-10-31T01:20:00Z',
    open: false,
    until: '2027-11-01T01:10:00.000Z',
  },
  {
    name: 'an expiry on the day of a change closes when that day begins',
    window: { ...always, expires: '2027-03-28' },
    at: '2027-03-27T22:59:59Z',
    open: true,
    until: '2027-03-27T23:00:00.000Z',
  },
  {
    name: 'an expiry on the day after a change counts its 25 hours',
    window: { ...always, expires: '2027-11-01' },
    at: '2027-10-31T22:59:59Z',
    open: true,
    until: '2027-10-31T23:00:00.000Z',
  },
  {
    name: 'an expiry closes for good when its day begins',
    window: always,
    at: '2027-03-30T21:59:59Z',
    open: true,
    until: '2027-03-30T22:00:00.000Z',
  },
  {
    name: 'after its expiry it never opens',
    window: always,
    at: '2027-03-30T22:00:00Z',
    open: false,
    until: undefined,
  },
]
for (const { name, window, at, open, until } of cases)
  test(name, () => {
    const state = windowState(window, berlin, Date.parse(at))
    assert.deepEqual(
      { open: state.open, until: state.until === undefined ? undefined : new Date(state.until).toISOString() },
      { open, until },
    )
  })

test('a window that is always open has no edge at midnight', () => {
  const { until } = windowState(
    { id: 'w', times: [{ from: '00:00', to: '24:00' }] },
    berlin,
    Date.parse('2026-11-21T23:30:00Z'),
  )
  assert.ok(until !== undefined && until > Date.parse('2026-11-25T00:00:00Z'))
})

test('open windows are listed with the seconds that are left', () => {
  const open = openWindows({ windows: [saturdayNight, daily], timezone: berlin }, Date.parse('2026-11-28T02:00:00Z'))
  assert.deepEqual(
    [...open],
    [
      [0, 3600],
      [1, 1800],
    ],
  )
})

// There the clock goes from 24:00 to 01:00, and in autumn back to 23:00.
for (const timezone of ['America/Santiago', 'Asia/Beirut', 'Africa/Cairo'])
  test(`where clocks change at midnight, ${timezone}, a window that is always open never closes, and every night one opens once`, () => {
    const from = Date.parse('2027-01-01T12:00:00Z')
    const until = Date.parse('2028-01-01T12:00:00Z')
    const round = { id: 'w', times: [{ from: '00:00', to: '24:00' }] }
    const midnight = { id: 'w', times: [{ from: '23:30', to: '00:30' }] }
    const openings: number[] = []
    const lengths = new Set<number>()
    for (let at = from; at < until;) {
      const { open, until: next = until } = windowState(midnight, timezone, at)
      assert.ok(windowState(round, timezone, at).open && next > at, new Date(at).toISOString())
      if (open) openings.push(at)
      if (open) lengths.add((next - at) / 60_000)
      at = next
    }
    assert.equal(openings.length, 365)
    assert.deepEqual(
      [...lengths].toSorted((a, b) => a - b),
      [30, 60, 120],
    )
  })
