/** EtherNet/IP devices that take the first four bytes of a message for there when they got one of them: what they read was judged. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesOf, hexOf } from '#protocols/reading.ts'
import { planOf, Wire } from './wire.ts'

const header = (command: string, data: string): string => {
  const length = Buffer.alloc(2)
  length.writeUInt16LE(data.length / 2)
  return `${command}${length.toString('hex')}01000000${'00'.repeat(16)}${data}`
}
const unconnected = (cip: string): string =>
  header(
    '6f00',
    `00000000 0000 0200 00000000 b200 ${(cip.length / 2).toString(16).padStart(2, '0')}00 ${cip}`.replaceAll(' ', ''),
  )
const read = unconnected('0e03200124013001')
/** Sets attribute 6 of instance 1 of class 0xf5. */
const write = unconnected('100320f5240130060000')
/** A message that keeps a connection open, with another one in its data, so many bytes behind its header. */
const around = (zeros: number): string => header('0000', `${'00'.repeat(zeros)}${write}`)

/**
 * Requests without connection, read as OpENer reads: up to four bytes, then what they say is left, which is there as a whole or ends the
 * connection.
 * @param blocks whether it waits for the first byte of what is left, or begins anew
 */
const requestsRead = (segments: readonly string[], blocks: boolean): string[] => {
  const requests: string[] = []
  let start: Buffer | undefined
  for (const segment of segments)
    for (let there = bytesOf(segment); there.length > 0;) {
      if (start === undefined) {
        start = Buffer.alloc(4)
        start.set(there.subarray(0, 4))
        there = there.subarray(4)
        if (there.length === 0 && !blocks) start = undefined
        continue
      }
      const left = start.readUInt16LE(2) + 20
      if (there.length < left) return requests
      if (start[0] === 0x6f) requests.push(hexOf(there.subarray(0, left)))
      there = there.subarray(left)
      start = undefined
    }
  return requests
}

const sent = (parts: readonly string[], conduit: Record<string, unknown> = { allow: ['read'] }) => {
  const wire = new Wire(planOf({ service: 'enip', ...conduit }), 44_818)
  wire.open()
  let seq = 1000
  const arrived: string[] = []
  for (const part of parts) {
    const got = wire.tcp('client', seq, 5000, part).filter(({ to, injected }) => to === 'server' && !injected)
    for (const { data } of got) if (data.length > 0) arrived.push(data)
    // What did not arrive is sent again.
    const last = got.at(-1)
    seq = last === undefined ? seq : last.seq + last.data.length / 2
  }
  return { wire, arrived }
}

describe('a device that reads four bytes and counts from there finds no message that was not judged', () => {
  for (const [name, blocks, zeros] of [
    ['its sockets block', true, 22],
    ['its sockets do not block', false, 4],
  ] as const)
    test(name, () => {
      const message = around(zeros)
      for (let cut = 2; cut < message.length; cut += 2) {
        const { arrived } = sent([message.slice(0, cut), message.slice(cut)])
        assert.deepEqual(requestsRead(arrived, blocks), [], `cut at ${cut / 2}`)
      }
      assert.deepEqual(requestsRead(sent([message, read]).arrived, blocks), [read.slice(8)])
    })
})

describe('the first five bytes of a message', () => {
  test('wait for each other, and pass when they come together', () => {
    const { arrived } = sent([read.slice(0, 6), read.slice(0, 6), read])
    assert.deepEqual(arrived, [read])
  })
  test('wait behind a message that is whole, which passes', () => {
    const { arrived } = sent([read + read.slice(0, 8), read])
    assert.deepEqual(arrived, [read, read])
  })
  test('are all that has to come at once', () => {
    const { arrived } = sent([read.slice(0, 10), read.slice(10)])
    assert.deepEqual(arrived, [read.slice(0, 10), read.slice(10)])
  })
  test('do not wait where nothing is refused', () => {
    const { arrived } = sent([read.slice(0, 2), read.slice(2)], { allow: ['read'], 'deny-action': 'log' })
    assert.deepEqual(arrived, [read.slice(0, 2), read.slice(2)])
  })
  test('may be the end of one where the conversation was picked up in the middle: they pass', () => {
    const wire = new Wire(planOf({ service: 'enip', allow: ['read'] }), 44_818)
    assert.deepEqual(
      wire.tcp('client', 1000, 5000, '0000').map(({ data }) => data),
      ['0000'],
    )
  })
})
