import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { admission } from './admission.ts'

describe('admission', () => {
  test('takes as many as there is room for, and again when one has left', () => {
    const gate = admission(2)
    assert.deepEqual([gate.enter(), gate.enter()], [undefined, undefined])
    assert.ok(gate.enter()! >= 1)
    gate.leave()
    assert.equal(gate.enter(), undefined)
  })
  test('sends a storm away for longer, but never for long', () => {
    const gate = admission(10)
    for (let n = 0; n < 10; n++) gate.enter()
    const waits = Array.from({ length: 100_000 }, () => gate.enter()!)
    assert.ok(waits.every((wait, at) => wait >= 1 && wait <= 30 && (at === 0 || wait >= waits[at - 1]!)))
    assert.ok(waits[0]! < 3 && waits.at(-1) === 30)
  })
  test('who leaves twice makes no room that is not there', () => {
    const gate = admission(1)
    gate.leave()
    gate.leave()
    assert.equal(gate.enter(), undefined)
    assert.ok(gate.enter() !== undefined)
  })
})
