import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overtaken } from './permit-risk.ts'

const permits = [
  { id: 'a', src: '198.18.1.40' },
  { id: 'b', src: '198.18.1.41' },
  { id: 'c', src: '198.18.1.40' },
]

test('permits end whose source reaches what they ask for, and no others', () => {
  const asked = { a: 40, b: 40, gone: 10 }
  const ended = (score: number) => overtaken(permits, asked, new Map([['198.18.1.40', score]]))
  assert.deepEqual(ended(39), [])
  assert.deepEqual(ended(40), [{ id: 'a', score: 40, below: 40 }])
})
