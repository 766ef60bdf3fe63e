import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, hex, read, readOnly, write } from './modbus-polls.ts'
import { planOf, Wire } from './wire.ts'

describe('a conversation over TCP', () => {
  test('what is allowed passes untouched, in both directions', () => {
    const wire = new Wire(readOnly)
    wire.open()
    assert.deepEqual(wire.tcp('client', 1000, 5000, read('0001'), 0x18), [
      { to: 'server', seq: 1000, ack: 5000, flags: 0x18, data: hex(read('0001')), injected: false },
    ])
    assert.equal(wire.tcp('server', 5000, 1012, answer('0001'))[0]?.data, hex(answer('0001')))
    assert.deepEqual(wire.denials, [])
  })

  test('a denied command never arrives; the client gets the exception and the connection goes on', () => {
    const wire = new Wire(readOnly)
    wire.open()
    const [toServer, toClient] = wire.tcp('client', 1000, 5000, write('0001'), 0x18)
    assert.equal(toServer?.data, '', 'an empty segment')
    assert.equal(toServer?.seq, 1000)
    assert.deepEqual(toClient, {
      to: 'client',
      seq: 5000,
      ack: 1012,
      flags: 0x18,
      data: '000100000003018601',
      injected: true,
    })
    // The client acknowledges nine bytes that the server never sent, and goes on where it stands.
    assert.deepEqual(wire.tcp('client', 1012, 5009, read('0002'), 0x18), [
      { to: 'server', seq: 1000, ack: 5000, flags: 0x18, data: hex(read('0002')), injected: false },
    ])
    assert.deepEqual(wire.tcp('server', 5000, 1012, answer('0002'), 0x18), [
      { to: 'client', seq: 5009, ack: 1024, flags: 0x18, data: hex(answer('0002')), injected: false },
    ])
    assert.equal(wire.denials.length, 1)
    assert.equal(wire.denials[0]?.denial.reason, 'command-not-allowed')
  })

  test('what is encrypted passes where that is allowed, in both directions, and nowhere else', () => {
    const hello = '0300000c 02f080 1603030000'
    const wire = new Wire(planOf({ service: 's7comm', allow: ['plus-opaque'] }), 102)
    wire.open()
    assert.equal(wire.tcp('client', 1000, 5000, hello)[0]?.data, hex(hello))
    assert.equal(wire.tcp('server', 5000, 1012, hello)[0]?.data, hex(hello))
    assert.deepEqual(wire.denials, [])
    const other = new Wire(planOf({ service: 's7comm', allow: ['read', 'write'] }), 102)
    other.open()
    other.tcp('client', 1000, 5000, hello)
    assert.deepEqual(
      other.denials.map(({ denial }) => denial.reason),
      ['opaque'],
    )
  })

  test('the neighbours of a denied command in one segment arrive', () => {
    const wire = new Wire(readOnly)
    wire.open()
    const [toServer, toClient] = wire.tcp('client', 1000, 5000, read('0001') + write('0002') + read('0003'), 0x18)
    assert.equal(toServer?.data, hex(read('0001') + read('0003')))
    assert.equal(toClient?.data, '000200000003018601')
    assert.equal(toClient?.ack, 1000, 'what the server may still miss is not acknowledged for it')
    const [back] = wire.tcp('server', 5000, 1024, answer('0001') + answer('0003'), 0x18)
    assert.equal(back?.seq, 5009)
    assert.equal(back?.ack, 1036)
  })

  test('a command split over segments is denied by a reset of both ends when a part of it was forwarded', () => {
    const wire = new Wire(readOnly)
    wire.open()
    assert.equal(wire.tcp('client', 1000, 5000, '0001 0000 0006')[0]?.to, 'server')
    const resets = wire.tcp('client', 1006, 5000, '01 06 0064 0384')
    assert.deepEqual(
      resets.map(({ to, seq, flags }) => ({ to, seq, flags })),
      [
        { to: 'client', seq: 5000, flags: 0x14 },
        { to: 'server', seq: 1006, flags: 0x14 },
      ],
    )
    assert.equal(wire.denials[0]?.reset, 'already-forwarded')
    const more = wire.tcp('client', 1014, 5000, read('0002')).map(({ to, flags }) => [to, flags])
    assert.deepEqual(more, [['client', 0x14]], 'nothing passes any more')
  })

  test('a command in segments of one byte is judged when its last byte comes', () => {
    const wire = new Wire(readOnly)
    wire.open()
    const bytes = hex(read('0001') + read('0002'))
    for (let at = 0; at < bytes.length / 2; at++)
      assert.equal(wire.tcp('client', 1000 + at, 5000, bytes.slice(2 * at, 2 * at + 2)).length, 1, `byte ${at}`)
    assert.equal(wire.inspector.counts.get('c')?.permitted, 2)
  })

  test('what is repeated must be the same', () => {
    const wire = new Wire(readOnly)
    wire.open()
    wire.tcp('client', 1000, 5000, read('0001'))
    assert.equal(wire.tcp('client', 1000, 5000, read('0001'))[0]?.data, hex(read('0001')))
    assert.deepEqual(wire.tcp('client', 1000, 5000, write('0001')), [])
    assert.equal(wire.inspector.counts.get('c')?.messages, 1, 'a repetition is not counted')
  })

  test('the repetition of a denied command is denied in the same way, and told once', () => {
    const wire = new Wire(readOnly)
    wire.open()
    wire.tcp('client', 1000, 5000, write('0001'))
    const [toServer, toClient] = wire.tcp('client', 1000, 5000, write('0001'))
    assert.equal(toServer?.data, '')
    assert.equal(toClient?.data, '000100000003018601')
    assert.equal(toClient?.seq, 5000)
    assert.equal(wire.denials.length, 1)
  })

  test('many denied commands in a row leave one gap; a client that takes no refusal is reset in the end', () => {
    const wire = new Wire(readOnly)
    wire.open()
    let resets = 0
    for (let index = 0; index < 100 && resets === 0; index++)
      resets = wire
        .tcp('client', 1000 + 12 * index, 5000, write('0001'), 0x18)
        .filter(({ flags }) => flags === 0x14).length
    assert.equal(resets, 2)
    assert.equal(wire.denials.at(-1)?.reset, 'too-many')
    assert.equal(wire.denials.length, 65)
  })

  test('what comes too early waits outside until the gap is closed', () => {
    const wire = new Wire(readOnly)
    wire.open()
    assert.deepEqual(wire.tcp('client', 1012, 5000, read('0002')), [])
    assert.equal(wire.tcp('client', 1000, 5000, read('0001')).length, 1)
    assert.equal(wire.tcp('client', 1012, 5000, read('0002')).length, 1)
  })

  test('a connection that was open before is judged from its first message on', () => {
    const wire = new Wire(readOnly)
    assert.equal(wire.tcp('server', 7000, 3000, answer('0009'), 0x18).length, 1, 'an answer to what was not seen')
    assert.equal(wire.tcp('client', 3000, 7011, read('0001'), 0x18).length, 1)
    const [toServer, toClient] = wire.tcp('client', 3012, 7011, write('0002'), 0x18)
    assert.equal(toServer?.data, '')
    assert.equal(toClient?.data, '000200000003018601')
  })

  test('a denied command that comes first in such a connection is answered once its server has shown itself', () => {
    const wire = new Wire(readOnly)
    const [toServer] = wire.tcp('client', 3000, 7000, write('0001'), 0x18)
    assert.deepEqual([toServer?.data, toServer?.seq], ['', 2999], 'a keep-alive')
    const arrived = wire.tcp('server', 7000, 3000)
    assert.deepEqual(arrived.find(({ injected }) => injected)?.data, '000100000003018601')
    assert.equal(wire.tcp('client', 3012, 7009, read('0002'), 0x18)[0]?.seq, 3000)
  })

  test('another protocol on the port ends the connection', () => {
    const wire = new Wire(readOnly)
    wire.open()
    const arrived = wire.tcp('client', 1000, 5000, '16 03 01 02 00 01 00 01 fc 03 03')
    assert.deepEqual(
      arrived.map(({ flags }) => flags),
      [0x14, 0x14],
    )
    assert.equal(wire.denials[0]?.denial.reason, 'not-protocol')
  })

  test('an answer that nobody asked for does not arrive', () => {
    const wire = new Wire(readOnly)
    wire.open()
    const [arrived] = wire.tcp('server', 5000, 1000, answer('0007'))
    assert.equal(arrived?.data, '')
    assert.equal(wire.denials[0]?.denial.reason, 'unsolicited-response')
  })

  test('neutralised, a command arrives as one that the device refuses, and its refusal is worded as the original', () => {
    const wire = new Wire(planOf({ allow: ['read'], 'deny-action': 'neutralise' }))
    wire.open()
    const [toServer] = wire.tcp('client', 1000, 5000, write('0001'), 0x18)
    assert.equal(toServer?.data, '000100000006016300640384')
    assert.equal(toServer?.seq, 1000)
    const [toClient] = wire.tcp('server', 5000, 1012, '0001 0000 0003 01 e3 01', 0x18)
    assert.equal(toClient?.data, '000100000003018601')
    assert.equal(toClient?.seq, 5000)
    assert.equal(toClient?.ack, 1012)
  })

  test('its refusal may come in two segments', () => {
    for (let first = 1; first <= 7; first++) {
      const wire = new Wire(planOf({ allow: ['read'], 'deny-action': 'neutralise' }))
      wire.open()
      wire.tcp('client', 1000, 5000, write('0001'), 0x18)
      const refusal = hex('0001 0000 0003 01 e3 01')
      const one = wire.tcp('server', 5000, 1012, refusal.slice(0, 2 * first))
      const two = wire.tcp('server', 5000 + first, 1012, refusal.slice(2 * first))
      assert.equal([...one, ...two].map(({ data }) => data).join(''), '000100000003018601')
    }
  })

  test('in shadow nothing is touched, and what would be denied is counted', () => {
    const wire = new Wire(planOf({ allow: ['read'], mode: 'shadow' }))
    wire.open()
    assert.equal(wire.tcp('client', 1000, 5000, write('0001'), 0x18)[0]?.data, hex(write('0001')))
    assert.equal(wire.inspector.counts.get('c')?.wouldDeny, 1)
    assert.deepEqual(
      wire.denials.map(({ action }) => action),
      ['log'],
    )
  })
})

test('a refusal of the first datagram goes out in the name of a server that another conversation has shown', () => {
  const plan = planOf({ service: 'bacnet', allow: ['read'] })
  const writeProperty = '810a 0018 0104 0005010f 0c00800000 1955 3e 4443960000 3f'
  const unknown = new Wire(plan, 47808)
  unknown.udp('client', writeProperty)
  assert.equal(unknown.inspector.output.injections[0]?.fromHigh, -1)
  const known = new Wire(plan, 47808)
  known.udp('server', '810a 0008 0100 1008')
  known.udp('client', writeProperty, 40_001)
  assert.equal(known.inspector.output.injections[0]?.fromHigh, 0x0200)
})

describe('requests that are never answered, where a conduit is closed on excess', () => {
  const closed = planOf({ allow: ['read'], 'on-failure': { memory: 'closed' } })
  const ask = (wire: Wire, index: number) =>
    wire.tcp('client', 1000 + 12 * index, 5000, read(index.toString(16).padStart(4, '0')))

  test('hold the next one back until one of them is answered', () => {
    const wire = new Wire(closed)
    wire.open()
    for (let index = 0; index < 32; index++) assert.equal(ask(wire, index).length, 1, `request ${index}`)
    for (let count = 0; count < 3; count++) assert.deepEqual(ask(wire, 32), [])
    wire.tcp('server', 5000, 1012, answer('0000'))
    assert.equal(ask(wire, 32).length, 1)
    assert.equal(wire.tcp('server', 5011, 1012, answer('0001'))[0]?.data, hex(answer('0001')))
  })

  test('are given up after a minute: what is asked then passes, and a late answer as well', () => {
    const wire = new Wire(closed)
    wire.open()
    for (let index = 0; index < 32; index++) ask(wire, index)
    wire.now += 61_000
    assert.equal(ask(wire, 32).length, 1)
    assert.equal(wire.tcp('server', 5000, 1000 + 12 * 33, answer('0000'))[0]?.data, hex(answer('0000')))
    assert.deepEqual(wire.notices, [])
  })
})
