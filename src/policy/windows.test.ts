import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWindows, windowState } from './windows.ts'

const saturdayNight = { id: 'w', times: [{ days: ['sat'], from: '02:00', to: '04:00' }] }
const daily = { id: 'w', times: [{ from: '02:30', to: '03:30' }] }
const overnight = { id: 'w', times: [{ days: ['fri'], from: '22:00', to: '06:00' }] }
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
