/** Which conversations are kept, and what becomes of those that are not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, hex, read, readOnly, write } from './modbus-polls.ts'
import { Wire } from './wire.ts'

const hour = 3_600_000

const poll = (wire: Wire): void => {
  wire.open()
  wire.tcp('client', 1000, 5000, read('0001'))
  wire.tcp('server', 5000, 1012, answer('0001'))
}

describe('a connection that is idle for days', () => {
  const idle = (wire: Wire): void => {
    wire.now += 100 * hour
    wire.inspector.flows.sweep(wire.now, hour)
  }

  test('goes on after a refusal: its ends count differently still', () => {
    const wire = new Wire(readOnly)
    poll(wire)
    wire.tcp('client', 1012, 5011, write('0002'))
    wire.tcp('server', 5011, 1012)
    wire.tcp('client', 1024, 5020)
    idle(wire)
    assert.equal(wire.tcp('client', 1024, 5020, read('0003'))[0]?.seq, 1012)
  })

  test('goes on in the midst of a message, which is judged whole', () => {
    const wire = new Wire(readOnly)
    poll(wire)
    wire.tcp('client', 1012, 5011, hex(write('0002')).slice(0, 20))
    wire.tcp('server', 5011, 1022)
    idle(wire)
    const arrived = wire.tcp('client', 1022, 5011, '0384' + hex(read('0384')).slice(4))
    assert.deepEqual(
      arrived.map(({ flags }) => flags & 4),
      [4, 4],
    )
  })

  test('is forgotten when it is over, or was never answered', () => {
    const wire = new Wire(readOnly)
    poll(wire)
    wire.tcp('client', 1012, 5011, '', 0x11)
    wire.tcp('server', 5011, 1013, '', 0x11)
    wire.clientPort++
    poll(wire)
    wire.tcp('client', 1012, 5011, '', 4)
    wire.clientPort++
    wire.tcp('client', 999, 0, '', 2)
    idle(wire)
    assert.equal(wire.inspector.flows.size, 0)
  })
})

describe('where more conversations come than are kept', () => {
  const flood = (wire: Wire, open: () => void) => {
    for (let count = 0; count < 200; count++) {
      wire.clientPort = 41_000 + count
      open()
    }
    wire.clientPort = 40_000
  }

  test('openings alone push none out that goes on', () => {
    const wire = new Wire(readOnly, 502, { flowLimit: 16 })
    poll(wire)
    wire.tcp('client', 1012, 5011, hex(write('0002')).slice(0, 20))
    flood(wire, () => wire.open())
    const arrived = wire.tcp('client', 1022, 5011, '0384' + hex(read('0384')).slice(4))
    assert.deepEqual(
      arrived.map(({ flags }) => flags & 4),
      [4, 4],
    )
  })

  test('one in the midst of a message is reset when it has to go', () => {
    const wire = new Wire(readOnly, 502, { flowLimit: 16 })
    const half = (index: number) => {
      wire.clientPort = 41_000 + index
      const arrived = wire.tcp('client', 999, 0, '', 2)
      wire.tcp('server', 4999, 1000, '', 0x12)
      wire.tcp('client', 1000, 5000, hex(write('0002')).slice(0, 20))
      wire.tcp('server', 5000, 1010)
      return arrived.filter(({ flags }) => (flags & 4) !== 0).map(({ to, seq }) => [to, seq])
    }
    for (let index = 0; index < 16; index++) assert.deepEqual(half(index), [])
    assert.deepEqual(half(16), [
      ['client', 5000],
      ['server', 1010],
    ])
    assert.equal(wire.inspector.flows.size, 16)
    assert.equal(wire.inspector.flows.forgotten, 1)
  })

  test('whoever opens more connections than are kept does not have the next one pass unjudged', () => {
    const wire = new Wire(readOnly, 502, { flowLimit: 16 })
    for (let index = 0; index < 40; index++) {
      wire.clientPort = 41_000 + index
      wire.open()
      assert.equal(wire.tcp('client', 1000, 5000, write('0001'), 0x18)[0]?.data, '', `connection ${index}`)
    }
    assert.equal(wire.inspector.flows.size, 16)
    assert.equal(wire.inspector.flows.forgotten, 24)
  })
})
