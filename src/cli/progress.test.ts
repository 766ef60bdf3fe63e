import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressText } from './progress.ts'

const step = { name: 'a.pcap', packets: 500_000, read: 50e6, size: 100e6 }

test('says how far, how fast and how long still', () =>
  assert.equal(progressText(step, 500), 'a.pcap: 50.0 of 100.0 MB, 500,000 packets, 1,000,000/s, about 1 s left'))

test('speaks of minutes when there are some', () =>
  assert.match(progressText({ ...step, read: 1e6 }, 10_000), /about 17 min left$/))

test('promises nothing about what has no known size', () =>
  assert.equal(progressText({ ...step, size: 0 }, 500), 'a.pcap: 50.0 MB, 500,000 packets, 1,000,000/s'))
