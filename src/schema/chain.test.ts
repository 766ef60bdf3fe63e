import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateDigest } from './chain.ts'

/** `printf 'order-1 7\norder-10 8\norder-2 9\n' | sha256sum`: managers and edges of other versions compute the same. */
const known = '5b77b32b6a87f3c6c48734a0d1e15da1e3a9de535be1d5ef86d83c3c306e829d'

test('the digest of what is in force is that of its lines, in whatever order it is held', () => {
  const held = [
    { id: 'order-2', revision: 9 },
    { id: 'order-10', revision: 8 },
    { id: 'order-1', revision: 7 },
  ]
  assert.equal(stateDigest(held), known)
  assert.equal(stateDigest(held.toReversed()), known)
})

test('the digest of nothing is that of an empty text', () =>
  assert.equal(stateDigest([]), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'))
