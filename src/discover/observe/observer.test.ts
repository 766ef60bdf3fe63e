import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answers, asks, captureOf, exchange, framed, read, shown, write } from '#inspect/small-captures.ts'
import { addresses } from '#inspect/wire.ts'
import { ethernet, icmp, ipv4, tcp, udp } from '#packet/build.ts'
import { AnyCaptureReader } from '#packet/capture.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { recordOf } from '#packet/records.ts'
import { bytesOf } from '#protocols/reading.ts'
import { Observer } from './observer.ts'
import type { ConversationSum, Recording } from './recording.ts'

const { client, server } = addresses
const macs = { client: '02:00:00:00:00:01', server: '02:00:00:00:00:02' } as const

const observed = (capture: Uint8Array, decodes = true): Recording => {
  const observer = new Observer('test', { decodes })
  const reader = new AnyCaptureReader()
  reader.push(capture, (record) => observer.record(record))
  return observer.end(reader.end(), { digest: 'test', bytes: capture.length })
}
const only = ({ conversations }: Recording): ConversationSum => {
  assert.equal(conversations.size, 1, [...conversations.keys()].join('; '))
  return [...conversations.values()][0]!
}
const commandsOf = ({ commands }: Recording) =>
  [...commands.values()].flatMap((rows) =>
    [...rows.values()].map(({ op, from, count, answered, refused, spans, values }) => ({
      op,
      from,
      count,
      answered,
      refused,
      spans,
      values,
    })),
  )

const segment = (
  from: 'client' | 'server',
  flags: number,
  ports: readonly [number, number],
  payload = new Uint8Array(),
) => {
  const [src, dst] = from === 'client' ? [client, server] : [server, client]
  const [sport, dport] = from === 'client' ? ports : [ports[1], ports[0]]
  const other = from === 'client' ? 'server' : 'client'
  return ethernet({
    src: macs[from],
    dst: macs[other],
    etherType: etherTypes.ipv4,
    payload: ipv4({
      src,
      dst,
      proto: ipProtocols.tcp,
      payload: tcp({ src, dst }, { sport, dport, flags, seq: 1, payload }),
    }),
  })
}
const { syn, ack, rst } = tcpFlags

describe('a poll, its answer and a write', () => {
  const recording = observed(captureOf(exchange.map((packet) => framed(packet))))

  test('are one conversation of two addresses', () => {
    const { protocol, packets, bytes, certain, port, clientPorts } = only(recording)
    assert.deepEqual(
      { protocol, packets, certain, port, clientPorts },
      { protocol: 'modbus', packets: [2, 1], certain: true, port: 502, clientPorts: 1 },
    )
    assert.ok(bytes[0] > 120 && bytes[1] > 60)
  })

  test('are commands by their object, with the values written', () =>
    assert.deepEqual(commandsOf(recording), [
      {
        op: 'read-holding-registers',
        from: 'client',
        count: 1,
        answered: 1,
        refused: 0,
        spans: { unit: [[1, 1]], registers: [[100, 101]], quantity: [[2, 2]] },
        values: undefined,
      },
      {
        op: 'write-single-register',
        from: 'client',
        count: 1,
        answered: 0,
        refused: 0,
        spans: { unit: [[1, 1]], registers: [[100, 100]] },
        values: [900, 900],
      },
    ]))

  test('leave their packet as evidence', () =>
    assert.deepEqual(only(recording).evidence, { capture: 'test', packet: 1, at: 1_000_000_000_005 }))

  test('are counted without their commands where only headers are wanted', () => {
    const headers = observed(captureOf(exchange.map((packet) => framed(packet))), false)
    assert.deepEqual(commandsOf(headers), [])
    assert.deepEqual(only(headers).packets, [2, 1])
  })
})

test('packets whose end the recording left out are counted, and none that states more than was on the wire', () => {
  const frames = exchange.map((packet) => framed(packet))
  const [first = new Uint8Array()] = frames
  const cut = recordOf(first.subarray(0, 56), { number: 1, seconds: 1, wireLength: first.length })
  const lie = recordOf(first.subarray(0, 56), { number: 1, seconds: 1 })
  for (const [record, faults] of [
    [cut, { 'cut-short': 1 }],
    [lie, {}],
  ] as const) {
    const observer = new Observer('test')
    observer.record(record)
    assert.deepEqual(only(observer.end([], { digest: 'test', bytes: 0 })).faults, faults)
  }
})

test('a refusal of the device is one of the command that was asked last', () => {
  const refusal = answers('0002 0000 0003 01 86 02', 5000)
  const [, , asked] = exchange
  const [command] = commandsOf(observed(captureOf([framed(asked!), framed(refusal)])))
  assert.deepEqual([command?.op, command?.refused], ['write-single-register', 1])
})

test('an answer without a command of its own is no refusal', () => {
  const opens = asks('03000016 11e00000000100c0010ac1020100c2020102', 1000, 102)
  const confirms = answers('03000016 11d00001000200c0010ac1020100c2020102', 5000, 102)
  const writes = asks('03000024 02f080 320100000002000e0005 0501120a10020001000083000000 0004000805', 1022, 102)
  const done = answers('03000016 02f080 320300000002000200010000 0501 ff', 5022, 102)
  const again = asks('03000024 02f080 320100000003000e0005 0501120a10020001000083000000 0004000805', 1058, 102)
  const failed = answers('03000016 02f080 320300000003000200010000 0501 05', 5044, 102)
  const capture = captureOf([opens, confirms, writes, done, again, failed].map((packet) => framed(packet)))
  assert.deepEqual(
    commandsOf(observed(capture)).map(({ op, count, answered, refused }) => [op, count, answered, refused]),
    [
      ['connect-request', 1, 1, 0],
      ['write-var', 2, 1, 1],
    ],
  )
})

test('what differs in its object is a row of its own, and what is asked again is counted', () => {
  const polls = Array.from({ length: 10 }, (_, index) => framed(asks(read('0001'), 1000 + index * 12)))
  const rows = commandsOf(observed(captureOf([...polls, framed(asks(write('0002'), 1120))])))
  assert.deepEqual(
    rows.map(({ op, count }) => [op, count]),
    [
      ['read-holding-registers', 10],
      ['write-single-register', 1],
    ],
  )
})

test('a conversation on another port is known by what it says', () => {
  const recording = observed(
    captureOf([asks(read('0001'), 1000, 1502), answers(shown('0001'), 5000, 1502)].map((packet) => framed(packet))),
  )
  assert.equal(only(recording).protocol, 'modbus')
  assert.equal(only(recording).port, 1502)
  assert.equal(commandsOf(recording)[0]?.count, 1)
})

describe('who asks', () => {
  const rows: readonly (readonly [sentence: string, frames: readonly Uint8Array[], port: number, certain: boolean])[] =
    [
      [
        'is whoever opens',
        [segment('client', syn, [50_000, 9999]), segment('server', syn | ack, [50_000, 9999])],
        9999,
        true,
      ],
      ['is known from the answer to an opening', [segment('server', syn | ack, [1500, 60_000])], 60_000, true],
      ['is who does not have the registered port', [segment('server', ack, [50_000, 443])], 443, false],
      ['is who has the dynamic port', [segment('server', ack, [50_000, 9999])], 9999, false],
      ['is who has no system port', [segment('server', ack, [9999, 700])], 700, false],
    ]
  for (const [sentence, frames, port, certain] of rows)
    test(sentence, () => {
      const sum = only(observed(captureOf(frames)))
      assert.deepEqual([sum.client, sum.server, sum.port, sum.certain], [client, server, port, certain])
    })

  test('is known of a connection that was open before, where another was opened', () => {
    const frames = [
      segment('server', ack, [1500, 2404 + 1000]),
      segment('client', syn, [1501, 2404 + 1000]),
      segment('server', syn | ack, [1501, 2404 + 1000]),
    ]
    const sum = only(observed(captureOf(frames)))
    assert.deepEqual([sum.client, sum.port, sum.opened, sum.accepted, sum.clientPorts], [client, 3404, 1, 1, 2])
  })
})

test('an opening that is refused is counted', () => {
  const { opened, accepted, rejected } = only(
    observed(captureOf([segment('client', syn, [50_000, 81]), segment('server', rst | ack, [50_000, 81])])),
  )
  assert.deepEqual({ opened, accepted, rejected }, { opened: 1, accepted: 0, rejected: 1 })
})

test('a ping and its answer are one conversation, by the type of the request', () => {
  const ping = (type: number, from: 'client' | 'server') => {
    const [src, dst] = from === 'client' ? [client, server] : [server, client]
    return ethernet({
      src: macs[from],
      dst: macs[from === 'client' ? 'server' : 'client'],
      etherType: etherTypes.ipv4,
      payload: ipv4({ src, dst, proto: ipProtocols.icmp, payload: icmp({ type }) }),
    })
  }
  const { proto, port, packets } = only(observed(captureOf([ping(8, 'client'), ping(0, 'server')])))
  assert.deepEqual({ proto, port, packets }, { proto: 1, port: 8, packets: [1, 1] })
})

test('another Ethernet address of an end is bound to it, and its packets are counted for it', () => {
  const ends = { src: client, dst: server }
  const frame = (src: string) =>
    ethernet({
      src,
      dst: macs.server,
      etherType: etherTypes.ipv4,
      payload: ipv4({ ...ends, proto: 17, payload: udp(ends, { sport: 9, dport: 9, payload: bytesOf('00') }) }),
    })
  const other = '02:00:00:00:00:66'
  const { bindings, endpoints, conversations } = observed(captureOf([macs.client, macs.client, other].map(frame)))
  assert.deepEqual(
    [...bindings.values()].map(({ mac, ip, packets }) => [mac, ip, packets]),
    [
      [other, client, 1],
      [macs.client, client, 2],
    ],
  )
  assert.equal(endpoints.get(`0 ${macs.client}`)?.sent, 2)
  assert.equal(endpoints.get(`0 ${other}`)?.sent, 1)
  assert.equal(endpoints.get(`0 ${macs.server}`)?.received, 3)
  assert.deepEqual([...conversations.values()][0]?.clientMacs, [macs.client, other])
})

test('pieces of a datagram are of the conversation of the first one', () => {
  const datagram = udp({ src: client, dst: server }, { sport: 5000, dport: 5001, payload: new Uint8Array(64) })
  const piece = (offset: number, more: boolean) =>
    framed(
      ipv4({
        src: client,
        dst: server,
        proto: 17,
        payload: datagram.subarray(offset, more ? offset + 40 : undefined),
        fragment: { offset, more },
      }),
    )
  const { packets, port } = only(observed(captureOf([piece(0, true), piece(40, false)])))
  assert.deepEqual([packets, port], [[2, 0], 5001])
})
