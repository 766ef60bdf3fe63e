import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesOf, fieldsOf, hexOf, type Reader } from '../reading.ts'
import { connected, packet, pccc, readInt, readTag, unconnected, writeTag } from './building.ts'
import { codec, open, client, server, shown, refusal, plain, withConnection } from './talking.ts'

describe('answers show the values of their own request', () => {
  test('by sender context, in any order', () => {
    const reader = open()
    client(reader, unconnected(readTag('First'), '1111111111111111'))
    client(reader, unconnected(readTag('Second'), '2222222222222222'))
    server(reader, unconnected(readInt(2), '2222222222222222'))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', tags: 'Second', values: 2 }])
    server(reader, unconnected(readInt(1), '1111111111111111'))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', tags: 'First', values: 1 }])
  })
  test('by connection, where two of them count alike', () => {
    const reader = open()
    withConnection(reader, 3, 0)
    withConnection(reader, 4, 1)
    client(reader, connected(readTag('First'), 0x11, 9))
    client(reader, connected(readTag('Second'), 0x12, 9))
    server(reader, connected(readInt(2), 0x23, 9))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', slot: 4, tags: 'Second', values: 2 }])
    server(reader, connected(readInt(1), 0x22, 9))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', slot: 3, tags: 'First', values: 1 }])
  })
  test('a connection picked up in the middle is learned from its first answer', () => {
    const reader = open(false)
    client(reader, connected(readTag('Level'), 0x11, 9))
    server(reader, connected(readInt(1), 0x22, 9))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', tags: 'Level', values: 1 }])
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('two that wait for the same number are not told apart, and show nothing', () => {
    const reader = open(false)
    client(reader, connected(readTag('First'), 0x11, 9))
    client(reader, connected(readTag('Second'), 0x12, 9))
    server(reader, connected(readInt(1), 0x22, 9))
    assert.deepEqual(shown(reader), [])
  })
  test('two that wait for the same number are answered all the same, one by one', () => {
    const reader = open(false)
    for (let count = 9; count < 60; count++) {
      client(reader, connected(readTag('First'), 0x11, count))
      client(reader, connected(readTag('Second'), 0x12, count))
      server(reader, connected(readInt(2), 0x23, count))
      assert.equal(reader.conversation.pending.size, 1)
      server(reader, connected(readInt(1), 0x22, count))
      assert.equal(reader.conversation.pending.size, 0)
    }
  })
  test('an answer of another service shows nothing', () => {
    const reader = open()
    client(reader, unconnected(readTag('Level')))
    server(reader, unconnected('cd000000'))
    assert.deepEqual(shown(reader), [])
  })
  test('an answer to another number of services is that to another request, which was never answered: it shows nothing', () => {
    const reader = open()
    const one = '0e03 2001 2401 3001'
    client(reader, unconnected(`0a02 2002 2401 0300 0800 1000 1800 ${one} ${one} ${one}`))
    client(reader, unconnected(`0a02 2002 2401 0200 0600 0e00 ${one} ${one}`))
    const message = server(reader, unconnected('8a00 0000 0200 0600 0c00 8e00 0000 0100 8e00 0000 0100'))
    assert.deepEqual([message.fault, shown(reader)], [undefined, []])
  })
  test('a session that was opened with the same context does not come between', () => {
    const reader = open()
    client(reader, '6500 0400 00000000 00000000 0000000000000000 00000000 01000000')
    client(reader, unconnected(readTag('Level'), '0000000000000000'))
    server(reader, unconnected(readInt(1), '0000000000000000'))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', tags: 'Level', values: 1 }])
  })
  test('a refusal shows nothing', () => {
    const reader = open()
    client(reader, unconnected(readTag('Level')))
    server(reader, unconnected('cc000401 0000'))
    assert.deepEqual(shown(reader), [])
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('each service of a packet has its own', () => {
    const reader = open()
    client(reader, unconnected(packet(readTag('First'), writeTag('Mode', 0xc3, '0200'), readTag('Second'))))
    server(reader, unconnected(`8a000000 0300 0800 1000 1400 ${readInt(1)} cd000000 ${readInt(2)}`))
    assert.deepEqual(shown(reader), [
      { op: 'read-tag', tags: 'First', values: 1 },
      { op: 'read-tag', tags: 'Second', values: 2 },
    ])
  })
  test('a PCCC answer with another number shows nothing', () => {
    const reader = open()
    client(reader, unconnected(pccc('0f', 7, 'a20207890a00')))
    server(reader, unconnected('cb000000 074d00e0312b3d 4f00 0800 0100'))
    assert.deepEqual(shown(reader), [])
  })
  test('requests that are never answered do not use up what is kept', () => {
    const reader = open()
    for (let index = 0; index < 200; index++) {
      const context = `${index.toString(16).padStart(2, '0')}00000000000000`
      client(reader, unconnected(readTag(`Tag${index}`), context))
    }
    server(reader, unconnected(readInt(5), 'c700000000000000'))
    assert.deepEqual(shown(reader), [{ op: 'read-tag', tags: 'Tag199', values: 5 }])
  })
})

describe('where a request goes', () => {
  const slotOf = (reader: Reader) => fieldsOf(reader.message.commands[0] ?? assert.fail())['slot']
  test('on a connection: to the slot that it was opened to', () => {
    const reader = open()
    withConnection(reader, 5)
    client(reader, connected(readTag('Level'), 0x11, 1))
    assert.equal(slotOf(reader), 5)
  })
  test('on a connection whose opening was not seen: not known', () => {
    const reader = open(false)
    client(reader, connected(readTag('Level'), 0x11, 1))
    assert.equal(slotOf(reader), undefined)
  })
  test('without a route: to no slot, which is not taken for one that is unknown', () => {
    const reader = open(false)
    client(reader, unconnected(readTag('Level')))
    assert.equal(slotOf(reader), -2)
  })
  test('many invented connections do not make a known one unknown', () => {
    const reader = open(false)
    withConnection(reader, 5)
    for (let number = 0; number < 300; number++) client(reader, connected(readTag('Level'), 0x1000 + number, 1))
    client(reader, connected(readTag('Level'), 0x11, 1))
    assert.equal(slotOf(reader), -2)
  })
})

describe('what looks like something else', () => {
  test('a reply from the client is malformed', () => {
    const message = client(open(), unconnected(readInt(1)))
    assert.equal(message.fault, 'malformed')
    assert.equal(message.commands[0]?.op, 'unlisted-service')
  })
  test('a request from the server is shown as what it asks for, and answers nothing', () => {
    const reader = open()
    const message = server(reader, unconnected(writeTag('Mode', 0xc3, '0100')))
    assert.equal(message.role, 'one-way')
    assert.deepEqual(shown(reader), [{ op: 'write-tag', tags: 'Mode', values: 1 }])
  })
  test('a REAL that is no number is not a value', () => {
    const message = client(open(), unconnected(writeTag('Level', 0xca, '0000c07f')))
    assert.equal(message.commands[0]?.unreadable, true)
    assert.equal(message.commands[0].valueCount, 0)
  })
  test('a part of an array that begins within an element shows no values', () => {
    const part = (offset: number) => {
      const reader = open()
      client(reader, unconnected(plain(`5303 9103 53657400 c400 0200 0${offset}000000 f4010000`)))
      assert.equal(reader.message.fault, undefined)
      return [reader.message.commands[0]?.valueCount, reader.message.commands[0]?.unreadable]
    }
    assert.deepEqual(part(4), [1, false])
    assert.deepEqual(part(2), [0, true])
  })
  test('several attributes written at once: none can be told', () => {
    const reader = open()
    client(reader, unconnected('040220f52401 0200 0300 0100 0500 c0a80001'))
    assert.deepEqual(shown(reader), [{ op: 'set-attribute-list', class: 245, instance: 1 }])
    assert.equal(reader.message.commands[0]?.unreadable, true)
  })
  test('a route inside the path of a request is malformed', () => {
    assert.equal(client(open(), unconnected('0e04 0103 2001 2401 3007')).fault, 'malformed')
  })
  test('a device says what it is', () => {
    const reader = open()
    const hex =
      '63003300000000000000000000000000c1debed10000000001000c002d0001000002af120a0101a400000000000000000100' +
      '0c003a00040330008e4d52000b313735362d454e42542f4103'
    reader.message.wantsFacts = true
    assert.deepEqual(
      server(reader, hex).facts.map(({ name, value }) => `${name} ${value}`),
      ['vendor Rockwell Automation/Allen-Bradley', 'firmware 4.003', 'serial 00524d8e', 'model 1756-ENBT/A'],
    )
  })
})

describe('refusals', () => {
  const status = (hex: string | number) => String(hex).slice(-4, -2)
  test('say why', () => {
    const write = unconnected(writeTag('Mode', 0xc3, '0100'))
    const reasons = (['function', 'object', 'value', 'state'] as const).map((why) =>
      status(refusal(open(), write, why)),
    )
    assert.deepEqual(reasons, ['08', '05', '09', '0f'])
  })
  test('on a connection: with its own number, to the id that the client listens to', () => {
    const reader = open()
    withConnection(reader)
    assert.equal(
      refusal(reader, connected(writeTag('Mode', 0xc3, '0100'), 0x11, 77)),
      plain(connected('cd000800', 0x22, 77)),
    )
  })
  test('on a connection of which no answer was seen: none can be made', () => {
    assert.equal(refusal(open(false), connected(writeTag('Mode', 0xc3, '0100'), 0x11, 77)), -1)
  })
  test('on a connection picked up in the middle: to the id of its first answer', () => {
    const reader = open(false)
    client(reader, connected(readTag('Level'), 0x11, 76))
    server(reader, connected(readInt(1), 0x22, 76))
    assert.equal(
      refusal(reader, connected(writeTag('Mode', 0xc3, '0100'), 0x11, 77)),
      plain(connected('cd000800', 0x22, 77)),
    )
  })
  test('of a packet: of every service in it', () => {
    assert.equal(
      refusal(open(), unconnected(packet(readTag('Level'), writeTag('Mode', 0xc3, '0100')))),
      plain(unconnected('8a001e00 0200 0600 0a00 cc000800 cd000800')),
    )
  })
  test('of a packet too long to be answered one by one: of the packet', () => {
    const many = Array.from({ length: 200 }, () => readTag('A'))
    assert.equal(refusal(open(), unconnected(packet(...many))), plain(unconnected('8a000800')))
  })
  test('of PCCC: with the status of PCCC, and its number', () => {
    assert.equal(
      refusal(open(), unconnected(pccc('0f', 0x1234, '8001')), 'state'),
      plain(unconnected('cb000000 074d00e0312b3d 4f60 3412')),
    )
  })
  test('of a neutralised request are put back into its own words', () => {
    const reader = open()
    const unit = bytesOf(unconnected(writeTag('Mode', 0xc3, '0100')))
    reader.read(unit, true)
    assert.equal(codec.neutralise?.(unit, 0, unit.length, reader.conversation), true)
    const answer = bytesOf(unconnected('ff000800'))
    codec.parse(answer, 0, answer.length, false, reader.conversation, reader.message.reset())
    const request = reader.conversation.pending.find(reader.message.transaction) ?? assert.fail('it has its request')
    codec.restore?.(answer, 0, answer.length, reader.conversation, request)
    assert.equal(hexOf(answer), plain(unconnected('cd000800')))
  })
})
