import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from './limits.ts'
import { reflection } from './reflection.ts'

/** Bytes and datagrams that leave in some seconds of as many requests as one likes. */
const leaves = (request: number, answer: number, seconds: number, isProven: boolean, sources = 1) => {
  const time = { now: 0 }
  const it = reflection(
    limits,
    () => time.now,
    () => isProven,
  )
  let [bytes, count, sent] = [0, 0, 0]
  for (; time.now < seconds * 1000; time.now += 10)
    for (let source = 0; source < sources; source++) {
      sent += request
      if (it.allows(`s${source}`, answer, request * limits.amplification) === undefined) continue
      bytes += answer
      count++
    }
  return { bytes, count, sent }
}

test('20 answers a second to one source, whoever vouches for it', () => {
  for (const isProven of [false, true]) {
    const { count } = leaves(60, 60, 10, isProven)
    assert.ok(count >= 200 && count <= 20 * 10 + 20 + 20, `${count}`)
  }
})

test('long answers to a source that nothing vouches for: 6000 bytes a second beyond three times what it sent', () => {
  const { bytes } = leaves(30, 1400, 10, false)
  // One answer has at most three times its own request for nothing.
  assert.ok(bytes <= 6000 * 11 + 220 * 3 * 30, `${bytes}`)
  assert.ok(bytes >= 6000 * 8)
})

test('long answers to a source that completed a handshake are bounded in number alone', () => {
  const { bytes, count } = leaves(30, 1400, 10, true)
  assert.ok(count >= 200)
  assert.equal(bytes, count * 1400)
})

test('a thousand sources together: 200,000 bytes a second beyond three times what they sent', () => {
  const { bytes, count } = leaves(30, 1400, 3, false, 1000)
  assert.ok(bytes <= 200_000 * 4 + count * 3 * 30, `${bytes}`)
})
