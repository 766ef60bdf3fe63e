import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { putU32le } from '#core/bytes.ts'
import { bytesOf, fieldsOf, type Reader } from '../reading.ts'
import { answer, golden, numbered, opened, read } from './building.ts'

describe('values in answers belong to what was asked', () => {
  const shown = (reader: Reader, chunk: Uint8Array) => {
    const { commands, count } = reader.read(chunk, false)
    return commands.slice(0, count).map((command) => fieldsOf(command))
  }
  test('an answer that nobody waits for shows none', () => {
    assert.deepEqual(shown(opened(), answer), [])
  })
  test('two requests of one number show none', () => {
    const reader = opened()
    reader.read(numbered(read, 5, 17), true)
    reader.read(numbered(read, 6, 17), true)
    assert.deepEqual(shown(reader, answer), [])
    assert.deepEqual(shown(reader, answer), [])
  })
  test('what is read of a part of an attribute is not its value', () => {
    const reader = opened()
    const place = Buffer.from(read).lastIndexOf(Buffer.from('ffffffff0000ffffffff', 'hex'))
    const ranged = Uint8Array.from([...read.slice(0, place), 1, 0, 0, 0, 0x31, ...read.slice(place + 4)])
    putU32le(ranged, 4, ranged.length)
    reader.read(numbered(ranged, 5, 17), true)
    assert.deepEqual(shown(reader, answer), [])
  })
  const notified = golden('a notification shows values of what is watched')
  const notification = (whole: boolean, ...before: readonly Uint8Array[]) => {
    const reader = opened(whole)
    for (const chunk of before) reader.read(chunk, true)
    for (const { from, hex } of (notified.after ?? []).slice(2)) reader.read(bytesOf(hex), from === 'client')
    return shown(reader, bytesOf(notified.hex))
  }
  test('a notification about a handle that two items have shows none', () => {
    const create = bytesOf(notified.after?.[2]?.hex ?? '')
    const other = create.slice()
    other[Buffer.from(create).indexOf('Level')] = 0x4d
    assert.equal(notification(true).length, 1)
    assert.equal(notification(true, other).length, 0)
  })
  test('a notification shows none when items may have been created before', () => {
    assert.equal(notification(false).length, 0)
  })
})

describe('facts', () => {
  test('a server is asked for its endpoints and says its product and name', () => {
    const reader = opened()
    const ask = bytesOf(golden('endpoints are asked for').hex)
    reader.read(ask, true)
    const text = (value: string) => {
      const bytes = Buffer.from(value)
      return [bytes.length, 0, 0, 0, ...bytes]
    }
    const header = [1, 0, 0xaf, 1, ...Array<number>(16).fill(0), 0, 255, 255, 255, 255, 0, 0, 0]
    const application = [...text('urn:s'), ...text('urn:p'), 3, ...text('en'), ...text('Line 1')]
    const body = [...header, 1, 0, 0, 0, ...text('opc.tcp://s'), ...application]
    const chunk = Uint8Array.from([...ask.slice(0, 24), ...body])
    putU32le(chunk, 4, chunk.length)
    reader.message.wantsFacts = true
    assert.deepEqual(reader.read(chunk, false).facts, [
      { name: 'model', value: 'urn:p' },
      { name: 'name', value: 'Line 1' },
    ])
  })
})
