/** A conduit that is closed on more requests than are kept track of: those of one segment for which there is room pass. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, hex, read, write } from './modbus-polls.ts'
import { planOf, Wire, type Arrived } from './wire.ts'

const plan = planOf({ allow: ['read'], 'on-failure': { memory: 'closed' } })
const id = (number: number) => number.toString(16).padStart(4, '0')
const toServer = (arrived: readonly Arrived[]) =>
  arrived.filter(({ to }) => to === 'server').map(({ seq, data, flags }) => [seq, data, flags & 1])

/** So many requests are outstanding; the client goes on at 1000 + 12 × that. */
const asked = (count: number): Wire => {
  const wire = new Wire(plan)
  wire.open()
  for (let at = 0; at < count; at++) wire.tcp('client', 1000 + 12 * at, 5000, read(id(at)))
  return wire
}
const pending = (wire: Wire) => [...wire.inspector.flows][0]?.pending.size

describe('where there is room for the first request of a segment', () => {
  test('it passes without the second, which passes when it comes again', () => {
    const wire = asked(31)
    const seq = 1000 + 12 * 31
    const both = read(id(31)) + read(id(32))
    assert.deepEqual(toServer(wire.tcp('client', seq, 5000, both, 0x11)), [[seq, hex(read(id(31))), 0]])
    assert.equal(pending(wire), 32)
    wire.tcp('server', 5000, seq + 12, answer(id(0)))
    assert.deepEqual(toServer(wire.tcp('client', seq, 5011, both, 0x11)), [[seq + 12, hex(read(id(32))), 1]])
    assert.equal(pending(wire), 32)
    assert.equal(wire.inspector.counts.get('c')?.permitted, 34)
  })

  test('what is denied before it is refused once', () => {
    const wire = asked(32)
    const seq = 1000 + 12 * 32
    const both = write(id(40)) + read(id(41))
    const [passed, refusal] = wire.tcp('client', seq, 5000, both)
    assert.deepEqual([passed?.seq, passed?.data], [seq, ''])
    assert.deepEqual([refusal?.seq, refusal?.data], [5000, hex(`${id(40)} 0000 0003 01 86 01`)])
    wire.tcp('server', 5000, seq, answer(id(0)))
    const [again] = toServer(wire.tcp('client', seq, 5020, both))
    assert.deepEqual(again?.slice(0, 2), [seq, hex(read(id(41)))])
    assert.equal(wire.denials.length, 1)
    assert.equal(toServer(wire.tcp('client', seq + 24, 5020))[0]?.[0], seq + 12)
  })
})

test('the end of a message whose beginning has passed waits for no room behind another one', () => {
  const wire = asked(31)
  const seq = 1000 + 12 * 31
  const bytes = hex(read(id(31)) + read(id(32)))
  wire.tcp('client', seq, 5000, bytes.slice(0, 8))
  assert.deepEqual(toServer(wire.tcp('client', seq + 4, 5000, bytes.slice(8))), [[seq + 4, bytes.slice(8, 24), 0]])
  wire.tcp('server', 5000, seq + 12, answer(id(0)))
  assert.deepEqual(toServer(wire.tcp('client', seq + 12, 5011, bytes.slice(24))), [[seq + 12, bytes.slice(24), 0]])
})
