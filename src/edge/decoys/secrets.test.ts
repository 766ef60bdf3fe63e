import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secretsWithin } from './secrets.ts'

const secret = (password: string) => ({ user: '', password })

describe('what was typed', () => {
  it('is given once, each secret once', () => {
    const secrets = secretsWithin()
    for (const password of ['a', 'b', 'a']) secrets.add('x', secret(password))
    assert.deepEqual(secrets.take('x'), [secret('a'), secret('b')])
    assert.deepEqual(secrets.take('x'), [])
  })
  it('is all that was said where too much was typed', () => {
    const secrets = secretsWithin({ conversations: 10, each: 2, characters: 1000 })
    for (const password of ['a', 'b', 'c', 'd']) secrets.add('x', secret(password))
    assert.equal(secrets.take('x'), 'all')
  })
  it('takes no more room than it is given, and is then all that was said in the oldest', () => {
    const secrets = secretsWithin({ conversations: 10, each: 100, characters: 10 })
    for (const conversation of ['x', 'y', 'z']) secrets.add(conversation, secret('12345'))
    assert.deepEqual([secrets.take('x'), secrets.take('y').length, secrets.take('z').length], ['all', 1, 1])
  })
  it('is of so many conversations at most', () => {
    const secrets = secretsWithin({ conversations: 2, each: 100, characters: 1000 })
    for (const conversation of ['x', 'y', 'z']) secrets.add(conversation, secret('1'))
    assert.deepEqual([secrets.take('x').length, secrets.take('y').length, secrets.take('z').length], [0, 1, 1])
  })
})
