import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { putU32le, u32le } from '#core/bytes.ts'
import type { Codec, Refusal } from '#core/codec.ts'
import { bytesOf, fieldsOf, Reader } from '../reading.ts'
import { answer, golden, numbered, opened, read, write } from './building.ts'
import { opcuaCodec } from './opcua.ts'

const codec: Codec = opcuaCodec

/** An end that closes the channel when a number is not the one that follows: OPC 10000-6, 6.7.2.4. */
class StrictEnd {
  last: number
  constructor(last: number) {
    this.last = last
  }
  take(chunk: Uint8Array): void {
    const number = u32le(chunk, 16)
    const springs = this.last > 4_294_966_271 && number < 1024
    assert.ok(number === this.last + 1 || springs, `${number} after ${this.last}`)
    this.last = number
  }
}

/** An inspector between two strict ends, whose numbers begin behind `start`. */
const inspected = (start: number, wrapTo = 0) => {
  const reader = opened()
  const { conversation } = reader
  const server = new StrictEnd(start)
  const client = new StrictEnd(start)
  let clientNumber = start
  let serverNumber = start
  let request = 100
  const after = (number: number) => (number === 4_294_966_300 ? wrapTo : number + 1)
  const forward = (chunk: Uint8Array, fromClient: boolean) => {
    reader.read(chunk, fromClient)
    codec.renumber?.(chunk, 0, chunk.length, fromClient, conversation)
    ;(fromClient ? server : client).take(chunk)
  }
  const prime = numbered(read, start, 99)
  reader.read(prime, true)
  reader.read(numbered(answer, start, 99), false)
  return {
    client,
    server,
    permitted: () => {
      clientNumber = after(clientNumber)
      serverNumber = after(serverNumber)
      forward(numbered(read, clientNumber, ++request), true)
      forward(numbered(answer, serverNumber, request), false)
    },
    denied: (why: Refusal = 'function') => {
      clientNumber = after(clientNumber)
      const chunk = numbered(write, clientNumber, ++request)
      reader.read(chunk, true)
      const out = new Uint8Array(1024)
      const length = codec.refuse(chunk, 0, chunk.length, conversation, why, out)
      assert.equal(length, 52)
      codec.withheld?.(conversation, true, true)
      client.take(out)
      assert.equal(u32le(out, 20), request)
      assert.equal(u32le(out, 36), 0x16, 'the request handle')
      return u32le(out, 40)
    },
  }
}

describe('sequence numbers stay whole for both ends', () => {
  test('when nothing is withheld no byte changes', () => {
    const reader = opened()
    const chunk = numbered(read, 2, 2)
    reader.read(chunk, true)
    assert.equal(codec.renumber?.(chunk, 0, chunk.length, true, reader.conversation), false)
  })
  test('when every third request is refused', () => {
    const talk = inspected(50)
    for (let round = 0; round < 50; round++) {
      talk.permitted()
      talk.denied()
      talk.permitted()
    }
    assert.equal(talk.client.last, 50 + 150)
    assert.equal(talk.server.last, 50 + 100)
  })
  test('when several are refused in a row, each for its reason', () => {
    const talk = inspected(7)
    assert.equal(talk.denied('function'), 0x801f0000)
    assert.equal(talk.denied('value'), 0x803c0000)
    assert.equal(talk.denied('state'), 0x80af0000)
    talk.permitted()
  })
  for (const wrapTo of [0, 1, 1023])
    test(`when the ends begin again with ${wrapTo}, before and after refusals`, () => {
      const talk = inspected(4_294_966_290, wrapTo)
      for (let round = 0; round < 20; round++) {
        talk.permitted()
        talk.denied()
      }
    })
  test('when an answer that nobody asked for is withheld', () => {
    const reader = opened()
    reader.read(numbered(answer, 2, 2), false)
    reader.read(numbered(answer, 3, 99), false)
    codec.withheld?.(reader.conversation, false, false)
    const next = numbered(answer, 4, 3)
    reader.read(next, false)
    assert.equal(codec.renumber?.(next, 0, next.length, false, reader.conversation), true)
    assert.equal(u32le(next, 16), 3)
  })
  test('the renewal of a channel is numbered with the rest', () => {
    const reader = opened()
    const [open] = golden('an attribute is read').after ?? []
    const renewal = bytesOf(open?.hex ?? '')
    putU32le(renewal, 8, 3)
    const place = 12 + 4 + 47 + 4 + 4
    reader.read(numbered(read, 2, 2), true)
    reader.read(numbered(answer, 2, 2), false)
    const denied = numbered(write, 3, 3)
    reader.read(denied, true)
    codec.withheld?.(reader.conversation, true, true)
    putU32le(renewal, place, 4)
    reader.read(renewal, true)
    assert.equal(codec.renumber?.(renewal, 0, renewal.length, true, reader.conversation), true)
    assert.equal(u32le(renewal, place), 3)
  })
})

describe('a refusal is not given', () => {
  const refuse = (reader: Reader, chunk: Uint8Array) =>
    codec.refuse(chunk, 0, chunk.length, reader.conversation, 'function', new Uint8Array(1024))
  test('before the server has shown its number', () => {
    const reader = new Reader(codec, 'tcp', false)
    reader.read(write, true)
    assert.equal(refuse(reader, write), -1)
    reader.read(answer, false)
    reader.read(write, true)
    assert.equal(refuse(reader, write), 52)
  })
  test('between the pieces of an answer', () => {
    const reader = opened()
    const piece = answer.slice()
    piece[3] = 0x43
    reader.read(piece, false)
    reader.read(write, true)
    assert.equal(refuse(reader, write), -1)
  })
  test('on a channel that is signed', () => {
    const reader = new Reader(codec, 'tcp', false)
    const signed = new Uint8Array(write.length + 32)
    signed.set(write)
    putU32le(signed, 4, signed.length)
    const message = reader.read(signed, true)
    assert.equal(message.fault, undefined)
    assert.deepEqual(fieldsOf(message.commands[0]!)['nodes'], 'ns=1;s=the.answer')
    reader.read(answer, false)
    assert.equal(refuse(reader, signed), -1)
    assert.equal(reader.read(write, true).fault, 'malformed', 'and a message without its signature is none of it')
  })
})

describe('the message that closes a channel', () => {
  const close = bytesOf(golden('the channel is closed, and nobody answers that').hex)
  const secured = bytesOf(golden('a channel with security shows its policy, and not its mode').hex)
  const signed = (chunk: Uint8Array): Uint8Array => {
    const longer = Uint8Array.from([...chunk, ...new Uint8Array(20)])
    putU32le(longer, 4, longer.length)
    return longer
  }
  /** The chunk as one that closes the channel. */
  const closing = (chunk: Uint8Array): Uint8Array => Uint8Array.from([...close.subarray(0, 3), ...chunk.subarray(3)])
  const inMidst = () => new Reader(codec, 'tcp', false)
  const behindOpening = () => {
    const reader = new Reader(codec)
    reader.read(secured, true)
    return reader
  }

  for (const [name, reader, chunk] of [
    ['is read when the opening was not seen', inMidst(), close],
    ['is read when it is signed', behindOpening(), signed(close)],
  ] as const)
    test(name, () => {
      const { fault, commands } = reader.read(chunk, true)
      assert.deepEqual([fault, commands[0]?.op], [undefined, 'close-secure-channel'])
    })

  for (const [name, reader, chunk] of [
    ['has no request in it when the opening was not seen', inMidst(), closing(write)],
    ['has no request in it when it is signed', behindOpening(), closing(signed(write))],
  ] as const)
    test(name, () => assert.equal(reader.read(chunk, true).fault, 'malformed'))

  test('is as secret as all others where they are encrypted', () => {
    const reader = behindOpening()
    const chunk = signed(close).fill(0xa5, 24)
    assert.equal(reader.read(chunk, true).commands[0]?.op, 'opaque')
  })
})

describe('a channel whose opening was withheld', () => {
  test('is not there: messages are still read as those of the old one', () => {
    const reader = opened()
    const secured = golden('a channel with security shows its policy, and not its mode')
    reader.read(bytesOf(secured.hex), true)
    codec.withheld?.(reader.conversation, true, true)
    const encrypted = numbered(write, 5, 5)
    encrypted.fill(0xa5, 24)
    assert.notEqual(reader.read(encrypted, true).commands[0]?.op, 'opaque')
    assert.equal(reader.read(write, true).commands[0]?.op, 'write')
  })
})

describe('pieces of messages', () => {
  const head = write.slice(0, 60)
  const tail = Uint8Array.from([...write.slice(0, 24), ...write.slice(60)])
  head[3] = 0x43
  putU32le(head, 4, head.length)
  putU32le(tail, 4, tail.length)

  test('a piece does not begin another message', () => {
    const reader = opened()
    assert.equal(reader.read(head, true).role, 'part')
    const between = reader.read(numbered(read, 9, 9), true)
    assert.equal(between.fault, 'malformed')
    assert.equal(reader.read(tail, true).commands[0]?.op, 'write', 'and what is kept is kept')
  })
  test('the end of a withheld message cannot be sent again', () => {
    const reader = opened()
    reader.read(head, true)
    assert.equal(reader.read(tail, true).fault, undefined)
    codec.withheld?.(reader.conversation, false, true)
    assert.equal(reader.read(numbered(read, 9, u32le(write, 20)), true).fault, 'malformed')
  })
  test('too many are too long from a client, and not read from a server', () => {
    const reader = opened()
    const piece = new Uint8Array(100_000)
    piece.set(head)
    putU32le(piece, 4, piece.length)
    reader.read(piece, true)
    reader.read(piece, true)
    assert.equal(reader.read(piece, true).fault, 'too-long')
    assert.equal(reader.read(tail, true).fault, 'too-long')
    assert.equal(reader.read(numbered(read, 9, 9), true).fault, undefined)
    for (let count = 0; count < 5; count++) assert.equal(reader.read(piece, false).fault, undefined)
    assert.equal(reader.read(tail, false).fault, undefined)
  })
  test('an answer that a server abandons ends its request, whether pieces of it came or not', () => {
    for (const pieces of [0, 1]) {
      const reader = opened()
      const { transaction } = reader.read(numbered(read, 2, u32le(answer, 20)), true)
      const piece = answer.slice()
      piece[3] = 0x43
      for (let count = 0; count < pieces; count++) reader.read(piece, false)
      const abort = Uint8Array.from([...answer.slice(0, 24), 0, 0, 0xb8, 0x80, 255, 255, 255, 255])
      abort[3] = 0x41
      putU32le(abort, 4, abort.length)
      const { role, fault, count } = reader.read(abort, false)
      assert.deepEqual([role, fault, count], ['response', undefined, 0])
      assert.equal(reader.conversation.pending.find(transaction), undefined)
    }
  })
  test('a client does not abandon what the server has of them, or put anything between: some servers keep it for the next', () => {
    const abort = Uint8Array.from([...write.slice(0, 24), 0, 0, 0xb8, 0x80, 255, 255, 255, 255])
    abort[3] = 0x41
    putU32le(abort, 4, abort.length)
    const others = [
      'the channel is closed, and nobody answers that',
      'a channel without security is opened, refused by an Error',
      'a connection is opened, refused by an Error',
    ]
    for (const between of [abort, ...others.map((name) => bytesOf(golden(name).hex))]) {
      const reader = opened()
      reader.read(head, true)
      assert.equal(reader.read(between, true).fault, 'malformed')
    }
  })
})
