/** Elements of one value, written by an index range: each has a value of its own to step from. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesOf, hexOf } from '#protocols/reading.ts'
import { golden, write } from '#protocols/opcua/building.ts'
import { putU32le } from '#core/bytes.ts'
import { planOf, Wire } from './wire.ts'

const word = (value: number): string => {
  const bytes = new Uint8Array(4)
  putU32le(bytes, 0, value)
  return hexOf(bytes)
}
const text = (value: string): string => word(value.length) + Buffer.from(value).toString('hex')

/** A client that writes ns=1;s=the.answer, as Int32, over a channel without security. */
const talk = (allow: readonly object[]) => {
  const wire = new Wire(planOf({ service: 'opcua', allow }), 4840)
  wire.open()
  let [seq, ack, number] = [1000, 5000, 100]
  const say = (hex: string): string | undefined => {
    wire.denials.length = 0
    const arrived = wire.tcp('client', seq, ack, hex)
    seq += hex.length / 2
    for (const { to, data } of arrived) if (to === 'client') ack += data.length / 2
    return wire.denials[0]?.denial.detail
  }
  for (const { from, hex } of golden('a value is written').after ?? [])
    if (from === 'client') say(hex)
    else {
      wire.tcp('server', ack, seq, hex)
      ack += bytesOf(hex).length
    }
  const head = hexOf(write.slice(0, -10))
  return {
    /** @returns why it is denied */
    write: (range: string | undefined, ...values: readonly number[]): string | undefined => {
      const list = values.map(word).join('')
      const value = range === undefined && values.length === 1 ? `0106${list}` : `0186${word(values.length)}${list}`
      const chunk = bytesOf(`${head}${range === undefined ? 'ffffffff' : text(range)}${value}`)
      putU32le(chunk, 4, chunk.length)
      putU32le(chunk, 16, ++number)
      putU32le(chunk, 20, number)
      return say(hexOf(chunk))
    },
  }
}
const node = { op: 'write', nodes: 'ns=1;s=the.answer' }

describe('an element written by its index', () => {
  test('is compared with that element, not with the first one', () => {
    const { write: put } = talk([{ ...node, step: 50 }])
    assert.equal(put(undefined, 500, 0, 0), undefined)
    assert.equal(put('1', 40), undefined)
    assert.equal(put('1', 80), undefined)
    assert.equal(put('0', 80), 'from 500 to 80 is more than 50')
    assert.equal(put(undefined, 80, 80, 0), 'from 500 to 80 is more than 50')
    assert.equal(put('1:2', 131, 0), 'from 80 to 131 is more than 50')
    assert.equal(put('1:2', 130, 50), undefined)
    assert.equal(put(undefined, 460, 170, 90), undefined)
  })

  test('is no step where it is not told which one it is', () => {
    const { write: put } = talk([{ ...node, step: 50 }])
    assert.equal(put(undefined, 500, 0, 0), undefined)
    for (const range of ['0,1', '0:5', '0:', 'x', '2:1'])
      assert.equal(put(range, 500, 0), 'the value that `step` compares is not known', range)
  })

  test('is within its range of values wherever it is', () => {
    const { write: put } = talk([{ ...node, values: '0-500' }])
    assert.equal(put('0,1', 500, 0), undefined)
    assert.match(put('0,1', 501, 0) ?? '', /^value/)
  })
})
