import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDeadline } from './deadline.ts'

test('a process that cannot be started ends nobody, and is told by no number', async () => {
  const { execPath } = process
  process.execPath = '/nowhere/node'
  try {
    assert.equal(startDeadline('/nowhere', 1, '/nowhere/socket'), 0)
    await sleep(50)
  } finally {
    process.execPath = execPath
  }
})
