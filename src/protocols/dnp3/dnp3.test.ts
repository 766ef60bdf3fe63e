import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { bytesOf, fieldsOf, hexOf, Reader } from '../reading.ts'
import { dnp3Codec } from './dnp3.ts'
import { isIntact, putFrame } from './link.ts'

// As the registry gives it: whoever reads knows nothing of its state.
const codec: Codec = dnp3Codec

const unconfirmed = 4

const framed = (octet: number, destination: number, source: number, hex: string): Uint8Array => {
  const data = bytesOf(hex)
  const out = new Uint8Array(300)
  return out.slice(0, putFrame(out, octet, destination, source, data, data.length))
}
const fromMaster = (hex: string, outstation = 10): Uint8Array => framed(0xc0 | unconfirmed, outstation, 1, hex)
const fromOutstation = (hex: string): Uint8Array => framed(0x40 | unconfirmed, 1, 10, hex)
const opsOf = ({ commands, count }: Message): string[] => commands.slice(0, count).map(({ op }) => op)

const refusalOf = (reader: Reader, unit: Uint8Array, why: 'function' | 'object' | 'value' | 'state'): Uint8Array => {
  const out = new Uint8Array(1024)
  const length = codec.refuse(unit, 0, unit.length, reader.conversation, why, out)
  return out.subarray(0, Math.max(0, length))
}

/** Direct operate of two analog outputs in three segments. */
const parts = ['41c105290228', '0202000100000100', '830200000200']
const first = fromMaster(parts[0] ?? '')
const second = fromMaster(parts[1] ?? '')
const last = fromMaster(parts[2] ?? '')

describe('segments of a master', () => {
  test('are put together at the last one', () => {
    const reader = new Reader(codec)
    assert.equal(reader.read(first, true).role, 'part')
    assert.equal(reader.read(second, true).role, 'part')
    const message = reader.read(last, true)
    assert.equal(message.role, 'request')
    assert.equal(message.fault, undefined)
    assert.deepEqual(message.commands.slice(0, message.count).map(fieldsOf), [
      { source: 1, destination: 10, objects: 'g41v2', points: [1, 2], values: [256, 512] },
    ])
  })
  const strays: readonly (readonly [sentence: string, units: readonly Uint8Array[]])[] = [
    ['begin with a first one', [second]],
    ['leave none out', [first, last]],
    ['come in order', [first, last, second]],
    ['repeat themselves unchanged', [first, second, fromMaster('0202000100000101')]],
    ['do not go on after a fault', [first, fromMaster('05ff'), second]],
    ['do not go on for another outstation', [first, fromMaster(parts[1] ?? '', 11)]],
    [
      'are not taken apart by a broadcast that is put together with them',
      [first, fromMaster('41c00d', 0xffff), second],
    ],
  ]
  for (const [sentence, units] of strays)
    test(`${sentence}, or the message is at fault`, () => {
      const reader = new Reader(codec)
      const faults = units.map((unit) => reader.read(unit, true).fault)
      assert.equal(faults.at(-1), 'malformed')
    })
  test('mean the same when one is repeated, also the last', () => {
    const reader = new Reader(codec)
    for (const unit of [first, first, second, second, last]) assert.equal(reader.read(unit, true).fault, undefined)
    const message = reader.read(last, true)
    assert.equal(message.fault, undefined)
    assert.deepEqual(opsOf(message), ['direct-operate'])
  })
  test('take no part of a frame that goes no further: the outstation keeps what it had', () => {
    const reader = new Reader(codec)
    reader.read(first, true)
    for (const withheld of [framed(0x44, 10, 1, '41c1013c0206'), framed(0xc4, 10, 1, '')])
      assert.equal(reader.read(withheld, true).fault, 'malformed')
    reader.read(second, true)
    assert.deepEqual(opsOf(reader.read(last, true)), ['direct-operate'])
  })
  test('of frames that the outstation may take for repetitions are no part of anything', () => {
    const other = '41c1013c0206'
    for (const before of [
      // The link was never reset: an outstation takes no confirmed frame.
      [first, framed(0xf3, 10, 1, other)],
      // The bit says that the frame repeats the one before, which it does not.
      [framed(0xc0, 10, 1, ''), framed(0xf3, 10, 1, parts[0] ?? ''), framed(0xf3, 10, 1, other)],
      [framed(0xc0, 10, 1, ''), framed(0xf2, 10, 1, ''), first, framed(0xf3, 10, 1, other)],
    ]) {
      const reader = new Reader(codec)
      const faults = before.map((unit) => reader.read(unit, true).fault)
      assert.deepEqual(faults, [...before.slice(1).map(() => undefined), 'malformed'])
      assert.equal(reader.read(second, true).fault, 'malformed')
    }
  })
  test('of confirmed frames are put together when the frame count goes on as it should', () => {
    const reader = new Reader(codec)
    const confirmed = (bit: number, hex = '') => framed(0xd3 | (bit << 5), 10, 1, hex)
    for (const unit of [
      framed(0xc0, 10, 1, ''),
      confirmed(1, parts[0]),
      confirmed(1, parts[0]),
      confirmed(0, parts[1]),
      confirmed(0, parts[1]),
    ])
      assert.deepEqual([reader.read(unit, true).fault, reader.message.count > 0], [undefined, unit[3] === 0xc0])
    assert.deepEqual(opsOf(reader.read(confirmed(1, parts[2]), true)), ['direct-operate'])
    const amid = new Reader(codec, 'tcp', false)
    amid.read(confirmed(0, parts[0]), true)
    amid.read(confirmed(1, parts[1]), true)
    assert.deepEqual(opsOf(amid.read(confirmed(0, parts[2]), true)), ['direct-operate'])
  })
  test('go on when a whole message for another outstation came between them', () => {
    const reader = new Reader(codec)
    reader.read(first, true)
    assert.deepEqual(opsOf(reader.read(fromMaster('c0c0013c0106', 11), true)), ['read'])
    reader.read(second, true)
    assert.deepEqual(opsOf(reader.read(last, true)), ['direct-operate'])
  })
  test('are too many when they amount to more than is looked at', () => {
    const reader = new Reader(codec)
    let fault: string | undefined
    for (let sequence = 0; sequence < 20 && fault === undefined; sequence++)
      fault = reader.read(
        fromMaster((sequence === 0 ? '40' : sequence.toString(16).padStart(2, '0')) + '00'.repeat(249)),
        true,
      ).fault
    assert.equal(fault, 'too-many')
  })
  test('of an outstation that are out of order are no fault: the master discards them', () => {
    const reader = new Reader(codec)
    const message = reader.read(fromOutstation('0500'), false)
    assert.deepEqual([message.role, message.fault], ['part', undefined])
  })
})

describe('a header that is in no table of the standard', () => {
  const read = 'c0c1013c0206'
  for (const [name, octet, data] of [
    ['user data whose count bit counts, though none is expected', 0xd4, read],
    ['confirmed user data whose count bit does not count', 0xc3, read],
    ['a reset of the link with a count', 0xd0, ''],
    ['a test of the link without one', 0xc2, ''],
    ['a service with data', 0xc0, read],
    ['user data without any', 0xc4, ''],
    ['an answer that is none', 0x84, ''],
    ['an answer with a count', 0xa0, ''],
    ['an answer with data', 0x80, read],
  ] as const)
    test(`${name} is at fault, and goes no further in other words either`, () => {
      const unit = framed(octet, 10, 1, data)
      assert.equal(new Reader(codec).read(unit, true).fault, 'malformed')
      const reader = new Reader(codec)
      assert.equal(codec.neutralise?.(unit, 0, unit.length, reader.conversation), false)
    })
  test('is told before the rest of the frame is there; what is in order is not', () => {
    const long = `c0c1011e0117${'11'.repeat(40)}`
    const contradicts = (unit: Uint8Array): number => {
      for (let end = 0; end < unit.length; end++) if (codec.contradicts?.(unit, 0, end) === true) return end
      return -1
    }
    const spoilt = (at: number): Uint8Array =>
      fromMaster(long).map((octet, index) => (index === at ? octet ^ 1 : octet))
    assert.equal(contradicts(fromMaster(long)), -1)
    for (const [unit, end] of [
      [framed(0xd4, 10, 1, long), 10],
      [framed(0xc0, 10, 1, long), 10],
      [spoilt(2), 10],
      [spoilt(9), 10],
      [spoilt(12), 28],
      [spoilt(45), 46],
    ] as const)
      assert.equal(contradicts(unit), end)
  })
})

describe('answers in several fragments', () => {
  const read = fromMaster('c0c5013c0106')
  test('belong to one request, and more follow until the last', () => {
    const reader = new Reader(codec)
    const { transaction } = reader.read(read, true)
    const one = reader.read(fromOutstation('c0a5810000 010200000081'), false)
    assert.deepEqual([one.transaction, one.more, opsOf(one)], [transaction, true, ['read']])
    const two = reader.read(fromOutstation('c166810000010200010181'), false)
    assert.deepEqual([two.transaction, two.more, opsOf(two)], [transaction, false, ['read']])
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('a fragment that goes on with nothing answers nothing', () => {
    const reader = new Reader(codec)
    const { transaction } = reader.read(read, true)
    assert.notEqual(reader.read(fromOutstation('c066810000 010200010181'), false).transaction, transaction)
  })
})

describe('refusals', () => {
  const select = fromMaster('c0c3030c011701050101640000006400000000')
  test('echo a command with a status when it is not the function that is denied', () => {
    const reader = new Reader(codec)
    for (const [why, status] of [
      ['object', 4],
      ['value', 12],
      ['state', 10],
    ] as const) {
      reader.read(select, true)
      const answer = refusalOf(reader, select, why)
      assert.ok(isIntact(answer, 0, answer.length))
      const status16 = hexOf(fromOutstation(`c1c3810000 0c011701 050101 64000000 64000000 0${status.toString(16)}`))
      assert.equal(hexOf(answer), status16)
    }
  })
  test('go on from the transport number that the outstation used last', () => {
    const reader = new Reader(codec)
    reader.read(fromOutstation('e9c0810000'), false)
    reader.read(select, true)
    assert.equal(hexOf(refusalOf(reader, select, 'function')), hexOf(fromOutstation('eac3810001')))
  })
  test('of a confirmed frame would part the frame count bits of both ends: it cannot be withheld', () => {
    const reader = new Reader(codec)
    const unit = framed(0xf3, 10, 1, 'c0c30d')
    assert.deepEqual(opsOf(reader.read(unit, true)), ['cold-restart'])
    const out = new Uint8Array(1024)
    assert.equal(codec.refuse(unit, 0, unit.length, reader.conversation, 'function', out), -1)
  })
})

test('a handle names no file after its closing was asked for', () => {
  const reader = new Reader(codec)
  const block = fromMaster('c0c2014605 5b01 0800 01000000 00000000')
  reader.read(fromMaster(`c0c1194603 5b01 1b00 1a000100${'00'.repeat(16)} 0100 0004 0100 61`), true)
  reader.read(fromOutstation('c0c18100004604 5b01 0d00 01000000 00000000 0004 0100 00'), false)
  assert.deepEqual(reader.read(block, true).commands[0]?.textValues[0], 'a')
  reader.read(fromMaster('c0c31a4604 5b01 0d00 01000000 00000000 0000 0100 00'), true)
  const again = reader.read(block, true)
  assert.deepEqual([again.fault, again.commands[0]?.texts], [undefined, 0])
})

test('a handle names no file when two were opened with one number', () => {
  const opening = (name: string) => `1946035b011b001a000100${'00'.repeat(16)}010000040100${name}`
  const opened = (handle: string) => fromOutstation(`c0c18100004604 5b01 0d00 ${handle}000000 00000000 0004 0100 00`)
  const nameOf = (reader: Reader, handle: string) =>
    reader.read(fromMaster(`c0c2024605 5b01 0800 ${handle}000000 00000000`), true).commands[0]?.texts
  const reader = new Reader(codec)
  for (const unit of [fromMaster(`c0c1${opening('62')}`), fromMaster(`c0c1${opening('61')}`)])
    assert.deepEqual(opsOf(reader.read(unit, true)), ['open-file'])
  for (const handle of ['01', '02']) reader.read(opened(handle), false)
  assert.deepEqual([nameOf(reader, '01'), nameOf(reader, '02')], [0, 0])
  reader.read(fromMaster(`c0c3${opening('61')}`), true)
  reader.read(fromOutstation('c0c38100004604 5b01 0d00 03000000 00000000 0004 0100 00'), false)
  assert.equal(nameOf(reader, '03'), 1)
})

test('what an outstation never answers does not use up what may be outstanding', () => {
  const reader = new Reader(codec)
  for (let turn = 0; turn < 100; turn++) {
    reader.read(framed(0xc9, 10, 1, ''), true)
    reader.read(fromMaster(`c0c${(turn & 15).toString(16)}17`), true)
  }
  assert.equal(reader.conversation.pending.size, 17)
})

test('a challenge leaves the request open, and what answers the reply answers it', () => {
  const reader = new Reader(codec)
  const { transaction } = reader.read(fromMaster('c0c6050c011701050101640000006400000000'), true)
  assert.equal(reader.read(fromOutstation('c7c683000078015b010c00030000000004010173746576'), false).more, true)
  assert.equal(reader.read(fromMaster('c8c62078025b0108000300000000000100'), true).role, 'one-way')
  const answer = reader.read(fromOutstation('c8c68100000c011701050101640000006400000000'), false)
  assert.deepEqual([answer.transaction, opsOf(answer)], [transaction, ['direct-operate']])
})

test('a reading that is no number is not a value', () => {
  const reader = new Reader(codec)
  reader.read(fromMaster('c0c0011e05000000'), true)
  const [reading] = reader.read(fromOutstation('c0c0810000 1e05000000 01 0000c07f'), false).commands
  assert.deepEqual([reading?.op, reading?.valueCount, reading?.unreadable], ['read', 0, true])
})

test('device attributes say who made it', () => {
  const reader = new Reader(codec)
  reader.read(fromMaster('c0c00100fe06'), true)
  reader.message.wantsFacts = true
  const { facts } = reader.read(fromOutstation('c0c081000000fc0000000104 41434d45 00fa0000000102 5231'), false)
  assert.deepEqual(facts, [
    { name: 'vendor', value: 'ACME' },
    { name: 'model', value: 'R1' },
  ])
})
