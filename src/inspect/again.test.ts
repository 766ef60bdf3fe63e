/** What a server repeats although nobody here remembers it: nobody but its client could lose it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, hex, opened, read, readOnly } from './modbus-polls.ts'
import { planOf, Wire } from './wire.ts'

describe('a segment of a server', () => {
  test('that was lost long before the newest one arrives when it comes again', () => {
    const wire = new Wire(planOf({ service: 'opcua', allow: ['read'] }), 4840)
    wire.open()
    const segment = (number: number) => number.toString(16).padStart(2, '0').repeat(1400)
    for (let number = 0; number < 250; number++) wire.tcp('server', 5000 + 1400 * number, 1000, segment(number))
    for (const number of [0, 10, 249])
      assert.equal(wire.tcp('server', 5000 + 1400 * number, 1000, segment(number))[0]?.data, segment(number))
    assert.deepEqual(wire.tcp('server', 5000 + 1400 * 249, 1000, segment(1)), [], 'what is remembered is compared')
  })

  test('that was lost before the edge was there arrives when it comes again', () => {
    const wire = new Wire(readOnly)
    wire.tcp('server', 5011, 1024, answer('0002'))
    wire.tcp('client', 1024, 5000)
    assert.equal(wire.tcp('server', 5000, 1024, answer('0001'))[0]?.data, hex(answer('0001')))
    wire.tcp('client', 1024, 5022)
    assert.equal(wire.tcp('client', 1024, 5022, read('0003'))[0]?.data, hex(read('0003')))
  })
})

test('a segment of a client that nobody remembers does not pass', () => {
  const wire = opened()
  for (let count = 0; count < 7; count++) wire.tcp('client', 1100, 5011, read('0003'))
  assert.equal(wire.tcp('client', 1100, 5011, read('0003')).length, 1)
  assert.deepEqual(wire.tcp('client', 1012, 5011, read('0002')), [])
})
