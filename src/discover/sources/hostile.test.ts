/** Cut, spoilt and hostile captures: what is there is read, and what was not is said. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exchange, captureOf, fragmented, framed } from '#inspect/small-captures.ts'
import { AnyCaptureReader } from '#packet/capture.ts'
import { pcapngFile } from '#packet/capture-files.ts'
import { Observer } from '../observe/observer.ts'

const observe = (bytes: Uint8Array, step = bytes.length) => {
  const observer = new Observer('test')
  const reader = new AnyCaptureReader()
  for (let at = 0; at < bytes.length; at += step)
    reader.push(bytes.subarray(at, at + step), (record) => observer.record(record))
  return observer.end(reader.end(), { digest: '', bytes: bytes.length })
}

const whole = captureOf([
  ...exchange.map((packet) => framed(packet)),
  framed(fragmented('first')),
  framed(fragmented('rest')),
  framed(exchange[0]!, [{ id: 7 }, { id: 8 }]),
])

const isLong = process.env['BULKHEAD_TEST'] === 'long'

describe('a capture that is cut off', () => {
  test('anywhere is read up to there, and its rest is stated to the byte', () => {
    for (let length = 1; length < whole.length; length += isLong ? 1 : 3) {
      const { capture } = observe(whole.subarray(0, length), 7)
      const lost = capture.skipped.filter(({ at }) => at !== undefined)
      for (const { at = 0, bytes = 0 } of lost) assert.equal(at + bytes, length, `${length}`)
      if (lost.length === 0) assert.ok(capture.packets > 0 || length === 24, `${length}`)
    }
  })

  test('in each of its packets by its recorder is read as far as it goes', () => {
    for (let snap = 0; snap < 80; snap++) {
      const frames = exchange.map((packet) => framed(packet).subarray(0, snap))
      const { capture, endpoints } = observe(captureOf(frames))
      assert.equal(capture.packets, 3)
      if (snap < 14) assert.equal(endpoints.size, 0)
      else assert.ok(endpoints.size >= 2)
      if (snap < 50)
        assert.ok(
          capture.skipped.some(({ packets }) => packets === 3),
          `${snap}`,
        )
    }
  })
})

const rounds = isLong ? 20_000 : 150

/** A generator whose every run is the same. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

test('whatever is changed in a capture, it is read to an end', () => {
  const next = random(7)
  const pick = (below: number) => Math.floor(next() * below)
  for (let round = 0; round < rounds; round++) {
    const bytes = (round % 5 === 0 ? pcapngFile(round % 2 === 0) : whole).slice()
    for (let change = 1 + pick(8); change > 0; change--) bytes[pick(bytes.length)] = pick(256)
    const { capture, conversations } = observe(bytes, 1 + pick(200))
    assert.ok(capture.packets <= 64 && conversations.size <= 64)
  }
})
