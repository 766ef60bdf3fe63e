import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bounded } from './bounded.ts'

test('what was used longest ago is forgotten first, and said so', () => {
  const gone: number[] = []
  const map = bounded<string, number>(3, (value) => gone.push(value))
  for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index)
  map.get('a')
  map.set('d', 3)
  map.set('e', 4)
  assert.deepEqual(gone, [1, 2])
  assert.deepEqual([...map.values()], [0, 3, 4])
  assert.equal(map.get('b'), undefined)
})

test('a value that is replaced takes no more room, and one that is deleted none', () => {
  const gone: number[] = []
  const map = bounded<string, number>(2, (value) => gone.push(value))
  map.set('a', 1)
  map.set('a', 2)
  map.set('b', 3)
  map.delete('a')
  map.set('c', 4)
  assert.deepEqual([map.size, gone], [2, []])
})
