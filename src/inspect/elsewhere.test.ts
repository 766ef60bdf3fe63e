import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '#packet/headers.ts'
import { answers, asks, read, shown } from './small-captures.ts'
import { Elsewhere, mostEmpty, mostOpen, type Found } from './elsewhere.ts'

const port = 1502

/** What is found when packets come in order. */
const found = (elsewhere: Elsewhere, packets: readonly Uint8Array[]): Found | undefined => {
  const headers = new Headers()
  let last: Found | undefined
  for (const [number, bytes] of packets.entries()) {
    assert.ok(headers.readIp(bytes, 0, bytes.length))
    const next = elsewhere.next(headers, bytes, bytes.length, { vlan: 0, number, now: 0 })
    if (next !== undefined && next !== 'nothing') last = next
  }
  return last
}

const said = [asks(read('0001'), 1000, port), answers(shown('0001'), 5000, port)]

test('a conversation comes with every packet that waited', () =>
  assert.equal(found(new Elsewhere(), said)?.packets.length, said.length))

test('of packets without payload the first wait and the others are not kept, and what is said is found all the same', () => {
  const empty = Array.from({ length: 10 * mostEmpty }, () => asks('', 1000, port))
  const packets = found(new Elsewhere(), [...empty, ...said])?.packets ?? []
  assert.equal(packets.length, mostEmpty + said.length)
})

test('beyond the conversations that are looked at at once the oldest is given up, and what it said is counted', () => {
  const elsewhere = new Elsewhere()
  found(
    elsewhere,
    Array.from({ length: 100 }, (_, index) => asks('', 1000, 9000 + index)),
  )
  found(
    elsewhere,
    Array.from({ length: mostOpen + 3 }, (_, index) => asks(read('0001'), 1000, 2000 + index)),
  )
  assert.equal(elsewhere.givenUp, 3)
})
