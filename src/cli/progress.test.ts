import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressOn, progressText } from './progress.ts'

const rows: readonly (readonly [
  sentence: string,
  ms: number,
  reach: Parameters<typeof progressText>[0],
  text: string,
])[] = [
  ['nothing is told of a rate at the start', 0, { read: 0, size: 10_000_000 }, '0.0 of 10.0 MB'],
  ['the rate is told', 1000, { read: 2_000_000, size: 10_000_000 }, '2.0 of 10.0 MB, 2.0 MB/s'],
  [
    'so is what is left, once it can be guessed',
    10_000,
    { read: 20_000_000, size: 100_000_000, packets: 1_000_000 },
    '20.0 of 100.0 MB, 2.0 MB/s, 100,000 packets/s, about 40 s left',
  ],
  [
    'in minutes where it takes long',
    10_000,
    { read: 10_000_000, size: 200_000_000 },
    '10.0 of 200.0 MB, 1.0 MB/s, about 4 min left',
  ],
  ['no end is told of what has no known size', 10_000, { read: 20_000_000, size: 0 }, '20.0 MB, 2.0 MB/s'],
  ['nothing is left at the end', 10_000, { read: 20_000_000, size: 20_000_000 }, '20.0 of 20.0 MB, 2.0 MB/s'],
]
for (const [sentence, ms, reach, text] of rows) test(sentence, () => assert.equal(progressText(reach, ms), text))

test('a line is drawn twice a second at most, over the one before, and taken away at the end', () => {
  let written = ''
  let now = 0
  const line = progressOn({ write: (text) => (written += text) }, () => now)
  for (now = 0; now <= 1000; now += 100) line.update({ read: now * 1000, size: 0 })
  assert.equal(written, '\r0.5 MB, 1.0 MB/s\r1.0 MB, 1.0 MB/s')
  line.end()
  assert.equal(written, `\r0.5 MB, 1.0 MB/s\r1.0 MB, 1.0 MB/s\r${' '.repeat(16)}\r`)
})
