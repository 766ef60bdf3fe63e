import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParsedCommand } from './message.ts'

test('what is no number is no value, and makes the values of its command unreadable', () => {
  const command = new ParsedCommand().begin('write').value(1).value(Number.NaN).value(2)
  assert.deepEqual([...command.values.subarray(0, command.valueCount)], [1, 2])
  assert.equal(command.unreadable, true)
  assert.equal(command.begin('write').value(Infinity).unreadable, false)
})
