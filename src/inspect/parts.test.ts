/** Messages in several units, of a server: a variable of an S7 controller that is read, and an alarm that it reports. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hex } from './modbus-polls.ts'
import { planOf, Wire } from './wire.ts'

const ask = '0300001f 02f080 32010000 0001 000e 0000 0401 120a10020001000184000000'
const [first, last] = ['03000013 02f000 320300000001000200050000', '0300000e 02f080 0401 ff04000807']
const alarm = '0300002d 02f080 32070000000000080014 0001120411040600 ff09001094010600474269750000000000000000'

const begin = (): Wire => {
  const wire = new Wire(planOf({ service: 's7comm', allow: ['read-var'] }), 102)
  wire.open()
  return wire
}
const answers = (wire: Wire, ack: number): void => {
  assert.equal(wire.tcp('server', 5000, ack, first)[0]?.data, hex(first))
  assert.equal(wire.tcp('server', 5019, ack, last)[0]?.data, hex(last))
}

describe('an answer in parts', () => {
  test('makes no reset of what its server says then and is denied', () => {
    const wire = begin()
    wire.tcp('client', 1000, 5000, ask)
    answers(wire, 1031)
    const arrived = wire.tcp('server', 5033, 1031, alarm)
    assert.deepEqual([arrived[0]?.to, arrived[0]?.data], ['client', ''])
    assert.deepEqual(
      wire.denials.map(({ action }) => action),
      ['drop'],
    )
    assert.equal(wire.tcp('client', 1031, 5033, ask)[0]?.data, hex(ask))
  })

  test('that nobody asked for passes to its end, or its client would put it together with the next', () => {
    const wire = begin()
    answers(wire, 1000)
    assert.deepEqual(
      wire.denials.map(({ denial, action }) => [denial.reason, action]),
      [['unsolicited-response', 'log']],
    )
  })

  test('does not hide that the next one was not asked for', () => {
    const wire = begin()
    wire.tcp('client', 1000, 5000, ask)
    answers(wire, 1031)
    const whole = '0300001a 02f080 320300000002000200050000 0401 ff04000807'
    assert.equal(wire.tcp('server', 5033, 1031, whole)[0]?.data, '')
  })
})
