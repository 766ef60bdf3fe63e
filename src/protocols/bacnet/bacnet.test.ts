import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import { bytesOf, hexOf, Reader } from '../reading.ts'
import { bacnetCodec } from './bacnet.ts'

const codec: Codec = bacnetCodec
const opened = () => new Reader(codec)

/** A message in its envelope; the header of the network layer is plain unless it is given. */
const unicast = (apdu: string, npdu = '0100'): Uint8Array => {
  const content = bytesOf(npdu + apdu)
  return Uint8Array.of(0x81, 0x0a, (content.length + 4) >> 8, (content.length + 4) & 0xff, ...content)
}
const asked = '0005010c 0c00000001 1955'
const answer = '30010c 0c00000001 1955 3e 4442480000 3f'

describe('answers are matched', () => {
  test('to the request with the same invoke identifier and service', () => {
    const reader = opened()
    const { transaction } = reader.read(unicast(asked), true)
    assert.equal(reader.read(unicast('50010c 9102 9120'), false).transaction, transaction)
    assert.notEqual(reader.read(unicast('20010f'), false).transaction, transaction)
    assert.notEqual(reader.read(unicast(answer.replace('3001', '3002')), false).transaction, transaction)
  })
  test('of Reject and Abort, which name no service', () => {
    for (const refusal of ['600109', '710100']) {
      const reader = opened()
      const { transaction } = reader.read(unicast(asked), true)
      assert.equal(reader.read(unicast(refusal), false).transaction, transaction)
      assert.equal(reader.conversation.pending.size, 0)
    }
  })
  test('to the request that was sent again, of which there is one', () => {
    const reader = opened()
    for (let time = 0; time < 40; time++) reader.read(unicast(asked), true)
    assert.equal(reader.conversation.pending.size, 1)
  })
  test('when both ends ask under the same identifier', () => {
    const reader = opened()
    const ofClient = reader.read(unicast(asked), true).transaction
    const ofServer = reader.read(unicast(asked), false)
    assert.deepEqual([ofServer.role, ofServer.commands[0]?.op], ['request', 'read-property'])
    const { transaction } = ofServer
    assert.notEqual(transaction, ofClient)
    assert.equal(reader.read(unicast(answer), true).transaction, transaction)
    assert.equal(reader.read(unicast(answer), false).transaction, ofClient)
  })
  test('of stations beyond a router, which count for themselves', () => {
    const reader = opened()
    const one = reader.read(unicast(asked, '0124 0003 01 6c ff'), true).transaction
    const other = reader.read(unicast(asked, '0124 0003 01 6d ff'), true).transaction
    assert.notEqual(one, other)
    assert.equal(reader.read(unicast(answer, '0108 0003 01 6d'), false).transaction, other)
    assert.equal(reader.read(unicast(answer, '0108 0003 01 6c'), false).transaction, one)
  })
})

describe('messages in segments', () => {
  const first = unicast('0c450a00040f 0c00400001 1955 3e 44')
  const second = unicast('08450a01040f 42480000 3f 4908')
  test('a segment that is sent again means the same again', () => {
    const reader = opened()
    assert.equal(reader.read(first, true).role, 'part')
    assert.equal(reader.read(first, true).fault, undefined)
    for (let time = 0; time < 2; time++) {
      const message = reader.read(second, true)
      assert.deepEqual([message.fault, message.role, message.commands[0]?.values[0]], [undefined, 'request', 50])
    }
  })
  test('an earlier segment that is sent again leaves the request outstanding', () => {
    const reader = opened()
    reader.read(first, true)
    const { transaction } = reader.read(second, true)
    assert.equal(reader.read(first, true).role, 'part')
    assert.equal(reader.conversation.pending.size, 1)
    assert.equal(reader.read(unicast('200a0f'), false).transaction, transaction)
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('another last segment under the number of the judged one is a fault', () => {
    const reader = opened()
    reader.read(first, true)
    reader.read(second, true)
    assert.equal(reader.read(unicast('08450a01040f 42490000 3f 4908'), true).fault, 'malformed')
    assert.equal(reader.read(unicast('0c450a01040f 42480000 3f 4908'), true).fault, 'malformed')
  })
  test('a gap is a fault', () => {
    const reader = opened()
    reader.read(first, true)
    assert.equal(reader.read(unicast('08450a02040f 42480000 3f 4908'), true).fault, 'malformed')
  })
  test('more segments than are looked at are a fault', () => {
    const reader = opened()
    const faults = new Set()
    for (let index = 0; index < 80; index++)
      faults.add(reader.read(unicast(`0c450a${index.toString(16).padStart(2, '0')}040f 00`), true).fault)
    assert.deepEqual([...faults], [undefined, 'too-many', 'malformed'].slice(0, faults.size))
    assert.ok(faults.has('too-many'))
  })
  test('of an answer each belongs to the request, and the last shows the values', () => {
    const reader = opened()
    const { transaction } = reader.read(unicast(asked), true)
    const part = reader.read(unicast('3c0100040c 0c00000001 1955 3e 4442'), false)
    assert.deepEqual([part.role, part.transaction, part.more, part.count], ['response', transaction, true, 0])
    const last = reader.read(unicast('380101040c 480000 3f'), false)
    assert.deepEqual([last.more, last.commands[0]?.values[0]], [false, 50])
    assert.equal(reader.conversation.pending.size, 0)
  })
  test('an answer whose beginning was not seen passes without values', () => {
    const reader = opened()
    reader.read(unicast(asked), true)
    const last = reader.read(unicast('380107040c 480000 3f'), false)
    assert.deepEqual([last.fault, last.role, last.more, last.count], [undefined, 'response', false, 0])
  })
  test('a device may abort a request before its last segment', () => {
    const reader = opened()
    reader.read(first, true)
    assert.equal(reader.read(unicast('710a01'), false).role, 'part')
    assert.equal(reader.read(unicast('710b01'), false).role, 'response')
  })
  const other = unicast('0c450a00040f 0c00400002 1955 3e 44')
  for (const [sentence, refusal] of [
    ['aborted', '710a01'],
    ['rejected', '600a01'],
  ] as const)
    test(`a request that a device ${sentence} before its last segment is over: the next one of its number begins anew`, () => {
      const reader = opened()
      reader.read(first, true)
      reader.read(unicast(refusal), false)
      assert.equal(reader.read(second, true).fault, 'malformed', 'nothing is left to go on with')
      assert.deepEqual([reader.read(other, true).fault, reader.message.role], [undefined, 'part'])
      const { fault, commands } = reader.read(second, true)
      assert.deepEqual([fault, commands[0]?.lows[0]], [undefined, 2])
    })
  test('a client does not end its own request for us: whether the device heard it is not known', () => {
    const reader = opened()
    reader.read(first, true)
    assert.equal(reader.read(unicast('700a00'), true).role, 'part')
    assert.equal(reader.read(other, true).fault, 'malformed')
    reader.conversation.lastSeen += 130_000
    assert.deepEqual(
      [reader.read(other, true).fault, reader.message.role],
      [undefined, 'part'],
      'no device waits so long',
    )
  })
  test('a client cannot make us forget a first segment by beginning other messages', () => {
    const reader = opened()
    reader.read(first, true)
    for (let invoke = 0x10; invoke < 0x17; invoke++)
      assert.equal(reader.read(unicast(`0c45${invoke.toString(16)}00040f 0c00400001 1955 3e 44`), true).role, 'part')
    assert.equal(reader.read(unicast('0c453000040f 0c00400001 1955 3e 44'), true).fault, 'too-many')
    assert.equal(reader.read(other, true).fault, 'malformed', 'the device keeps the first')
    assert.equal(reader.read(second, true).fault, 'malformed', 'or goes on with the newest')
    reader.conversation.lastSeen += 130_000
    assert.equal(reader.read(unicast('0c453000040f 0c00400001 1955 3e 44'), true).role, 'part')
  })
  test('a message goes on only while no other one to the same station was begun: some devices go on with the newest', () => {
    const reads = '0c450b00040c 0c00400001'
    const reader = opened()
    assert.equal(reader.read(unicast(reads), true).role, 'part')
    assert.equal(reader.read(first, true).role, 'part')
    assert.equal(reader.read(unicast('08450b01040c 1955'), true).fault, 'malformed')
    const { fault, commands } = reader.read(second, true)
    assert.deepEqual([fault, commands[0]?.op, commands[0]?.lows[0]], [undefined, 'write-property', 1])
  })
  test('two messages that read go on side by side, and so do those to stations behind a router', () => {
    const reader = opened()
    for (const npdu of ['0100', '0120 0007 01 05 ff', '0120 0007 01 06 ff'])
      for (const invoke of ['0b', '0c']) reader.read(unicast(`0c45${invoke}00040c 0c00400001`, npdu), true)
    reader.read(unicast('0c450d00040f 0c00400001 1955 3e 44', '0120 0007 01 06 ff'), true)
    const faults = ['0100', '0120 0007 01 05 ff', '0120 0007 01 06 ff'].map((npdu) =>
      ['0b', '0c'].map(
        (invoke) =>
          reader.read(unicast(`0845${invoke}01040c 1955`, npdu), true).fault ?? reader.message.commands[0]?.op,
      ),
    )
    assert.deepEqual(faults, [
      ['read-property', 'read-property'],
      ['read-property', 'read-property'],
      ['malformed', 'malformed'],
    ])
  })
  test('a segment to everybody, or that was forwarded, is a fault: it is for one station', () => {
    const segment = '0c450a00040c 0c00400001'
    const forwarded = unicast(segment, 'c6120109bac0 0100')
    forwarded[1] = 0x04
    for (const unit of [unicast(segment, '0120 ffff 00 ff'), forwarded])
      assert.equal(opened().read(unit, true).fault, 'malformed')
  })
  test('a service is that of the first segment: a device does not look at those of the others', () => {
    const reader = opened()
    reader.read(first, true)
    assert.equal(reader.read(unicast('0c450a000410 0c00400001 1955 3e 44'), true).fault, 'malformed')
    assert.equal(reader.read(unicast('08450a010410 42480000 3f 4908'), true).fault, 'malformed')
  })
  test('a message that is whole and not answered begins anew only as it was', () => {
    const reader = opened()
    reader.read(first, true)
    reader.read(second, true)
    assert.equal(reader.read(other, true).fault, 'malformed')
    assert.equal(reader.read(unicast('200a0f'), false).fault, undefined)
    assert.deepEqual([reader.read(other, true).fault, reader.message.role], [undefined, 'part'])
  })
  test('an answer that either end aborted shows nothing in the next one', () => {
    const there = '0124 0003 01 6c ff'
    const back = '0108 0003 01 6c'
    for (const [abort, fromClient] of [
      ['710100', false],
      ['700100', true],
    ] as const) {
      const reader = opened()
      reader.read(unicast(asked, there), true)
      reader.read(unicast('3c0100040c 0c00000001 1955 3e 4442', back), false)
      reader.read(unicast(abort, fromClient ? there : back), fromClient)
      reader.read(unicast(asked, there), true)
      reader.read(unicast('3c0100040c 0c00000001 1955 3e 4443', back), false)
      const last = reader.read(unicast('380101040c 480000 3f', back), false)
      assert.deepEqual([last.fault, last.commands[0]?.values[0]], [undefined, 200])
    }
  })
  test('a refusal of the last number, with nothing outstanding, answers nothing', () => {
    for (const refusal of ['71ff01', '60ff01']) {
      const { role, transaction } = opened().read(unicast(refusal), false)
      assert.equal(role, 'response')
      assert.ok(transaction >= 0)
    }
  })
  test('a request of which segments are to come is refused by Abort', () => {
    const out = new Uint8Array(1024)
    const length = codec.refuse(first, 0, first.length, opened().conversation, 'function', out)
    assert.equal(hexOf(out.subarray(0, length)), '810a00090100710a05')
  })
  test('it cannot be neutralised, since its beginning was delivered', () => {
    assert.equal(codec.neutralise?.(second.slice(), 0, second.length, opened().conversation), false)
  })
})

describe('refusals', () => {
  const refusal = (request: Uint8Array, why: 'function' | 'object' | 'value' | 'state'): string => {
    const out = new Uint8Array(1024)
    const length = codec.refuse(request, 0, request.length, opened().conversation, why, out)
    return hexOf(out.subarray(6, length))
  }
  const write = unicast('0005010f 0c01000001 1955 3e 9101 3f 4908')
  test('say what was wrong, as far as the protocol has words for it', () => {
    assert.equal(refusal(write, 'function'), '50010f9105911d')
    assert.equal(refusal(write, 'object'), '50010f91029128')
    assert.equal(refusal(write, 'value'), '50010f91029125')
    assert.equal(refusal(write, 'state'), '50010f91009103')
    assert.equal(refusal(unicast(asked), 'object'), '50010c9102911b')
  })
  test('of services whose errors have forms of their own are an Abort', () => {
    assert.equal(refusal(unicast('00050110 ff'), 'function'), '710105')
    assert.equal(refusal(unicast('00050112 ff'), 'object'), '710105')
  })
  test('of a neutralised request are put into its words', () => {
    const { conversation, message } = opened()
    codec.parse(write, 0, write.length, true, conversation, message.reset())
    conversation.pending.add(message.transaction, 'write-property', message.notes, 0, true)
    const { transaction } = message
    const answered = unicast('50017f 9105 9109')
    codec.parse(answered, 0, answered.length, false, conversation, message.reset())
    assert.equal(message.transaction, transaction)
    const request = conversation.pending.find(transaction)
    assert.ok(request !== undefined)
    codec.restore?.(answered, 0, answered.length, conversation, request)
    assert.equal(hexOf(answered.subarray(6)), '50010f91059109')
  })
})

test('a device says of itself what the inventory wants', () => {
  const reader = opened()
  reader.message.wantsFacts = true
  const name = Buffer.from('Boiler room', 'utf8')
  const text = `75${(name.length + 1).toString(16).padStart(2, '0')}00${name.toString('hex')}`
  const ofDevice = reader.read(unicast(`30010c 0c02000065 194d 3e ${text} 3f`), false)
  assert.deepEqual(ofDevice.facts, [{ name: 'name', value: 'Boiler room' }])
  const ofInput = reader.read(unicast(`30010c 0c00000065 194d 3e ${text} 3f`), false)
  assert.deepEqual(ofInput.facts, [])
})

test('what is opened is closed by its own number, or devices would go on in different places', () => {
  const written = (value: string) => opened().read(unicast(`00050110 0c00400001 1e 0955 2e ${value} 2f 1f`), true).fault
  assert.equal(written('0e 1e 4442480000 1f 0f'), undefined)
  // By the number, the first 2f ends the value, and another property follows.
  assert.equal(written('0e 2f 0951 2e 9101 2f'), 'malformed')
})

test('an address longer than any is a fault: a device that does not step over it would find another message in it', () => {
  const write = 'ff 0005020f 0c00400001 1955 3e 44447a0000 3f'
  const length = bytesOf(write).length.toString(16).padStart(2, '0')
  for (const npdu of [`0124 0005 ${length} ${write} ff`, `010c 0005 ${length} ${write}`])
    assert.equal(opened().read(unicast(asked, npdu), true).fault, 'malformed')
  for (const npdu of ['0124 0005 07 01020304050607 ff', '010c 0005 07 01020304050607'])
    assert.equal(opened().read(unicast(asked, npdu), true).fault, undefined)
})

test('what vendors put into a private transfer is their own, tagged or not', () => {
  const transfer = (parameters: string) => opened().read(unicast(`02053412 0907 1a01ff ${parameters}`), true)
  for (const parameters of ['', '2e 2101 2f', '2e 0000007f 0000 0038 0004 f257 0043 494d 2f'])
    assert.deepEqual([transfer(parameters).fault, transfer(parameters).count], [undefined, 1])
  for (const parameters of ['2e 2101', '2101', '2f', '2e']) assert.equal(transfer(parameters).fault, 'malformed')
})

test('a length that is not that of the datagram is no unit', () => {
  const bytes = unicast(asked)
  assert.equal(codec.frame(bytes, 0, bytes.length, 'udp'), bytes.length)
  const longer = Uint8Array.of(...bytes, 0)
  assert.equal(codec.frame(longer, 0, longer.length, 'udp'), -1)
})
