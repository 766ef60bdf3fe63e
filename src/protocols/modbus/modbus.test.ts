import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import { Message } from '#core/message.ts'
import { bytesOf, hexOf, Reader } from '../reading.ts'
import { modbusCodec } from './modbus.ts'
import { vocabularies } from '../index.ts'

const codec: Codec = modbusCodec
const reader = () => new Reader(codec)
const client = (at: Reader, hex: string) => at.read(bytesOf(hex), true)
const server = (at: Reader, hex: string) => at.read(bytesOf(hex), false)

const factsOf = (request: string, response: string) => {
  const at = reader()
  client(at, request)
  at.message.wantsFacts = true
  return Object.fromEntries(server(at, response).facts.map(({ name, value }) => [name, value]))
}

describe('requests and answers are told apart', () => {
  test('by transaction: answers in another order show each its own addresses', () => {
    const at = reader()
    client(at, '0001 0000 0006 01 03 0064 0001')
    client(at, '0002 0000 0006 01 03 00c8 0001')
    assert.equal(server(at, '0002 0000 0005 01 03 02 0007').commands[0]?.lows[1], 200)
    assert.equal(server(at, '0001 0000 0005 01 03 02 0007').commands[0]?.lows[1], 100)
    assert.equal(at.conversation.pending.size, 0)
  })
  test('by unit: one number at two units is two transactions', () => {
    const at = reader()
    client(at, '0001 0000 0006 01 03 0064 0001')
    client(at, '0001 0000 0006 02 03 00c8 0001')
    assert.equal(server(at, '0001 0000 0005 02 03 02 0007').commands[0]?.lows[1], 200)
  })
  test('but for a device that puts a unit of its own into its answers: they end the request and show nothing', () => {
    for (const [asked, answered] of [
      ['ff', '01'],
      ['03', '00'],
      ['00', 'ff'],
    ] as const)
      for (const body of ['0005 U 03 02 0007', '0003 U 83 02']) {
        const at = reader()
        client(at, `0001 0000 0006 ${asked} 03 0064 0001`)
        const message = server(at, `0001 0000 ${body.replace('U', answered)}`)
        assert.deepEqual([message.fault, message.count, at.conversation.pending.size], [undefined, 0, 0])
      }
  })
  test('by length, for a client whose requests all have one number: those that were never answered are given up', () => {
    const at = reader()
    const many = '0000 0000 0006 01 03 0000 000a'
    const one = '0000 0000 0006 01 03 0064 0001'
    for (const request of [many, one, many, many, one]) client(at, request)
    assert.equal(server(at, '0000 0000 0005 01 03 02 0007').commands[0]?.lows[1], 100)
    assert.equal(at.conversation.pending.size, 3)
    assert.equal(server(at, '0000 0000 0005 01 03 02 0007').commands[0]?.lows[1], 100)
    assert.equal(at.conversation.pending.size, 0)
  })
  test('by function: an answer to another function shows nothing', () => {
    const at = reader()
    client(at, '0001 0000 0006 01 04 0064 0001')
    assert.equal(server(at, '0001 0000 0005 01 03 02 0007').count, 0)
    assert.equal(at.conversation.pending.size, 1)
  })
  test('an exception ends its request', () => {
    const at = reader()
    client(at, '0001 0000 0006 01 03 0064 0001')
    server(at, '0001 0000 0003 01 83 02')
    assert.equal(at.conversation.pending.size, 0)
  })
})

describe('a request that was neutralised', () => {
  const neutralised = () => {
    const at = reader()
    const bytes = bytesOf('0001 0000 0006 01 06 0064 0384')
    at.codec.parse(bytes, 0, bytes.length, true, at.conversation, at.message.reset())
    assert.deepEqual([at.message.fault, at.message.commands[0]?.op], [undefined, 'write-single-register'])
    at.conversation.pending.add(at.message.transaction, 'write-single-register', at.message.notes, 0, true)
    assert.equal(at.codec.neutralise?.(bytes, 0, bytes.length, at.conversation), true)
    return { at, bytes }
  }
  test('asks for nothing that is listed', () => {
    const { bytes } = neutralised()
    assert.equal(reader().read(bytes, true).commands[0]?.op, 'unlisted')
  })
  test('is found by the refusal that the device gives, which then speaks of the original', () => {
    const { at } = neutralised()
    const refusal = bytesOf('0001 0000 0003 01 e3 01')
    const message = new Message()
    at.codec.parse(refusal, 0, refusal.length, false, at.conversation, message)
    const request = at.conversation.pending.find(message.transaction)
    assert.equal(request?.op, 'write-single-register')
    if (request !== undefined) at.codec.restore?.(refusal, 0, refusal.length, at.conversation, request)
    assert.equal(hexOf(refusal), '000100000003018601')
  })
  test('answered by another device it is not found', () => {
    const { at } = neutralised()
    const message = server(at, '0001 0000 0003 02 e3 01')
    assert.equal(at.conversation.pending.find(message.transaction), undefined)
  })
  test('that is too long for another function stays as it is', () => {
    const bytes = bytesOf(`0001 0000 0104 00 5a 01 31 ${'00'.repeat(256)}`)
    const before = hexOf(bytes)
    assert.equal(codec.neutralise?.(bytes, 0, bytes.length, reader().conversation), false)
    assert.equal(hexOf(bytes), before)
  })
})

describe('refusals say why', () => {
  for (const [why, code] of [
    ['function', 1],
    ['object', 2],
    ['value', 3],
    ['state', 6],
  ] as const)
    test(`${why} as exception ${code}`, () => {
      const bytes = bytesOf('0001 0000 0006 01 06 0064 0384')
      const out = new Uint8Array(1024)
      assert.equal(codec.refuse(bytes, 0, bytes.length, reader().conversation, why, out), 9)
      assert.equal(out[8], code)
    })
})

describe('lengths', () => {
  test('one that the unit does not have is malformed', () => {
    assert.equal(client(reader(), '0001 0000 0007 01 03 0064 0001').fault, 'malformed')
  })
  test('only UMAS is longer than the specification allows', () => {
    assert.equal(modbusCodec.frame(bytesOf('0001 0000 00ff 01 03'), 0, 8, 'tcp'), -1)
    assert.equal(modbusCodec.frame(bytesOf('0001 0000 00ff 01 5a'), 0, 8, 'tcp'), 261)
    assert.equal(modbusCodec.frame(bytesOf('0001 0000 00ff 01'), 0, 7, 'tcp'), 0)
    assert.equal(modbusCodec.frame(bytesOf('0001 0000 0801 01 5a'), 0, 8, 'tcp'), -1)
  })
  test('a unit without a function is none', () => {
    assert.equal(modbusCodec.frame(bytesOf('0001 0000 0001 01 03'), 0, 8, 'tcp'), -1)
  })
})

describe('a quantity that the specification does not have is at fault', () => {
  const unit = (pdu: string) =>
    `0001 0000 ${(1 + hexOf(bytesOf(pdu)).length / 2).toString(16).padStart(4, '0')} 01 ${pdu}`
  const word = (count: number) => count.toString(16).padStart(4, '0')
  const size = (count: number) => count.toString(16).padStart(2, '0')
  const coils = (count: number) => `0f 0000 ${word(count)} ${size((count + 7) >> 3)} ${'00'.repeat((count + 7) >> 3)}`
  const registers = (count: number) => `10 0000 ${word(count)} ${size(2 * count)} ${'0000'.repeat(count)}`
  const both = (reads: number, writes: number) =>
    `17 0000 ${word(reads)} 0000 ${word(writes)} ${size(2 * writes)} ${'0000'.repeat(writes)}`
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['FC 1', ['01 0000 0001', '01 0000 07d0'], ['01 0000 0000', '01 0000 07d1']],
    ['FC 2', ['02 0000 0001', '02 0000 07d0'], ['02 0000 0000', '02 0000 07d1']],
    ['FC 3', ['03 0000 0001', '03 0000 007d'], ['03 0000 0000', '03 0000 007e', '03 0000 ffff']],
    ['FC 4', ['04 0000 0001', '04 0000 007d'], ['04 0000 0000', '04 0000 007e']],
    ['FC 15', [coils(1), coils(1968)], [coils(0), coils(1969), coils(1976)]],
    ['FC 16', [registers(1), registers(123)], [registers(0), registers(124)]],
    ['FC 23', [both(1, 1), both(125, 121)], [both(0, 1), both(126, 1), both(1, 0), both(1, 122)]],
  ]
  for (const [name, good, bad] of rows)
    test(name, () => {
      for (const pdu of good) assert.equal(client(reader(), unit(pdu)).fault, undefined, pdu)
      for (const pdu of bad) assert.equal(client(reader(), unit(pdu)).fault, 'quantity', pdu)
    })
  test('but for what is at fault anyway', () =>
    assert.equal(client(reader(), unit('03 0000 007e 00')).fault, 'malformed'))
})

describe('every function code', () => {
  test('is a command of the vocabulary, whatever follows', () => {
    for (let code = 0; code < 256; code++)
      for (const rest of ['', '00', '0000', '00000000', 'ffffffff', '0001000204000a0102']) {
        const pdu = code.toString(16).padStart(2, '0') + rest
        const message = client(reader(), `0001 0000 ${(1 + pdu.length / 2).toString(16).padStart(4, '0')} 01 ${pdu}`)
        assert.ok(message.count > 0, pdu)
        for (const { op } of message.commands.slice(0, message.count))
          assert.ok(Object.hasOwn(vocabularies.modbus.ops, op), `${pdu}: ${op}`)
      }
  })
})

describe('identity', () => {
  test('is read from identification objects', () => {
    assert.deepEqual(
      factsOf(
        '0001 0000 0005 01 2b 0e 01 00',
        '0001 0000 0016 01 2b 0e 01 01 00 00 03 00 04 41636d65 01 01 58 02 02 7631',
      ),
      { vendor: 'Acme', model: 'X', firmware: 'v1' },
    )
  })
  test('is read from a server identifier', () => {
    assert.deepEqual(factsOf('0001 0000 0002 01 11', '0001 0000 0009 01 11 06 01 ff 50433130'), { model: 'PC10' })
  })
  test('is read from UMAS', () => {
    assert.deepEqual(
      factsOf(
        '0000 0000 0004 00 5a 00 02',
        '0000 0000 0032 00 5a 00 fe 10ff 5a01 0100 0000 7002 0000 2700 0900 0800 0000 0000 0e 31343020435055203331312031 30 0101 0100 0000 0011 00',
      ),
      { vendor: 'Schneider Electric', model: '140 CPU 311 10', firmware: '2.70' },
    )
  })
  test('costs nothing when nobody wants it', () => {
    const at = reader()
    client(at, '0001 0000 0002 01 11')
    assert.deepEqual(server(at, '0001 0000 0009 01 11 06 01 ff 50433130').facts, [])
  })
})
