/** What one S7 connection remembers: its opening, parts, outstanding reads, further parts of answers, TLS. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { bytesOf, fieldsOf, hexOf, Reader } from '../reading.ts'
import { s7commCodec } from './s7comm.ts'
import { RequestedItems } from './state.ts'

const codec: Codec = s7commCodec

const connect = '03000016 11e00000000100c0010ac1020100c2020102'
const confirm = '03000016 11d00001000200c0010ac1020100c2020102'
const disconnect = '0300000b 06800001000088'
const empty = '03000007 02f000'
const stop = '32010000350000100000 29000000000009505f50524f4752414d'

/** One data unit of a transport message. */
const unit = (payload: string, isLast = true): Uint8Array => {
  const body = bytesOf(payload)
  const head = bytesOf(`0300 0000 02f0 ${isLast ? '80' : '00'}`)
  new DataView(head.buffer).setUint16(2, head.length + body.length)
  return Uint8Array.from([...head, ...body])
}
const read = (reference: number, db: number): Uint8Array =>
  unit(
    `3201 0000 ${reference.toString(16).padStart(4, '0')} 000e0000 0401120a10020002 ${db.toString(16).padStart(4, '0')} 84000050`,
  )
const answer = (reference: number, value: string): Uint8Array =>
  unit(`3203 0000 ${reference.toString(16).padStart(4, '0')} 000200060000 0401 ff040010 ${value}`)

const ops = ({ commands, count }: Message): string[] => commands.slice(0, count).map(({ op }) => op)
const fields = ({ commands }: Message, index = 0) => fieldsOf(commands[index] ?? assert.fail('no command'))
const refusal = (reader: Reader, bytes: Uint8Array): number =>
  codec.refuse(bytes, 0, bytes.length, reader.conversation, 'function', new Uint8Array(1024))

describe('opening', () => {
  const rackAfter = (...units: readonly (readonly [hex: string, fromClient: boolean])[]) => {
    const reader = new Reader(codec)
    for (const [hex, fromClient] of units) reader.read(bytesOf(hex), fromClient)
    return fields(reader.read(unit(stop), true))['rack']
  }
  test('rack and slot hold once the device has confirmed them', () => {
    assert.equal(rackAfter([connect, true], [confirm, false]), 0)
    assert.equal(rackAfter([connect, true]), undefined)
  })
  test('a connection that was refused has none', () =>
    assert.equal(rackAfter([connect, true], [disconnect, false]), undefined))
  test('a second connect request changes nothing and is a fault', () => {
    const reader = new Reader(codec)
    for (const [hex, fromClient] of [[connect, true] as const, [confirm, false] as const])
      reader.read(bytesOf(hex), fromClient)
    assert.equal(reader.read(bytesOf(connect.replace(/02$/, '23')), true).fault, 'malformed')
    assert.equal(fields(reader.read(unit(stop), true))['slot'], 2)
  })
})

describe('opening twice', () => {
  test('a second request is a fault while the first has no answer, and the first is what counts', () => {
    const reader = new Reader(codec)
    reader.read(bytesOf(connect.replace(/02$/, '03')), true)
    for (const other of [connect, connect.replace('00000001', '00000007')])
      assert.equal(reader.read(bytesOf(other), true).fault, 'malformed')
    reader.read(bytesOf(confirm), false)
    assert.equal(fields(reader.read(unit(stop), true))['slot'], 3)
  })
  test('what was refused may be asked for in another way', () => {
    const reader = new Reader(codec)
    for (const [hex, fromClient] of [
      [connect.replace(/02$/, '03'), true],
      [disconnect, false],
      [connect, true],
      [confirm, false],
    ] as const)
      assert.equal(reader.read(bytesOf(hex), fromClient).fault, undefined)
    assert.equal(fields(reader.read(unit(stop), true))['slot'], 2)
  })
})

describe('a message in several data units', () => {
  test('has none of another class, and nothing but data among them', () => {
    const odd = unit('00', false)
    odd[5] = 0xf1
    for (const between of [odd, bytesOf(disconnect), bytesOf(connect)]) {
      const reader = new Reader(codec)
      reader.read(unit(stop.slice(0, 20), false), true)
      assert.equal(reader.read(between, true).fault, 'malformed')
      assert.deepEqual(ops(reader.read(unit(stop.slice(20)), true)), ['plc-stop'])
    }
  })
  test('is judged with its last one, wherever it was cut', () => {
    const whole = stop.replaceAll(' ', '')
    for (let cut = 2; cut < whole.length; cut += 2) {
      const reader = new Reader(codec)
      assert.equal(reader.read(unit(whole.slice(0, cut), false), true).role, 'part')
      const last = unit(whole.slice(cut))
      const message = reader.read(last, true)
      assert.deepEqual([message.role, message.fault, ...ops(message)], ['request', undefined, 'plc-stop'])
      assert.equal(refusal(reader, last), -1, 'what was delivered cannot be called back')
      assert.equal(codec.neutralise?.(last, 0, last.length, reader.conversation), false)
    }
  })
  test('has no third one, with or without data: devices differ about where that stands', () => {
    for (const second of [unit('', false), unit('32', false)]) {
      const reader = new Reader(codec)
      reader.read(unit(stop.slice(0, 20), false), true)
      assert.equal(reader.read(second, true).fault, 'malformed')
      assert.equal(reader.read(unit(stop.slice(20)), true).fault, 'malformed')
      assert.deepEqual(ops(reader.read(unit(stop), true)), ['plc-stop'])
    }
  })
  test('may have more where a device sends it', () => {
    const reader = new Reader(codec)
    reader.read(read(1, 5), true)
    const whole = '320300000001000200060000 0401 ff0400100102'.replaceAll(' ', '')
    for (const [from, to] of [
      [0, 8],
      [8, 16],
      [16, 24],
    ])
      assert.equal(reader.read(unit(whole.slice(from, to), false), false).role, 'part')
    assert.deepEqual(fields(reader.read(unit(whole.slice(24)), false))['values'], [1, 2])
  })
  test('an empty one before a message is no part of it', () => {
    const reader = new Reader(codec)
    assert.deepEqual(ops(reader.read(bytesOf(empty), true)), ['empty-data'])
    const bytes = unit(stop)
    assert.deepEqual(ops(reader.read(bytes, true)), ['plc-stop'])
    assert.equal(refusal(reader, bytes), 19)
  })
  test('empty ones are as many as acknowledge something, and some more: each may be the beginning of a message', () => {
    const reader = new Reader(codec)
    for (let count = 0; count < 1000; count++) {
      reader.read(answer(1, '0001'), false)
      assert.equal(reader.read(bytesOf(empty), true).fault, undefined)
    }
    for (let count = 1; count < 16; count++) assert.equal(reader.read(bytesOf(empty), true).fault, undefined)
    assert.equal(reader.read(bytesOf(empty), true).fault, 'malformed')
    reader.read(unit(stop), true)
    assert.equal(reader.read(bytesOf(empty), true).fault, undefined)
  })
  test('the two directions do not mix', () => {
    const reader = new Reader(codec)
    reader.read(unit(stop.slice(0, 20), false), true)
    assert.equal(reader.read(answer(1, '0001'), false).fault, undefined)
    assert.deepEqual(ops(reader.read(unit(stop.slice(20)), true)), ['plc-stop'])
  })
  test('is not longer than what was agreed on, and what follows it is read again', () => {
    const reader = new Reader(codec)
    reader.read(unit('32010000000000080000 f0000001000100f0'), true)
    reader.read(unit('320300000000000800000000 f0000001000100f0'), false)
    const part = unit(`32${'00'.repeat(150)}`, false)
    assert.equal(reader.read(part, true).fault, undefined)
    assert.equal(reader.read(part, true).fault, 'malformed')
    assert.equal(reader.read(unit('00'), true).fault, 'malformed')
    assert.deepEqual(ops(reader.read(unit(stop), true)), ['plc-stop'])
  })
})

test('a data unit is not longer than class 0 has them', () => {
  const long = (size: number) => codec.frame(unit('00'.repeat(size - 7)), 0, 12, 'tcp')
  assert.deepEqual([long(2052), long(2053), long(65_535)], [2052, -1, -1])
})

describe('answers', () => {
  test('several reads are outstanding and are answered in another order', () => {
    const reader = new Reader(codec)
    for (let reference = 1; reference <= 8; reference++) reader.read(read(reference, 100 + reference), true)
    for (let reference = 8; reference >= 1; reference--) {
      const message = reader.read(answer(reference, '0102'), false)
      assert.deepEqual(fields(message), {
        db: 100 + reference,
        bytes: [10, 11],
        area: 'DB',
        type: 'byte',
        values: [1, 2],
      })
    }
  })
  test('without its request an answer shows nothing, and one of another length is a fault', () => {
    const reader = new Reader(codec)
    assert.deepEqual(ops(reader.read(answer(1, '0102'), false)), [])
    reader.read(read(1, 5), true)
    assert.equal(reader.read(answer(1, '0102 03'), false).fault, 'malformed')
  })
  test('items that were written over are not taken for others', () => {
    const items = new RequestedItems()
    const place = items.keep(bytesOf('aa'.repeat(100)), 0, 100)
    assert.equal(items.find(place), 0)
    for (let index = 0; index < 25; index++) items.keep(bytesOf('bb'.repeat(100)), 0, 100)
    assert.equal(items.find(place), -1)
  })
  test('the refusal of a neutralised job is put back into its own words', () => {
    const reader = new Reader(codec)
    const bytes = unit(stop)
    reader.read(bytes, true)
    const request = reader.conversation.pending.find(0x3500) ?? assert.fail('not outstanding')
    const refused = unit('320300003500000200008104 7f00')
    codec.restore?.(refused, 0, refused.length, reader.conversation, request)
    assert.equal(hexOf(refused.subarray(19)), '2900')
  })
  test('the same of userdata: the sub-function', () => {
    const reader = new Reader(codec)
    reader.read(unit('32070000020000080008 0001120411440100 ff090004001c0000'), true)
    const request = reader.conversation.pending.find(0x200) ?? assert.fail('not outstanding')
    const refused = unit('320700000200000c0004 00011208128 47f00000081040a000000')
    codec.restore?.(refused, 0, refused.length, reader.conversation, request)
    assert.equal(refused[23], 1)
  })
})

describe('identity', () => {
  test('order number, versions and names are facts when they are wanted', () => {
    const list = '0011 0000 001c 0003'
    const entry = (index: string, rest: string) => `${index} 36455337203331352d32454831342d304142302000c0 ${rest}`
    const hex = `${list} ${entry('0001', '00030001')} ${entry('0006', '00030001')} ${entry('0007', '56020609')}`
    const size = bytesOf(hex).length
    const response = unit(
      `32070000010000 0c00${(size + 4).toString(16)} 000112081284010200000000 ff09 00${size.toString(16)} ${hex}`,
    )
    const reader = new Reader(codec)
    reader.read(unit('32070000010000080008 0001120411440100 ff09000400110000'), true)
    reader.message.wantsFacts = true
    const { facts } = reader.read(response, false)
    assert.deepEqual(
      facts.map(({ name, value }) => `${name} ${value}`),
      ['model 6ES7 315-2EH14-0AB0', 'vendor Siemens', 'hardware 1', 'firmware V2.6.9'],
    )
  })
})

describe('S7comm-plus', () => {
  test('frames in the middle of a message say nothing, and the last one asks what the first one said', () => {
    const reader = new Reader(codec)
    const frame = (body: string, isLast: boolean) =>
      unit(`7201 ${(bytesOf(body).length + 0x1_0000).toString(16).slice(1)} ${body} ${isLast ? '72010000' : ''}`)
    assert.equal(reader.read(frame('31000004ca00000002 00000120 36 00000001', false), true).role, 'part')
    assert.equal(reader.read(frame('31000004bb00000003 00000120 36', false), true).role, 'part')
    const message = reader.read(frame('00', true), true)
    assert.deepEqual([message.role, ...ops(message)], ['request', 'plus-create-object'])
    assert.equal(message.transaction & 0xffff, 2)
  })
  test('a client does not answer what it asked itself', () => {
    const reader = new Reader(codec)
    const first = '31000004bb00000003 00000120 36'
    const answered = '32000004bb00000003 36'
    const whole = (body: string) =>
      unit(`7201 00${bytesOf(body).length.toString(16).padStart(2, '0')} ${body} 72010000`)
    assert.equal(reader.read(whole(first), true).role, 'request')
    assert.equal(reader.read(whole(answered), true).fault, 'malformed')
    assert.equal(reader.read(whole(answered), false).role, 'response')
  })
  test('what comes between two frames of a message does not end it', () => {
    const reader = new Reader(codec)
    const first = '31000004ca00000002 00000120 36 00000001'
    reader.read(unit(`7201 00${bytesOf(first).length.toString(16)} ${first}`, true), true)
    for (const between of [bytesOf(empty), unit('72ff0004 0000abcd')])
      assert.deepEqual([reader.read(between, true).role, reader.message.fault], ['part', undefined])
    assert.equal(reader.read(read(1, 5), true).fault, 'malformed')
    assert.deepEqual(ops(reader.read(unit('7201000100 72010000'), true)), ['plus-create-object'])
  })
  describe('the rest of a message whose beginning was not seen', () => {
    const rest = unit('72010004 00a1b2c3 72010000')
    const both = (whole: boolean, fromClient: boolean) => {
      const { role, fault } = new Reader(codec, 'tcp', whole).read(rest, fromClient)
      return { role, fault }
    }
    test('says nothing, when a controller sends it', () =>
      assert.deepEqual(both(false, false), { role: 'part', fault: undefined }))
    test('is malformed where the beginning of the connection was seen', () =>
      assert.equal(both(true, false).fault, 'malformed'))
    test('is malformed when a client sends it: the device may not know of a beginning, either', () =>
      assert.equal(both(false, true).fault, 'malformed'))
    test('is taken for such but once: behind its end a message begins', () => {
      const reader = new Reader(codec, 'tcp', false)
      reader.read(rest, false)
      assert.equal(reader.read(rest, false).fault, 'malformed')
    })
  })
  test('what a device would read is not taken for a part of TLS before the device has spoken it, too', () => {
    const reader = new Reader(codec)
    const hello = unit('1603010005 0102030405')
    const part = unit('1603010105 0102030405', false)
    const opsNow = (bytes: Uint8Array, fromClient = true) => ops(reader.read(bytes, fromClient))
    assert.deepEqual(
      [opsNow(hello), opsNow(unit(stop)), reader.message.fault],
      [['plus-opaque'], ['unlisted'], 'opaque'],
    )
    assert.deepEqual(
      [opsNow(part), opsNow(unit('0102')), opsNow(unit(stop))],
      [['plus-opaque'], ['plus-opaque'], ['unlisted']],
    )
    assert.deepEqual(
      [opsNow(part), opsNow(bytesOf(empty.replace(/00$/, '80'))), opsNow(unit(stop))],
      [['plus-opaque'], ['empty-data'], ['unlisted']],
    )
    assert.deepEqual([opsNow(hello, false), opsNow(unit(stop))], [['plus-opaque'], ['plus-opaque']])
  })
  test('from the first TLS record on everything is opaque, in both directions', () => {
    const reader = new Reader(codec)
    assert.equal(reader.read(unit('1603010005 0102030405'), true).fault, 'opaque')
    assert.equal(reader.read(unit(stop), false).fault, 'opaque')
    assert.equal(reader.read(unit(stop, false), true).fault, 'opaque')
  })
})

describe('values of several items', () => {
  const write = (code: string) =>
    unit(`320100000001001a000c 0502 120a10040001000184000000 120a10040001000184000010 ${code} 0001 0004 0010 0002`)
  test('are known where each says its size as its place does', () => {
    const { commands, fault } = new Reader(codec).read(write('00040010'), true)
    assert.deepEqual([fault, commands[0]?.values[0], commands[1]?.values[0]], [undefined, 1, 2])
    assert.deepEqual([commands[0]?.unreadable, commands[1]?.unreadable], [false, false])
  })
  test('are not known behind one that a device may take for longer', () => {
    const { commands, fault } = new Reader(codec).read(write('00090010'), true)
    assert.equal(fault, undefined)
    assert.deepEqual([commands[0]?.unreadable, commands[1]?.unreadable], [true, true])
  })
})

describe('the controller fetches a block', () => {
  test('its jobs and those of the client have references of their own', () => {
    const reader = new Reader(codec)
    const job = unit('32010000350000120000 1b00000000000000095f3041303030303150')
    assert.deepEqual(ops(reader.read(unit(stop), true)), ['plc-stop'])
    assert.deepEqual(ops(reader.read(job, false)), ['download'])
    const message = reader.read(unit('320300003500000200060000 1b00 000200fb aabb'), true)
    assert.deepEqual([message.role, fields(message)['block']], ['response', 1])
    assert.equal(reader.conversation.pending.size, 1, 'the client still waits for its answer')
  })
})

test('an answer of the client is one to what the controller asked', () => {
  const reader = new Reader(codec)
  const ask = unit('320700000700 0008 0004 00011204114601 00 0a000000')
  assert.deepEqual(ops(reader.read(ask, false)), ['bsend'])
  const answered = (group: string, sub: string) =>
    unit(`320700000700 000c 0004 0001120812${group}${sub}00 00000000 0a000000`)
  assert.deepEqual([reader.read(answered('81', '0c'), true).role, ...ops(reader.message)], ['one-way', 'memory-reset'])
  assert.equal(reader.read(answered('86', '01'), true).role, 'response')
})
