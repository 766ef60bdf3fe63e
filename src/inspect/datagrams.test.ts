/** What a client may send in datagrams to have a device put together what was judged apart. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ipv4, udp } from '#packet/build.ts'
import { bacnetCodec } from '#protocols/bacnet/bacnet.ts'
import { putFrame } from '#protocols/dnp3/link.ts'
import { bytesOf, hexOf, Reader } from '#protocols/reading.ts'
import { PacketSource } from './packet-source.ts'
import { addresses, planOf, Wire } from './wire.ts'

const arrives = (wire: Wire, hex: string, port = 40_000): boolean =>
  wire.udp('client', hex, port).some(({ to }) => to === 'server')

describe('DNP3', () => {
  const plan = planOf({ service: 'dnp3', allow: ['read', { op: 'direct-operate', points: '1-9' }] })
  const frame = (hex: string, destination = 10): string => {
    const out = new Uint8Array(300)
    const data = bytesOf(hex)
    return hexOf(out.subarray(0, putFrame(out, 0xc4, destination, 1, data, data.length)))
  }
  /** Operates two outputs; the first is permitted or not. */
  const permitted = frame('40c005290228 0200 0100 000100')
  const forbidden = frame('40c005290228 0200 6300 000100')
  const last = frame('81 0200000200')
  const restart = frame('c0c10d')

  test('a datagram with a wrong checksum is as if it had not come, for the outstation does not take it', () => {
    const ends = { src: addresses.client, dst: addresses.server }
    const payload = bytesOf(permitted)
    const send = (wire: Wire, spoil: (packet: Uint8Array) => void): string => {
      const packet = ipv4({ ...ends, proto: 17, payload: udp(ends, { sport: 40_000, dport: 20_000, payload }) })
      spoil(packet)
      wire.inspector.packet(packet, 0, packet.length, new PacketSource())
      return wire.inspector.output.verdict
    }
    const change = (at: number) => (packet: Uint8Array) => (packet[at] = (packet[at] ?? 0) ^ 1)
    for (const spoil of [change(10), change(26)]) {
      const wire = new Wire(plan, 20_000, { checksums: true })
      assert.equal(arrives(wire, forbidden), true)
      assert.equal(send(wire, spoil), 'drop')
      assert.equal(arrives(wire, last), false)
    }
    const wire = new Wire(plan, 20_000, { checksums: true })
    const without = (packet: Uint8Array) => packet.fill(0, 26, 28)
    assert.deepEqual([send(wire, without), arrives(wire, last)], ['accept', true], 'none at all is allowed')
  })
  test('an outstation that reports first, or opens the connection, is asked in it and not the one that asks', () => {
    const framed = (octet: number, from: number, to: number, hex: string): string => {
      const out = new Uint8Array(300)
      const data = bytesOf(hex)
      return hexOf(out.subarray(0, putFrame(out, octet, to, from, data, data.length)))
    }
    const report = framed(0x44, 10, 1, 'c0f0820000')
    const answer = framed(0x44, 10, 1, 'c0c1810000')
    const poll = framed(0xc4, 1, 10, 'c0c1013c0106')
    const wire = new Wire(plan, 20_000)
    assert.equal(wire.udp('server', report, 20_000).length, 1)
    assert.equal(arrives(wire, poll, 20_000), true)
    assert.equal(wire.udp('server', answer, 20_000).length, 1)
    assert.equal(arrives(wire, restart, 20_000), false)
    assert.deepEqual(
      wire.denials.map(({ denial }) => denial.reason),
      ['command-not-allowed'],
    )
    const opened = new Wire(plan, 33_333)
    opened.clientPort = 20_000
    opened.tcp('server', 4999, 0, '', 2)
    opened.tcp('client', 999, 5000, '', 0x12)
    const end = 5000 + report.length / 2
    assert.equal(opened.tcp('server', 5000, 1000, report)[0]?.data, report)
    assert.equal(opened.tcp('client', 1000, end, poll)[0]?.data, poll)
    assert.equal(opened.tcp('server', end, 1000 + poll.length / 2, answer)[0]?.data, answer)
    const [toServer, toClient] = opened.tcp('client', 1000 + poll.length / 2, end + answer.length / 2, restart)
    assert.deepEqual([toServer?.data, toClient?.to, toClient?.injected], ['', 'client', true])
  })
  test('what is permitted in two datagrams arrives', () => {
    const wire = new Wire(plan, 20_000)
    assert.deepEqual([arrives(wire, permitted), arrives(wire, last)], [true, true])
  })
  test('a segment in a datagram that is dropped for its neighbour takes no place of one that arrived', () => {
    for (const dropped of [permitted + restart, restart + permitted]) {
      const wire = new Wire(plan, 20_000)
      assert.equal(arrives(wire, forbidden), true)
      assert.equal(arrives(wire, dropped), false)
      assert.equal(arrives(wire, last), false)
    }
  })
  test('segments from several ports are put together as an outstation does', () => {
    const wire = new Wire(plan, 20_000)
    assert.equal(arrives(wire, permitted, 40_001), true)
    assert.equal(arrives(wire, forbidden, 40_002), true)
    assert.equal(arrives(wire, last, 40_001), false)
    assert.equal(arrives(wire, permitted, 40_003), true)
    assert.equal(arrives(wire, last, 40_004), true)
  })
})

describe('BACnet', () => {
  const plan = planOf({ service: 'bacnet', allow: ['read', { op: 'write-property', instance: 1 }] })
  const envelope = (code: string, rest: string): string => {
    const hex = rest.replaceAll(' ', '')
    return `81${code}${(hex.length / 2 + 4).toString(16).padStart(4, '0')}${hex}`
  }
  const unicast = (apdu: string, npdu = '0100') => envelope('0a', npdu + apdu)
  const begins = (instance: number) => `0c450a00040f 0c0040000${instance} 1955 3e 44`
  const ends = '08450a01040f 42480000 3f 4908'
  const simpleAck = unicast('200a0f')

  test('a message of which the last segment was refused goes on at the device with its first', () => {
    const wire = new Wire(plan, 47_808)
    assert.equal(arrives(wire, unicast(begins(2))), true)
    assert.equal(arrives(wire, unicast(ends)), false)
    assert.equal(arrives(wire, unicast(begins(1))), false, 'to the device it repeats what it has')
    assert.equal(arrives(wire, unicast(ends)), false)
    wire.now += 130_000
    assert.equal(arrives(wire, unicast(begins(1))), true)
    assert.equal(arrives(wire, unicast(ends)), true)
  })
  test('a whole message is over when the device answers it, and not when it answers another under its number', () => {
    const answered = new Wire(plan, 47_808)
    for (const unit of [unicast(begins(1)), unicast(ends)]) assert.equal(arrives(answered, unit), true)
    assert.equal(answered.udp('server', simpleAck).length, 1)
    assert.equal(arrives(answered, unicast(`0c450a00040f 0c00400001 1955 3e 91`)), true)
    const doubtful = new Wire(plan, 47_808)
    for (const unit of [begins(1), ends, '00050a0f 0c00400001 1955 3e 9101 3f']) arrives(doubtful, unicast(unit))
    assert.equal(doubtful.udp('server', simpleAck).length, 1)
    assert.equal(arrives(doubtful, unicast(`0c450a00040f 0c00400001 1955 3e 91`)), false)
  })
  test('messages of several senders are not put together, forwarded or from beyond a router', () => {
    const forwarded = (apdu: string) => envelope('04', `c6120109bac0 0100 ${apdu}`)
    const wire = new Wire(plan, 47_808)
    assert.equal(arrives(wire, unicast(begins(1))), true)
    assert.equal(arrives(wire, forwarded(begins(2))), false)
    assert.equal(arrives(wire, forwarded(ends)), false)
    assert.equal(arrives(wire, unicast(ends)), true)
  })
  test('what is no part of a message does not come between its parts: some devices put together whatever comes', () => {
    const reads = planOf({ service: 'bacnet', allow: ['read'] })
    const [asks, goesOn] = ['0c450a00010e 0c00400001 1e 0d08', '0c450a01010e 00450b14 0900 1a00']
    const rows = [
      ['an acknowledgement of nothing', '400a0101', [true, true, false]],
      ['an answer', '3c0b00010c 0c00400001', [true, true, false]],
      ['another request', '0c450b000114 0900', [true, true, false]],
    ] as const
    for (const [name, between, passes] of rows) {
      const wire = new Wire(reads, 47_808)
      const arrived = [asks, between, goesOn]
        .slice(0, passes.length)
        .map((apdu) => arrives(wire, unicast(apdu), 47_808))
      assert.deepEqual(arrived, passes, name)
    }
    const wire = new Wire(reads, 47_808)
    assert.equal(arrives(wire, unicast('0005010c 0c00400001 1955'), 47_808), true)
    assert.equal(wire.udp('server', unicast('3c0100010c 0c00400001 1955 3e'), 47_808).length, 1)
    assert.equal(arrives(wire, unicast('40010001'), 47_808), true, 'an acknowledgement of a segment')
  })
  test('nor those of two senders that are chosen for what they have in common', () => {
    const reader = new Reader(bacnetCodec)
    const seen = new Map<number, string>()
    let pair: readonly [string, string] | undefined
    for (let turn = 1; pair === undefined; turn++) {
      const sender = Math.imul(turn, 0x9e3779b1) >>> 0
      const npdu = `0108 0001 04 ${sender.toString(16).padStart(8, '0')}`
      const { transaction } = reader.read(bytesOf(unicast('00050a0c 0c00400001 1955', npdu)), true)
      const other = seen.get(transaction)
      if (other !== undefined) pair = [npdu, other]
      seen.set(transaction, npdu)
    }
    const wire = new Wire(plan, 47_808)
    assert.equal(arrives(wire, unicast(begins(1), pair[0])), true)
    assert.equal(arrives(wire, unicast(begins(2), pair[1])), false)
    assert.equal(arrives(wire, unicast(ends, pair[1])), false)
    assert.equal(arrives(wire, unicast(ends, pair[0])), true)
  })
})

test('a conversation taken up with an answer has the client of its service: what is refused is answered', () => {
  const wire = new Wire(planOf({ service: 'bacnet', allow: ['read'] }), 47_808)
  wire.udp('server', '810a0017010030010c0c000000011955 3e44424800003f'.replaceAll(' ', ''), 47_808)
  const write = '810a001c01000005020f0c0080000019553e44428200003f4908'
  const [toServer, toClient] = [
    ...wire.udp('client', write.replace('001c', (write.length / 2).toString(16).padStart(4, '0')), 47_808),
  ]
  assert.deepEqual(
    wire.denials.map(({ denial, action }) => [denial.reason, action]),
    [['command-not-allowed', 'exception']],
  )
  assert.deepEqual([toServer?.to, toServer?.injected, toClient], ['client', true, undefined])
})
