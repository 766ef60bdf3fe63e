import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classes, kinds, unknownKind } from './kinds.ts'

test('kinds are separated by commas', () => assert.deepEqual(kinds('denial,spoof,'), ['denial', 'spoof']))

test('a misspelt kind is told the nearest one, any other all of them', () => {
  assert.throws(() => kinds('denail'), { message: 'There is no kind `denail`. Did you mean `denial`?' })
  assert.throws(() => kinds('denial,zzz'), /There is no kind `zzz`\. Known are denial, containment, /)
  assert.throws(() => classes('P9'), /There is no class `P9`\./)
})

test('a kind that may be one of a newer edge is a question', () => {
  assert.equal(unknownKind('denial'), undefined)
  assert.equal(unknownKind(undefined), undefined)
  assert.equal(unknownKind('containmnt'), 'There is no kind `containmnt`. Did you mean `containment`?')
})
