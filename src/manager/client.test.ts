import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { unreachableAt } from './client.ts'

const socket = '/var/lib/bulkhead/manager/manager.sock'

describe('a manager whose socket does not answer', () => {
  for (const { name, code, expected, says } of [
    { name: 'is not there', code: 'ENOENT', expected: 'manager-unreachable', says: `No manager answers at ${socket}.` },
    {
      name: 'is not said to be missing by somebody who may not ask it',
      code: 'EACCES',
      expected: 'privileges-missing',
      says: `You may not use the socket ${socket} of the manager.`,
    },
  ])
    test(name, () => {
      const fault = unreachableAt(socket, Object.assign(new Error(code), { code }))
      assert.deepEqual([fault.code, fault.message], [expected, says])
    })
})
