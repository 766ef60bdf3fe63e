import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineLimit, type HostOrder } from '#schema/decoy-host.ts'
import { orderReader } from './orders.ts'

const status = '{"type":"status"}\n'
const cut = '{"type":"cut","source":"198.18.9.1"}\n'
const read = (pieces: readonly (string | Uint8Array)[]) => {
  const [orders, refused]: [HostOrder[], string[]] = [[], []]
  const reader = orderReader(
    (order) => orders.push(order),
    (why) => refused.push(why),
  )
  for (const piece of pieces) reader.take(Buffer.from(piece))
  return { types: orders.map(({ type }) => type), refused }
}

describe('orders', () => {
  test('cut anywhere, two orders are two orders', () => {
    const whole = Buffer.from(status + cut)
    for (let at = 0; at <= whole.length; at++)
      assert.deepEqual(read([whole.subarray(0, at), whole.subarray(at)]), { types: ['status', 'cut'], refused: [] })
  })

  test('a character that is cut in two is whole again', () => {
    const line = Buffer.from('{"type":"go-on","source":"\u00fcber"}\n')
    const at = line.indexOf(0xc3) + 1
    assert.match(read([line.subarray(0, at), line.subarray(at)]).refused[0] ?? '', /address/)
  })

  for (const [title, line, said] of [
    ['no JSON', 'hello', /no JSON/],
    ['a number', '7', /no order/],
    ['null', 'null', /no order/],
    ['bytes that are no text', '\u0000\u00ff', /no JSON/],
    ['an unknown type', '{"type":"x"}', /no order/],
  ] as const)
    test(`${title} is refused in a sentence, and the next line is obeyed`, () => {
      const { types, refused } = read([`${line}\n${status}`])
      assert.deepEqual([types, refused.length], [['status'], 1])
      assert.match(refused[0] ?? '', said)
    })

  test('empty lines are nothing', () => assert.deepEqual(read(['\n\n \r\n']), { types: [], refused: [] }))

  test('a line without an end is dropped as it comes, and the line after it is obeyed', () => {
    const piece = 'x'.repeat(64 << 10)
    const many = Array<string>(40).fill(piece)
    const { types, refused } = read([...many, `\n${status}`])
    assert.deepEqual(types, ['status'])
    assert.deepEqual(refused, [`A line is longer than ${lineLimit} characters.`])
  })
})
