/** Connections within a session: many of them, and those that carry cyclic data. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Reader } from '../reading.ts'
import { connected, readInt, readTag, unconnected } from './building.ts'
import { open, client, server, shown, plain, withConnection } from './talking.ts'

describe('many connections in one session', () => {
  const slotOf = (number: number) => number % 17
  const polled = (count: number): Reader => {
    const reader = open()
    for (let number = 0; number < count; number++) withConnection(reader, slotOf(number), number)
    return reader
  }
  for (const count of [17, 64, 256])
    test(`each of ${count} has its slot and the values of its own request, though all count alike`, () => {
      const reader = polled(count)
      for (let round = 1; round <= 3; round++)
        for (let number = 0; number < count; number++) {
          client(reader, connected(readTag(`Tag${number}`), 0x11 + number, round))
          server(reader, connected(readInt(number), 0x22 + number, round))
          const read = { op: 'read-tag', slot: slotOf(number), tags: `Tag${number}`, values: number }
          assert.deepEqual(shown(reader), [read])
          assert.equal(reader.conversation.pending.size, 0)
        }
    })
  test('of more than are remembered each answer finds a request still, also when several are on their way', () => {
    const reader = polled(300)
    for (let round = 1; round <= 3; round++)
      for (let first = 0; first < 300; first += 30) {
        for (let number = first; number < first + 30; number++)
          client(reader, connected(readTag('Level'), 0x11 + number, round))
        for (let left = 29; left >= 0; left--) {
          server(reader, connected(readInt(1), 0x22 + first + left, round))
          assert.equal(reader.conversation.pending.size, left)
        }
      }
  })
  test('the one that is not used is forgotten, not the one that was opened first', () => {
    const reader = polled(256)
    client(reader, connected(readTag('Level'), 0x11, 1))
    server(reader, connected(readInt(1), 0x22, 1))
    withConnection(reader, 5, 256)
    client(reader, connected(readTag('Level'), 0x11, 2))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', slot: 0, tags: 'Level' }])
  })
})

describe('a connection for cyclic data', () => {
  const path = '20042401 2c962c64'
  const open54 = (parameters: string, transport: string, way = path) =>
    `54022006 2401 0a0e 00000000 28000000 0100 3713 2a000000 00000000 80841e00 ${parameters} 80841e00 2028 ${transport} ${(plain(way).length / 4).toString(16).padStart(2, '0')} ${way}`
  const large = `5b022006 2401 0a0e 00000000 28000000 0100 3713 2a000000 00000000 80841e00 20000042 80841e00 20000042 01 04 ${path}`
  const rows: readonly (readonly [name: string, cip: string, outputs: boolean])[] = [
    ['sets outputs', open54('2048', '01'), true],
    ['sets outputs without a count of its messages', open54('0148', '00'), true],
    ['sets many outputs', large, true],
    ['listens, with a heartbeat', open54('0248', '01'), false],
    ['listens, with a heartbeat without a count', open54('0048', '00'), false],
    ['has no data to the device', open54('2008', '01'), false],
    ['configures a module', open54('0248', '01', `${path} 8001 1234`), true],
    ['configures nothing', open54('0248', '01', `${path} 8000`), false],
  ]
  for (const [name, cip, outputs] of rows)
    test(name, () => {
      const reader = open()
      client(reader, unconnected(plain(cip)))
      assert.equal(reader.message.fault, undefined)
      assert.equal(
        shown(reader).some(({ op }) => op === 'cyclic-output'),
        outputs,
      )
    })
})
