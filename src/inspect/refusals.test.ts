/** Refusals in the stream of a server that says nothing meanwhile. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, hex, opened, read, write } from './modbus-polls.ts'
import type { Arrived } from './wire.ts'

const refusalTo = (id: string) => hex(`${id} 0000 0003 01 86 01`)
const toClient = (arrived: readonly Arrived[]) =>
  arrived.filter(({ to, data }) => to === 'client' && data !== '').map(({ seq, data }) => [seq, data])

describe('two commands refused one behind the other', () => {
  const both = write('0002') + write('0003')

  test('get their refusals again in the places that they had', () => {
    const wire = opened()
    const first = [
      [5011, refusalTo('0002')],
      [5020, refusalTo('0003')],
    ]
    assert.deepEqual(toClient(wire.tcp('client', 1012, 5011, both)), first)
    assert.deepEqual(toClient(wire.tcp('client', 1012, 5011, both)), first)
  })

  test('get the one again that was not acknowledged', () => {
    const wire = opened()
    wire.tcp('client', 1012, 5011, both)
    wire.tcp('client', 1036, 5020)
    assert.deepEqual(toClient(wire.tcp('client', 1012, 5020, both)), [[5020, refusalTo('0003')]])
  })

  test('leave the number of what the server says then behind both', () => {
    const wire = opened()
    wire.tcp('client', 1012, 5011, both)
    wire.tcp('client', 1036, 5029, read('0004'))
    assert.deepEqual(toClient(wire.tcp('server', 5011, 1024, answer('0004'))), [[5029, hex(answer('0004'))]])
  })
})

test('however often a client is refused, nothing of it is kept once it has its refusals', () => {
  const wire = opened()
  let [seq, ack] = [1012, 5011]
  for (let count = 0; count < 300; count++) {
    assert.deepEqual(toClient(wire.tcp('client', seq, ack, write('0002'))), [[ack, refusalTo('0002')]])
    seq += 12
    ack += 9
    wire.tcp('client', seq, ack)
  }
  for (const { numbering, inserted, edits } of [...wire.inspector.flows][0]?.sides ?? [])
    assert.ok(numbering.count <= 1 && inserted.length === 0 && edits.length <= 1)
})
