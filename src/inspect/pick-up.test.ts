/** What a connection that was open before may begin with, without any harm to it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, hex, read, readOnly, write } from './modbus-polls.ts'
import { planOf, Wire } from './wire.ts'

const closed = planOf({ allow: ['read'], 'on-failure': { unsynchronised: 'closed' } })
const shadow = planOf({ allow: ['read'], mode: 'shadow' })

/** The next poll and its answer pass, and what is denied then is refused. */
const goesOn = (wire: Wire, seq: number): void => {
  assert.equal(wire.tcp('client', seq, 7000, read('0001'))[0]?.data, hex(read('0001')))
  assert.equal(wire.tcp('server', 7000, seq + 12, answer('0001'))[0]?.data, hex(answer('0001')))
  assert.equal(wire.denials.length, 0)
  wire.tcp('client', seq + 12, 7011, write('0002'))
  assert.deepEqual(
    wire.denials.map(({ denial }) => denial.reason),
    ['command-not-allowed'],
  )
}

describe('a keep-alive with a byte of no meaning', () => {
  for (const [name, plan] of Object.entries({ open: readOnly, closed, shadow }))
    for (const byte of ['00', 'ff'])
      test(`${byte} is none of a message: ${name}`, () => {
        const wire = new Wire(plan)
        for (let count = 0; count < 4; count++) {
          const [arrived] = wire.tcp('client', 2999, 7000, byte)
          assert.ok(arrived !== undefined, 'the server is asked where it stands')
        }
        wire.tcp('server', 7000, 3000)
        wire.tcp('client', 2999, 7000, byte)
        goesOn(wire, 3000)
      })

  test('of a server is none of an answer', () => {
    const wire = new Wire(readOnly)
    wire.tcp('server', 6999, 3000, '00')
    wire.tcp('client', 3000, 7000)
    goesOn(wire, 3000)
    assert.equal(wire.inspector.counts.get('c')?.unsynchronised, 0)
  })
})

describe('halves of a message in segments of their own', () => {
  const [header, body] = [hex(read('0009')).slice(0, 14), hex(read('0009')).slice(14)]

  test('where the second comes first', () => {
    const wire = new Wire(readOnly)
    assert.equal(wire.tcp('client', 3007, 7000, body)[0]?.data, body)
    assert.equal(wire.tcp('client', 3012, 7000, header)[0]?.data, header)
    assert.equal(wire.tcp('client', 3019, 7000, body)[0]?.data, body)
    goesOn(wire, 3024)
  })

  test('where the first comes first', () => {
    const wire = new Wire(readOnly)
    assert.equal(wire.tcp('client', 3000, 7000, header)[0]?.data, header)
    assert.equal(wire.tcp('client', 3007, 7000, body)[0]?.data, body)
    goesOn(wire, 3012)
  })

  test('of which the second is denied end the connection, however few bytes told nothing', () => {
    for (let first = 1; first < 12; first++) {
      const wire = new Wire(readOnly)
      const bytes = hex(write('0001'))
      // The place of the client is known, so that a single byte is no keep-alive.
      wire.tcp('server', 7000, 3000)
      wire.tcp('client', 3000, 7000, bytes.slice(0, 2 * first))
      const rest = wire.tcp('client', 3000 + first, 7000, bytes.slice(2 * first))
      assert.deepEqual(
        rest.map(({ flags }) => flags & 4),
        [4, 4],
      )
    }
  })
})

describe('a segment that had overtaken others, or whose forerunners were lost', () => {
  /** The server waits for what begins at 3000. */
  const overtaken = (): Wire => {
    const wire = new Wire(readOnly)
    assert.equal(wire.tcp('client', 3024, 7000, read('0003'))[0]?.data, hex(read('0003')))
    wire.tcp('server', 7000, 3000)
    return wire
  }
  const toServer = (wire: Wire, seq: number, data: string) =>
    wire
      .tcp('client', seq, 7000, data)
      .flatMap(({ to, data: sent, flags }) => (to === 'server' ? [[sent, flags & 4]] : []))

  test('goes on with them when they come again', () => {
    const wire = overtaken()
    for (const [index, id] of ['0001', '0002', '0003', '0004'].entries())
      assert.deepEqual(toServer(wire, 3000 + 12 * index, read(id)), [[hex(read(id)), 0]])
    wire.tcp('server', 7000, 3048, answer('0001') + answer('0002') + answer('0003') + answer('0004'))
    assert.deepEqual(wire.denials, [])
    assert.equal(toServer(wire, 3048, write('0005')).length, 1)
    assert.equal(wire.denials.length, 1)
  })

  test('ends with the connection where one of them is denied: it would have to be left out before what has passed', () => {
    const wire = overtaken()
    assert.deepEqual(toServer(wire, 3000, read('0001') + write('0002')), [['', 4]])
    assert.equal(wire.denials[0]?.reset, 'already-forwarded')
  })

  test('comes again as it was', () => {
    const wire = overtaken()
    assert.equal(toServer(wire, 3000, read('0001') + read('0002')).length, 1)
    assert.deepEqual(toServer(wire, 3024, read('0009')), [])
    assert.deepEqual(toServer(wire, 3024, read('0003')), [[hex(read('0003')), 0]])
  })

  test('is judged as the end of a message that begins before it', () => {
    const wire = overtaken()
    const bytes = `0001 0000 001e 01 65 ${'00'.repeat(16)}`
    assert.deepEqual(toServer(wire, 3000, bytes), [[hex(bytes), 0]])
    assert.deepEqual(toServer(wire, 3024, read('0003')), [['', 4]])
    assert.equal(wire.denials[0]?.denial.command?.op, 'user-defined-function')
  })

  test('does not let pass what its server does not wait for', () => {
    const wire = overtaken()
    assert.deepEqual(toServer(wire, 3012, write('0002')), [])
    wire.tcp('server', 7000, 3036)
    assert.deepEqual(toServer(wire, 3000, read('0001')), [['', 0]])
    assert.deepEqual(wire.denials, [])
  })
})

test('a connection in which no message is found is reset where the conduit is closed to that, and it is told', () => {
  const wire = new Wire(closed)
  const nothing = '99'.repeat(20)
  for (let count = 0; count < 2; count++) assert.deepEqual(wire.tcp('client', 3000, 7000, nothing), [])
  assert.deepEqual(
    wire.tcp('client', 3000, 7000, nothing).map(({ flags }) => flags & 4),
    [4, 4],
  )
  assert.match(wire.notices.join(), /no message of Modbus\/TCP was found .* it was reset/)
  assert.equal(wire.inspector.counts.get('c')?.resets, 1)
})
