/** Where a device stands in the bytes it is sent: what it already has is cut off, and what it never had is judged. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hex, opened, read, readOnly, write } from './modbus-polls.ts'
import { Wire, type Arrived } from './wire.ts'

const syn = 2
const synAck = 0x12

const reaches = (arrived: readonly Arrived[], data: string): boolean =>
  arrived.some(({ to, data: sent }) => to === 'server' && sent.includes(hex(data)))

describe('bytes that a device has already are cut off, whatever they are', () => {
  test('behind a leap as far as a window may be wide', () => {
    const wire = opened()
    const far = 1012 + 2 ** 30
    for (let count = 0; count < 8; count++) wire.tcp('client', far + 64, 5011, read('0002'))
    for (const seq of [1012, 1024]) assert.ok(!reaches(wire.tcp('client', seq, 5011, write('0003')), write('0003')))
  })

  test('where a connection is picked up as far ahead of its device', () => {
    const wire = new Wire(readOnly)
    wire.tcp('client', 1012 + 2 ** 30 + 64, 5011, read('0002'))
    assert.ok(!reaches(wire.tcp('client', 1012, 5011, write('0003')), write('0003')))
  })

  test('where two segments would open the connection anew, and its server answers the first', () => {
    const wire = opened()
    const first = 1012 - 2 ** 29
    wire.tcp('client', first >>> 0, 0, '', syn)
    wire.tcp('client', 77, 0, '', syn)
    wire.tcp('server', 9000, first + 1, '', synAck)
    wire.tcp('client', (first + 1) >>> 0, 9001)
    assert.ok(!reaches(wire.tcp('client', (first + 1) >>> 0, 9001, write('0001')), write('0001')))
  })
})

describe('a connection that is opened', () => {
  test('by the first of two segments that its server got is judged from there on', () => {
    const wire = opened()
    wire.tcp('client', 7000, 0, '', syn)
    wire.tcp('client', 77, 0, '', syn)
    wire.tcp('server', 9000, 7001, '', synAck)
    assert.ok(reaches(wire.tcp('client', 7001, 9001, read('0001')), read('0001')))
    assert.ok(!reaches(wire.tcp('client', 7013, 9001, write('0002')), write('0002')))
    assert.equal(wire.denials[0]?.denial.reason, 'command-not-allowed')
  })

  test('is not opened anew by the answer to its opening, which comes again', () => {
    const wire = opened()
    wire.tcp('client', 1012, 5011, hex(read('0002')).slice(0, 16))
    wire.tcp('server', 4999, 1000, '', synAck)
    assert.ok(reaches(wire.tcp('client', 1020, 5011, hex(read('0002')).slice(16)), hex(read('0002')).slice(16)))
    assert.deepEqual(wire.denials, [])
  })

  test('with the numbers of the one before, by two devices that were switched off, is judged from there on', () => {
    const wire = opened()
    wire.tcp('client', 999, 0, '', syn)
    wire.tcp('server', 4999, 1000, '', synAck)
    wire.tcp('client', 1000, 5000)
    const [probe] = wire.tcp('client', 1000, 5000, read('0009'))
    assert.deepEqual([probe?.seq, probe?.data], [999, ''], 'its server is asked where it stands')
    wire.tcp('server', 5000, 1000)
    assert.ok(reaches(wire.tcp('client', 1000, 5000, read('0009')), read('0009')))
    assert.ok(!reaches(wire.tcp('client', 1012, 5000, write('0003')), write('0003')))
    assert.equal(wire.denials[0]?.denial.reason, 'command-not-allowed')
  })

  test('is not opened anew where its server only said so before, and is in its midst', () => {
    const wire = opened()
    wire.tcp('client', 999, 0, '', syn)
    wire.tcp('server', 4999, 1000, '', synAck)
    // The device is at 1012: of an echo of these bytes it takes the last ones alone.
    const echo = '0001 0000 0012 01 08 0000 00000000' + hex(write('0002')).slice(0, 24)
    wire.tcp('client', 1000, 5011, echo)
    wire.tcp('server', 5011, 1012)
    assert.ok(!reaches(wire.tcp('client', 1000, 5011, echo), write('0002')))
  })

  test('says nothing before its server answers: else it may be in the midst of another one', () => {
    const wire = new Wire(readOnly)
    wire.tcp('client', 999, 0, '', syn)
    // The device is at 1012: of an echo of these bytes it takes the last ones alone.
    const echo = '0001 0000 0012 01 08 0000 00000000' + hex(write('0002')).slice(0, 24)
    const [probe] = wire.tcp('client', 1000, 5000, echo)
    assert.deepEqual([probe?.seq, probe?.data], [999, ''], 'a keep-alive')
    wire.tcp('server', 5000, 1012)
    const arrived = wire.tcp('client', 1000, 5000, echo)
    assert.ok(!reaches(arrived, write('0002')))
  })

  test('goes on when the answer to its opening was not seen', () => {
    const wire = new Wire(readOnly)
    wire.tcp('client', 999, 0, '', syn)
    wire.tcp('client', 1000, 5000, read('0001'))
    wire.tcp('server', 5000, 1000)
    assert.ok(reaches(wire.tcp('client', 1000, 5000, read('0001')), read('0001')))
  })
})

test('a poll behind others that passed unjudged waits for one retransmission, however long its client was unseen', () => {
  const wire = opened()
  // While nobody judged, the device had three requests more, and answered each.
  const [seq, ack] = [1012 + 36, 5011 + 33]
  const [asked, ...more] = wire.tcp('client', seq, ack, read('0005'))
  assert.deepEqual([asked?.to, asked?.data, more], ['server', '', []], 'the device is asked where it stands')
  const told = wire.tcp('server', ack, seq)
  assert.deepEqual(
    told.map(({ to, data }) => [to, data]),
    [['client', '']],
  )
  assert.ok(reaches(wire.tcp('client', seq, ack, read('0005')), read('0005')))
  assert.ok(!reaches(wire.tcp('client', seq + 12, ack, write('0006')), write('0006')))
})

test('what a device acknowledges without its having passed is not read again', () => {
  const wire = opened()
  wire.tcp('server', 5011, 1024)
  const echo = '0001 0000 0012 01 08 0000 00000000' + hex(write('0002')).slice(0, 24)
  assert.ok(!reaches(wire.tcp('client', 1012, 5011, echo), write('0002')))
})

test('a segment without an acknowledgement, which no device takes, is dropped', () => {
  const wire = opened()
  assert.deepEqual(wire.tcp('client', 1012, 0, read('0002'), 8), [])
  assert.equal(wire.inspector.counts.get('c')?.messages, 2)
})

test('a client that did not get its reset is reset with the number that it expects, whatever it sends then', () => {
  const wire = opened()
  wire.tcp('server', 5011, 1012, '0666')
  wire.tcp('client', 1012, 5011, 'ffffffffffffffff')
  for (const flags of [0x10, 0x11]) {
    const [reset, ...more] = wire.tcp('client', 1012, 5011, read('0002'), flags)
    assert.deepEqual([reset?.to, reset?.seq, reset?.flags], ['client', 5011, 0x14])
    assert.deepEqual(more, [])
  }
  assert.deepEqual(wire.tcp('client', 1012, 5011, '', 0x14), [])
})

test('a device that missed what came before a reset is reset with the number that it expects', () => {
  const wire = opened()
  wire.tcp('client', 1012, 5011, read('0002') + hex(write('0003')).slice(0, 20))
  wire.tcp('client', 1034, 5011, '0384')
  const [reset, ...more] = wire.tcp('server', 5011, 1012)
  assert.deepEqual([reset?.to, reset?.seq, reset?.flags], ['server', 1012, 0x14])
  assert.deepEqual(more, [])
  assert.deepEqual(wire.tcp('server', 5011, 1012, '', 4), [])
})
