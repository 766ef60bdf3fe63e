/** Conversations whose messages are numbered, after a refusal: OPC UA without security. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { u32le } from '#core/bytes.ts'
import { golden, numbered, answer, read, write } from '#protocols/opcua/building.ts'
import { bytesOf, hexOf } from '#protocols/reading.ts'
import { planOf, Wire, type Arrived, type End } from './wire.ts'

/** A channel that is open, and its next numbers of either end. */
class Channel {
  readonly wire = new Wire(planOf({ service: 'opcua', allow: ['read'] }), 4840)
  readonly #next = { client: 1000, server: 5000 }
  /** What either end has received, as it counts. */
  readonly #has = { client: 5000, server: 1000 }
  #numbers = { client: 1, server: 1 }

  constructor() {
    this.wire.open()
    for (const { from, hex } of golden('an attribute is read').after ?? []) {
      this.send(from, bytesOf(hex))
      if (hex.startsWith('4d')) this.#numbers[from] = u32le(bytesOf(hex), 16)
    }
    this.ask(read, 99)
    this.#numbers.server = u32le(answer, 16)
    this.send('server', numbered(answer, this.#numbers.server, 99))
  }

  send(from: End, bytes: Uint8Array): Arrived[] {
    const arrived = this.wire.tcp(from, this.#next[from], this.#has[from], hexOf(bytes), 0x18)
    this.#next[from] += bytes.length
    for (const { to, seq, data } of arrived) this.#has[to] = Math.max(this.#has[to], seq + data.length / 2)
    return arrived
  }

  ask(chunk: Uint8Array, request: number, parts = 1): Arrived[] {
    return this.#inParts('client', numbered(chunk, ++this.#numbers.client, request), parts)
  }
  answer(request: number, parts = 1): Arrived[] {
    return this.#inParts('server', numbered(answer, ++this.#numbers.server, request), parts)
  }
  #inParts(from: End, chunk: Uint8Array, parts: number): Arrived[] {
    const size = Math.ceil(chunk.length / parts)
    return Array.from({ length: parts }, (_, part) =>
      this.send(from, chunk.subarray(part * size, (part + 1) * size)),
    ).flat()
  }
}

const numberOf = (arrived: readonly Arrived[], end: End): number =>
  u32le(
    bytesOf(
      arrived
        .filter(({ to }) => to === end)
        .map(({ data }) => data)
        .join(''),
    ),
    16,
  )

describe('after a refusal', () => {
  for (const parts of [1, 2, 3])
    test(`messages in ${parts} segments go on with the numbers that either end expects`, () => {
      const channel = new Channel()
      const first = numberOf(channel.ask(read, 100), 'server')
      const answered = numberOf(channel.answer(100), 'client')
      const refused = channel.ask(write, 101)
      assert.equal(
        numberOf(
          refused.filter(({ injected }) => injected),
          'client',
        ),
        answered + 1,
      )
      assert.equal(channel.wire.denials.length, 1)
      assert.equal(numberOf(channel.ask(read, 102, parts), 'server'), first + 1)
      assert.equal(numberOf(channel.answer(102, parts), 'client'), answered + 2)
      assert.equal(numberOf(channel.ask(read, 103, parts), 'server'), first + 2)
      assert.equal(channel.wire.denials.length, 1)
    })
})

test('a server that opens the connection is asked in it: reads pass, a write is refused', () => {
  const wire = new Wire(planOf({ service: 'opcua', allow: ['read'] }), 33_333)
  wire.clientPort = 4840
  wire.tcp('server', 4999, 0, '', 2)
  wire.tcp('client', 999, 5000, '', 0x12)
  const next = { client: 1000, server: 5000 }
  const send = (from: End, hex: string): Arrived[] => {
    const arrived = wire.tcp(from, next[from], from === 'client' ? next.server : next.client, hex, 0x18)
    next[from] += hex.length / 2
    return arrived
  }
  const { hex: reverseHello } = golden('a server asks to be connected')
  assert.equal(send('server', reverseHello)[0]?.data, reverseHello)
  let last = { client: 0, server: 0 }
  for (const { from, hex } of golden('an attribute is read').after ?? []) {
    assert.equal(send(from, hex)[0]?.data, hex, wire.denials.map(({ denial }) => denial.detail).join())
    if (hex.startsWith('4d')) last = { ...last, [from]: u32le(bytesOf(hex), 16) }
  }
  const poll = hexOf(numbered(read, last.client + 1, 99))
  assert.equal(send('client', poll)[0]?.data, poll)
  const refused = send('client', hexOf(numbered(write, last.client + 2, 100)))
  assert.deepEqual(
    refused.map(({ to, injected, data }) => [to, injected, data === '']),
    [
      ['server', false, true],
      ['client', true, false],
    ],
  )
  assert.equal(wire.denials.length, 1)
})

describe('a connection whose ends count their messages differently', () => {
  const numbers = (sent: number, received: number) => hexOf(Uint8Array.of(sent << 1, 0, received << 1, 0))
  const report = (sent: number, address: number, received = 0) =>
    `680e${numbers(sent, received)}0101030001000${address}000001`
  const command = (sent: number, received: number) => `680e${numbers(sent, received)}2d010600010001000001`
  /** One command was refused: what the server sends next has the number 0, and the client expects 1. */
  const refused = (): Wire => {
    const wire = new Wire(planOf({ service: 'iec104', allow: ['read'] }), 2404)
    wire.open()
    wire.tcp('client', 1000, 5000, '680407000000')
    wire.tcp('server', 5000, 1006, '68040b000000')
    wire.tcp('client', 1006, 5006, command(0, 0))
    wire.tcp('client', 1022, 5022)
    return wire
  }
  const toClient = (arrived: readonly Arrived[]) =>
    arrived.filter(({ to }) => to === 'client').map(({ data, flags }) => [data, flags & 4])

  const bytes = report(0, 1) + report(1, 2)
  for (const there of [3, 5])
    test(`goes on where a segment of its server ends with ${there} bytes of a message: they come again with the rest`, () => {
      const wire = refused()
      const [first] = toClient(wire.tcp('server', 5006, 1006, bytes.slice(0, 32 + 2 * there)))
      assert.deepEqual(first, [report(1, 1, 1), 0])
      assert.deepEqual(toClient(wire.tcp('server', 5022, 1006, bytes.slice(32))), [[report(2, 2, 1), 0]])
      assert.equal(wire.denials.length, 1)
    })

  test('goes on without waiting where none of its numbers are among them', () => {
    const wire = refused()
    const [first] = toClient(wire.tcp('server', 5006, 1006, bytes.slice(0, 36)))
    assert.deepEqual(first, [report(1, 1, 1) + report(2, 2, 1).slice(0, 4), 0])
    assert.deepEqual(toClient(wire.tcp('server', 5024, 1006, bytes.slice(36))), [[report(2, 2, 1).slice(4), 0]])
  })

  test('is reset, and that is told, where a part of its numbers comes alone', () => {
    const wire = refused()
    wire.tcp('server', 5006, 1006, bytes.slice(0, 40))
    wire.tcp('server', 5022, 1006, bytes.slice(32, 40))
    const resets = toClient(wire.tcp('server', 5026, 1006, bytes.slice(40)))
    assert.deepEqual(resets, [['', 4]])
    assert.match(wire.notices.join(), /was reset: the number of a message had passed/)
  })

  test('goes on where a command is denied while half a message of its server has passed: it is refused when it comes again', () => {
    const wire = refused()
    wire.tcp('server', 5006, 1006, report(0, 1).slice(0, 20))
    assert.deepEqual(wire.tcp('client', 1022, 5032, command(1, 1)), [])
    wire.tcp('server', 5016, 1006, report(0, 1).slice(20))
    const [passed, refusal] = wire.tcp('client', 1022, 5038, command(1, 2))
    assert.deepEqual([passed?.data, refusal?.to, refusal?.data.slice(4, 8)], ['', 'client', '0400'])
    assert.deepEqual(
      wire.denials.map(({ action }) => action),
      ['exception', 'exception'],
    )
  })

  test('ends where such a message never does', () => {
    const wire = refused()
    wire.tcp('server', 5006, 1006, report(0, 1).slice(0, 20))
    for (let count = 0; count < 3; count++) assert.deepEqual(wire.tcp('client', 1022, 5032, command(1, 1)), [])
    assert.deepEqual(
      wire.tcp('client', 1022, 5032, command(1, 1)).map(({ flags }) => flags & 4),
      [4, 4],
    )
    assert.equal(wire.denials.at(-1)?.reset, 'cannot-refuse')
  })
})

describe('after a refusal over IEC 104', () => {
  const command = '680e00000000 2d01 0600 0100 010000 01'.replaceAll(' ', '')
  const report = (sent: number, received: number) =>
    `680e${hexOf(Uint8Array.of(sent << 1, 0, received << 1, 0))}01010300010001000001`
  for (const parts of [1, 2])
    test(`reports in ${parts} segments go on with the numbers that the client expects`, () => {
      const wire = new Wire(planOf({ service: 'iec104', allow: ['read'] }), 2404)
      wire.open()
      const next = { client: 1000, server: 5000 }
      const send = (from: End, hex: string): Arrived[] => {
        const arrived = wire.tcp(from, next[from], from === 'client' ? next.server : next.client, hex, 0x18)
        next[from] += hex.length / 2
        return arrived
      }
      send('client', '680407000000')
      send('server', '68040b000000')
      const refused = send('client', command).filter(({ injected, to }) => injected && to === 'client')
      assert.equal(wire.denials.length, 1)
      assert.equal(refused.map(({ data }) => data.slice(4, 8)).join(), '0000', 'the refusal has the number 0')
      for (const number of [0, 1]) {
        const size = Math.ceil(32 / parts / 2) * 2
        const hex = report(number, 0)
        const arrived = Array.from({ length: parts }, (_, part) =>
          send('server', hex.slice(part * size, (part + 1) * size)),
        ).flat()
        const data = arrived
          .filter(({ to }) => to === 'client')
          .map((one) => one.data)
          .join('')
        assert.equal(data, report(number + 1, 1))
      }
      assert.equal(wire.denials.length, 1)
    })
})
