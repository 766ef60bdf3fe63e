import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectionOptions } from './nats.ts'

const options = (url: string) => {
  const { servers, ...rest } = connectionOptions({ url, name: 'a', credentials: undefined, ca: undefined })
  return { servers, login: 'user' in rest ? [rest.user, rest.pass] : 'token' in rest ? [rest.token] : [] }
}

describe('NATS_URL', () => {
  it('names servers, and with what to log in', () => {
    assert.deepEqual(options('nats://a:4222,nats://b'), { servers: ['a:4222', 'b'], login: [] })
    assert.deepEqual(options('nats://ann:a%40%2C@a'), { servers: ['a'], login: ['ann', 'a@,'] })
    assert.deepEqual(options('tls://t%25@a'), { servers: ['a'], login: ['t%'] })
  })

  for (const url of ['nats://ann:hunter2%zz@a', 'nats://ann:hunter2#x@a', 'https://ann:hunter2@a', 'nats://'])
    it(`is refused, and not repeated: ${url}`, () =>
      assert.throws(
        () => connectionOptions({ url, name: 'a', credentials: undefined, ca: undefined }),
        (error: Error) => 'code' in error && error.code === 'usage' && !error.message.includes('hunter2'),
      ))
})
