import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueueState, WatchdogReport } from '#schema/inspection.ts'
import { causesOf, type Window } from './causes.ts'

const queue = (failures: QueueState['failures'] = []): QueueState => ({
  queue: 100,
  role: 'open',
  state: 'judging',
  pid: 7,
  restarts: 0,
  failures,
  beat: 50,
})
const watchdog = (failures: QueueState['failures'] = [], started = 0): WatchdogReport => ({
  report: 'watchdog',
  started,
  pid: 6,
  queues: [queue(failures)],
})
const window: Window = { from: 100_000, to: 101_000, hung: 0, dead: 5, reached: true }
const failure = (from: number, to?: number) => ({
  cause: 'dead' as const,
  from,
  resets: 0,
  ...(to === undefined ? {} : { to }),
})

for (const [sentence, given, report, causes] of [
  ['the inspector had ended', window, watchdog([failure(99_900, 101_200)]), ['dead']],
  ['it has not come back yet', window, watchdog([failure(99_900)]), ['dead']],
  ['its queue was full, and it had ended at another time', window, watchdog([failure(10_000, 11_000)]), ['full']],
  ['nobody watched', window, undefined, ['dead']],
  ['the watchdog itself was new', window, watchdog([], 100_500), ['dead']],
  ['packets do not come to the queue', { ...window, reached: false }, watchdog(), ['unreached']],
  ['it hung', { ...window, hung: 3, dead: 0 }, watchdog([failure(99_900)]), ['hung']],
  ['it hung and was ended', { ...window, hung: 3 }, watchdog([failure(99_900)]), ['hung', 'dead']],
  ['everything was stopped', { ...window, dead: 0 }, watchdog([failure(99_900)]), ['dead']],
] as const)
  test(`commands were not judged because ${sentence}`, () => assert.deepEqual(causesOf(given, report), causes))
