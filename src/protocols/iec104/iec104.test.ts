import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import { bytesOf, hexOf, Reader } from '../reading.ts'
import { iec104Codec } from './iec104.ts'

const codec: Codec = iec104Codec

const opened = (whole = true) => new Reader(codec, 'tcp', whole)
const single = (sends: number, value: number, { cause = '06', address = '010000', received = 0 } = {}): string => {
  const number = (n: number) => Buffer.from([(n << 1) & 0xff, (n >> 7) & 0xff]).toString('hex')
  return `680e ${number(sends)} ${number(received)} 2d01 ${cause} 00 0100 ${address} 0${value}`
}

describe('answers of a station are matched', () => {
  test('a confirmation leaves room for the termination, which ends it', () => {
    const reader = opened()
    const request = reader.read(bytesOf(single(0, 1)), true).transaction
    const confirmed = reader.read(bytesOf(single(0, 1, { cause: '07' })), false)
    assert.deepEqual([confirmed.role, confirmed.transaction, confirmed.more], ['response', request, true])
    const ended = reader.read(bytesOf(single(1, 1, { cause: '0a' })), false)
    assert.deepEqual([ended.transaction, ended.more], [request, false])
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('a negative confirmation ends it', () => {
    const reader = opened()
    reader.read(bytesOf(single(0, 1)), true)
    assert.equal(reader.read(bytesOf(single(0, 1, { cause: '47' })), false).more, false)
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('the termination of an earlier command does not end a later one', () => {
    const reader = opened()
    reader.read(bytesOf(single(0, 1)), true)
    reader.read(bytesOf(single(0, 1, { cause: '07' })), false)
    reader.read(bytesOf(single(1, 0)), true)
    reader.read(bytesOf(single(1, 1, { cause: '0a' })), false)
    assert.equal(reader.conversation.pending.size, 1)
    assert.equal(reader.read(bytesOf(single(2, 0, { cause: '07' })), false).more, true)
    assert.equal(reader.read(bytesOf(single(3, 0, { cause: '0a' })), false).more, false)
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('a station that never terminates does not use up what may be outstanding', () => {
    const reader = opened()
    for (let index = 0; index < 200; index++) {
      const address = `${(index % 100).toString(16).padStart(2, '0')}0000`
      reader.read(bytesOf(single(index, 1, { address })), true)
      assert.equal(reader.read(bytesOf(single(index, 1, { address, cause: '07' })), false).role, 'response')
    }
    assert.ok(reader.conversation.pending.size <= 17, `${reader.conversation.pending.size}`)
  })
  test('nor does one that never confirms its clock, or a clock that is set in all stations', () => {
    const clock = (cause: string, station: string) => `6814 0000 0000 6701 ${cause}00 ${station} 000000 00000000000000`
    for (const station of ['0100', 'ffff']) {
      const reader = opened()
      for (let turn = 0; turn < 100; turn++) {
        const { transaction } = reader.read(bytesOf(clock('06', station)), true)
        if (station === 'ffff') assert.equal(reader.read(bytesOf(clock('07', '0100')), false).transaction, transaction)
      }
      assert.ok(reader.conversation.pending.size <= 4, `${reader.conversation.pending.size}`)
    }
  })
  test('each station answers what was asked of all', () => {
    const reader = opened()
    const asked = bytesOf('680e 0000 0000 6401 0600 ffff 000000 14')
    const { transaction } = reader.read(asked, true)
    for (const station of ['0100', '0200'])
      for (const cause of ['07', '0a']) {
        const answer = reader.read(bytesOf(`680e 0000 0200 6401 ${cause}00 ${station} 000000 14`), false)
        assert.equal(answer.transaction, transaction)
        assert.ok(reader.conversation.pending.find(transaction) !== undefined)
      }
  })
  test('a command that a station gives is nothing a client asked for', () => {
    const message = opened().read(bytesOf(single(0, 1)), false)
    assert.deepEqual([message.role, message.commands[0]?.op], ['one-way', 'single-command'])
  })
})

describe('a neutralised command', () => {
  test('is refused by the station, in words that are put back', () => {
    const { conversation, message } = opened()
    const asked = bytesOf(single(0, 1))
    codec.parse(asked, 0, asked.length, true, conversation, message.reset())
    conversation.pending.add(message.transaction, 'single-command', message.notes, 0, true)
    assert.equal(codec.neutralise?.(asked, 0, asked.length, conversation), true)
    const refusal = asked.slice()
    refusal[8] = 0x6c
    codec.parse(refusal, 0, refusal.length, false, conversation, message.reset())
    assert.equal(message.role, 'response')
    const request = conversation.pending.find(message.transaction)
    assert.ok(request?.neutralised)
    codec.restore?.(refusal, 0, refusal.length, conversation, request)
    assert.equal(hexOf(refusal), hexOf(bytesOf(single(0, 1, { cause: '47' }))))
  })
  test('is not made of what a station does not mirror', () => {
    const report = bytesOf('680e 0000 0000 4601 0400 0100 000000 00')
    assert.equal(codec.neutralise?.(report, 0, report.length, opened().conversation), false)
  })
})

describe('a command is not hidden', () => {
  test('in what authenticates it: what a client wraps may be anything', () => {
    const wrapped = bytesOf('681d 0000 0000 5301 0e00 0100 c0 2d01 0600 0100 010000 01 00000000 0100 aabb')
    assert.equal(opened().read(wrapped, true).commands[0]?.op, 'authenticated-command')
    assert.equal(opened().read(wrapped, false).commands[0]?.op, 'authentication')
  })
  test('in a sequence: a station that does not know any for commands finds others there', () => {
    const sequence = bytesOf('6813 0000 0000 2d86 0600 0100 010000 01 020000 01 00')
    assert.deepEqual([opened().read(sequence, true).fault, codec.frame(sequence, 0, 21, 'tcp')], ['malformed', 21])
    const alone = bytesOf('680e 0000 0000 2d81 0600 0100 010000 01')
    assert.equal(opened().read(alone, true).fault, undefined, 'of one it is the same')
  })
})
