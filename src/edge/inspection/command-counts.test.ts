import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counts } from '#inspect/counts.ts'
import type { InspectorReport } from '#schema/inspection.ts'
import { CommandCounts } from './command-counts.ts'

const report = (queue: number, run: string, messages: number, denied: number): InspectorReport => ({
  report: 'state',
  run,
  role: 'open',
  queue,
  pid: 1,
  digest: '',
  flows: 0,
  translated: 0,
  unsynchronised: 0,
  forgotten: 0,
  lost: 0,
  faults: 0,
  counts: { operate: Object.assign(new Counts(), { messages, denied }) },
  latency: {},
  batches: [],
})

test('what an inspector had counted is not gone with it', () => {
  const counts = new CommandCounts()
  const of = (id: string) => [counts.of(id).messages, counts.of(id).denied]
  assert.deepEqual(of('operate'), [0, 0])
  counts.take([report(100, 'a', 4, 1), report(101, 'b', 2, 0)])
  counts.take([report(100, 'a', 9, 2), report(101, 'b', 3, 0)])
  assert.deepEqual(of('operate'), [12, 2])
  // One ended: first nobody answers in its place, then another.
  counts.take([report(101, 'b', 4, 0)])
  assert.deepEqual(of('operate'), [13, 2])
  counts.take([report(100, 'c', 0, 0), report(101, 'b', 4, 1)])
  counts.take([report(100, 'c', 5, 1), report(101, 'b', 4, 1)])
  assert.deepEqual(of('operate'), [18, 4])
  assert.deepEqual(of('another'), [0, 0])
})
