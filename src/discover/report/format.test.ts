import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted } from './format.ts'
import { more } from './sections/pieces.ts'

test('one of something is written as one', () => {
  assert.deepEqual(
    [0, 1, 2, 1234].map((value) => counted(value, 'finding')),
    ['0 findings', '1 finding', '2 findings', '1,234 findings'],
  )
  assert.equal(counted(1, 'sign of attack', 'signs of attack'), '1 sign of attack')
  assert.match(more(6, 5, 'device').markup, /1 more device is not shown here/)
  assert.match(more(7, 5, 'device').markup, /2 more devices are not shown here/)
})
