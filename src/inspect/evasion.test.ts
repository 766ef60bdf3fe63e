/** What an end may send to be read in two ways. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ipv4, tcp, udp } from '#packet/build.ts'
import { PacketSource } from './packet-source.ts'
import { answer, hex, opened, read, readOnly, write } from './modbus-polls.ts'
import { planOf, Wire } from './wire.ts'

const syn = 2

const dataTo = (arrived: ReturnType<Wire['tcp']>, end: 'client' | 'server') =>
  arrived.filter(({ to }) => to === end).map(({ data }) => data)

describe('bytes that pass are bytes that were judged', () => {
  test('a denied command that comes again after it was acknowledged does not arrive', () => {
    const wire = opened()
    wire.tcp('client', 1012, 5011, write('0002'))
    wire.tcp('server', 5011, 1012)
    wire.tcp('client', 1024, 5020)
    for (let count = 0; count < 3; count++)
      assert.deepEqual(dataTo(wire.tcp('client', 1012, 5020, write('0002')), 'server'), [''])
    assert.deepEqual(dataTo(wire.tcp('client', 1012, 5020, write('0002') + read('0003')), 'server'), [
      hex(read('0003')),
    ])
  })

  describe('a command that states to be longer than its function has it never passes, be it whole or not', () => {
    /** The command, and its bytes before the one that tells how long it is. */
    const forbidden = {
      'a register': ['0002 0000 0007 ff 06 0065 0028', 7],
      'a coil': ['0002 0000 00fe ff 05 0001 ff00', 7],
      registers: ['0002 0000 0020 ff 10 0065 0001 02 0028', 12],
      coils: ['0002 0000 0009 ff 0f 0001 0001 01 01', 12],
      'a mask': ['0002 0000 000c ff 16 0065 0000 0028', 7],
      'registers that are written and read': ['0002 0000 000f ff 17 0064 0002 0065 0001 02 0028', 16],
      'a read before a write': ['0002 0000 0014 ff 03 0064 0002 0003 0000 0006 ff 06 0065 0028', 7],
    } as const
    for (const [name, [command, before]] of Object.entries(forbidden))
      test(name, () => {
        const bytes = hex(command)
        for (let cut = 0; cut < bytes.length; cut += 2) {
          const wire = opened()
          const passed = [
            ...(cut === 0 ? [] : dataTo(wire.tcp('client', 1012, 5011, bytes.slice(0, cut)), 'server')),
            ...dataTo(wire.tcp('client', 1012 + cut / 2, 5011, bytes.slice(cut)), 'server'),
          ].join('')
          assert.ok(passed.length <= Math.min(cut, 2 * before), passed)
          assert.ok(wire.denials.every(({ denial, action }) => denial.reason === 'cannot-judge' && action === 'reset'))
          assert.equal(wire.denials.length, 1)
        }
      })
    test('only where something is denied', () => {
      const wire = new Wire(planOf({ allow: ['read'], 'deny-action': 'log' }))
      wire.open()
      const command = hex(forbidden['a register'][0])
      assert.deepEqual(dataTo(wire.tcp('client', 1000, 5000, command), 'server'), [command])
    })
    test('one that is permitted may still come in two segments', () => {
      const wire = new Wire(planOf({ allow: ['write'] }))
      wire.open()
      const bytes = hex('0002 0000 0009 ff 10 0065 0001 02 0028')
      const passed = [bytes.slice(0, 26), bytes.slice(26)].flatMap((part, index) =>
        dataTo(wire.tcp('client', 1000 + 13 * index, 5000, part), 'server'),
      )
      assert.equal(passed.join(''), bytes)
    })
  })

  describe('where requests without an answer are limited', () => {
    const limited = planOf({
      allow: ['read', { op: 'write-single-register', registers: '100' }],
      'on-failure': { memory: 'closed' },
    })
    const full = (): Wire => {
      const wire = new Wire(limited)
      wire.open()
      for (let at = 0; at < 32; at++)
        wire.tcp('client', 1000 + 12 * at, 5000, read((at + 1).toString(16).padStart(4, '0')))
      return wire
    }
    const next = 1000 + 12 * 32

    test('a command that waits for room passes when there is some, and is kept once', () => {
      const wire = full()
      for (let time = 0; time < 3; time++) assert.deepEqual(wire.tcp('client', next, 5000, read('0021')), [])
      for (let at = 0; at < 32; at++)
        wire.tcp('server', 5000 + 11 * at, next, answer((at + 1).toString(16).padStart(4, '0')))
      assert.deepEqual(dataTo(wire.tcp('client', next, 5352, read('0021')), 'server'), [hex(read('0021'))])
      wire.tcp('server', 5352, next + 12, answer('0021'))
      assert.equal([...wire.inspector.flows][0]?.pending.size, 0)
    })
    test('the end of a command cannot be exchanged while it waits', () => {
      const wire = full()
      const bytes = hex(write('0021'))
      wire.tcp('client', next, 5000, bytes.slice(0, 12))
      assert.deepEqual(
        wire.tcp('client', next + 6, 5000, bytes.slice(12)).map(({ flags }) => flags & 4),
        [4, 4],
      )
      assert.deepEqual(dataTo(wire.tcp('client', next + 6, 5000, '0106 0000 0006'), 'server'), [])
    })
  })

  test('a keep-alive behind a withheld command asks for what the server has', () => {
    const wire = opened()
    wire.tcp('client', 1012, 5011, write('0002'))
    wire.tcp('server', 5011, 1012)
    const [keepAlive] = wire.tcp('client', 1023, 5020, 'ee')
    assert.deepEqual([keepAlive?.seq, keepAlive?.data], [1011, ''])
  })

  for (const [name, seq] of [
    ['far ahead', 41_000],
    ['far behind', 1_000_000_000],
    ['just before', 1011],
  ] as const)
    test(`a segment that would open the connection anew, ${name}, changes nothing until it is answered`, () => {
      const wire = opened()
      wire.tcp('client', 1012, 5011, hex(write('0002')).slice(0, 16))
      wire.tcp('client', seq, 0, '', syn)
      const arrived = wire.tcp('client', 1020, 5011, hex(write('0002')).slice(16))
      assert.deepEqual(
        arrived.map(({ flags }) => flags),
        [0x14, 0x14],
      )
    })

  test('a connection opened anew with the same ports is a new one once its server says so', () => {
    const wire = opened()
    assert.equal(wire.tcp('client', 7_000_000, 0, '', syn).length, 1)
    assert.equal(wire.tcp('server', 9_000_000, 7_000_001, '', 0x12).length, 1)
    assert.deepEqual(dataTo(wire.tcp('client', 7_000_001, 9_000_001, read('0001')), 'server'), [hex(read('0001'))])
  })

  test('what stands before the place where a connection was picked up passes only when its server has it', () => {
    const wire = new Wire(readOnly)
    wire.tcp('client', 3012, 7000, read('0001'))
    assert.deepEqual(wire.tcp('client', 3000, 7000, write('0002')), [])
    wire.tcp('server', 7000, 3024, answer('0001'))
    assert.equal(wire.tcp('client', 3000, 7000, read('0002')).length, 1)
  })

  test('a server hears that its answer to nothing arrived, since the client never will say so', () => {
    const wire = opened()
    wire.tcp('client', 1012, 5011)
    for (let count = 0; count < 2; count++) {
      const [toClient, toServer] = wire.tcp('server', 5011, 1012, answer('0666'))
      assert.equal(toClient?.data, '')
      assert.deepEqual([toServer?.to, toServer?.seq, toServer?.ack, toServer?.flags], ['server', 1012, 5022, 0x10])
    }
  })

  test('a connection picked up in the middle whose segments never begin with a message is judged from the second message on', () => {
    const wire = new Wire(readOnly)
    const bytes = hex(write('0001')).slice(14) + hex(write('0002')) + hex(write('0003'))
    assert.equal(wire.tcp('client', 3007, 7000, bytes.slice(0, 24)).length, 1)
    assert.deepEqual(
      wire.tcp('client', 3019, 7000, bytes.slice(24, 48)).map(({ flags }) => flags & 4),
      [4, 4],
    )
  })

  test('a segment with a wrong checksum is as if it had not come', () => {
    const wire = new Wire(readOnly, 502, { checksums: true })
    wire.open()
    const ends = { src: '198.18.1.10', dst: '198.18.2.10' }
    const payload = Buffer.from(hex(write('0001')), 'hex')
    const segment = tcp(ends, { sport: 40_000, dport: 502, seq: 1000, ack: 5000, flags: 0x10, payload })
    segment[16] = (segment[16] ?? 0) ^ 1
    const packet = ipv4({ ...ends, proto: 6, payload: segment })
    wire.inspector.packet(packet, 0, packet.length, new PacketSource())
    assert.equal(wire.inspector.output.verdict, 'drop')
    assert.deepEqual(dataTo(wire.tcp('client', 1000, 5000, read('0001')), 'server'), [hex(read('0001'))])
  })
})

test('a refusal states the window of the server in whose name it comes, be it closed', () => {
  const wire = opened()
  const ends = { src: '198.18.2.10', dst: '198.18.1.10' }
  const segment = tcp(ends, { sport: 502, dport: 40_000, seq: 5011, ack: 1012, flags: 0x10, window: 0 })
  const packet = ipv4({ ...ends, proto: 6, payload: segment })
  wire.inspector.packet(packet, 0, packet.length, new PacketSource())
  wire.tcp('client', 1012, 5011, write('0002'))
  const [refusal] = wire.inspector.output.injections
  assert.deepEqual(refusal?.bytes.subarray(34, 36), Uint8Array.of(0, 0))
})

describe('the rest of a message', () => {
  // A server that does not know the function refuses it after eight bytes, throws the ninth away, and reads 06 03aa aa00.
  const queue = '0001 0000 0004 01 18 0000'
  const rest = '00' + hex('0002 0000 0006 06 03 aaaa 0001')
  const late = (ms: number, gone: number) => {
    const wire = opened()
    wire.tcp('client', 1012, 5011, hex(queue).slice(0, 2 * gone))
    wire.now += ms
    return wire.tcp('client', 1012 + gone, 5011, hex(queue).slice(2 * gone, 18) + rest).map(({ flags }) => flags & 4)
  }

  test('that comes when its receiver may have given up its beginning ends the connection', () =>
    assert.deepEqual(late(500, 9), [4, 4]))
  test('that comes a little later passes', () => assert.deepEqual(late(300, 9), [0]))
  test('of a function that every server knows may take its time: packets get lost', () => {
    const wire = opened()
    const message = hex('0001 0000 0006 01 03 0000 0001')
    wire.tcp('client', 1012, 5011, message.slice(0, 20))
    wire.now += 60_000
    assert.deepEqual(
      wire.tcp('client', 1022, 5011, message.slice(20)).map(({ flags }) => flags & 4),
      [0],
    )
  })
  test('whose function has not been told may take its time', () => assert.deepEqual(late(60_000, 7), [0]))
})

describe('a server that throws away what came behind a request that it does not know', () => {
  const sees = planOf({ allow: ['read', 'discover'] })
  const identify = '0001 0000 0005 01 2b 0e 01 00'
  /** It is opened, and a request passed: the client goes on at 1000 and its length. */
  const asked = (request: string, plan = sees): [Wire, number] => {
    const wire = new Wire(plan)
    wire.open()
    assert.deepEqual(dataTo(wire.tcp('client', 1000, 5000, request), 'server'), [hex(request)])
    return [wire, 1000 + hex(request).length / 2]
  }
  const forbidden = hex('0002 0000 0006 ff 03 0006 0064')
  const passed = (wire: Wire, seq: number, data: string) =>
    dataTo(wire.tcp('client', seq, 5000, data), 'server').join('')

  test('gets no beginning of a message that could be thrown away alone', () => {
    for (let cut = 2; cut < forbidden.length; cut += 2) {
      const [wire, seq] = asked(identify)
      wire.now += 150
      assert.equal(passed(wire, seq, forbidden.slice(0, cut)), '')
      wire.now += 700
      const more = forbidden + hex('1234 0000 0006 ff 03 0000 0001')
      assert.equal(passed(wire, seq, more), more)
    }
  })
  test('gets none in the packet of the request either', () => {
    const wire = new Wire(sees)
    wire.open()
    assert.equal(passed(wire, 1000, identify + forbidden.slice(0, 4)), hex(identify))
  })
  test('gets all of a message in one packet', () => {
    const [wire, seq] = asked(identify)
    assert.equal(passed(wire, seq, forbidden), forbidden)
  })
  test('gets it in parts again when its time is over: some senders never send them together', () => {
    const [wire, seq] = asked(identify)
    wire.now += 900
    assert.equal(passed(wire, seq, forbidden.slice(0, 4)), '')
    wire.now += 200
    assert.equal(passed(wire, seq, forbidden.slice(0, 4)), forbidden.slice(0, 4))
  })
  test('gets it in parts when it has answered', () => {
    const [wire, seq] = asked(identify)
    wire.tcp('server', 5000, seq, '0001 0000 0003 01 ab 01')
    assert.equal(passed(wire, seq, forbidden.slice(0, 4)), forbidden.slice(0, 4))
  })
  test('does not when it has answered another one', () => {
    const [wire, seq] = asked(identify + identify)
    wire.tcp('server', 5000, seq, '0001 0000 0003 01 ab 01')
    assert.equal(passed(wire, seq, forbidden.slice(0, 4)), '')
  })
  test('does not when it has answered one that was given up before', () => {
    const [wire, seq] = asked(identify)
    wire.now += 1100
    passed(wire, seq, identify)
    wire.tcp('server', 5000, seq + 11, '0001 0000 0003 01 ab 01')
    assert.equal(passed(wire, seq + 11, forbidden.slice(0, 4)), '')
  })
  test('does not when there are more requests behind it than are kept', () => {
    const [wire, seq] = asked(identify)
    const reads = Array.from({ length: 40 }, (_, index) => hex(read((100 + index).toString(16).padStart(4, '0')))).join(
      '',
    )
    assert.equal(passed(wire, seq, reads), reads)
    assert.equal(passed(wire, seq + reads.length / 2, forbidden.slice(0, 4)), '')
  })
  test('does not when it was given a function that it does not know in place of a denied one', () => {
    const wire = new Wire(planOf({ allow: ['read'], 'deny-action': 'neutralise' }))
    wire.open()
    assert.equal(passed(wire, 1000, write('0001')), hex('0001 0000 0006 01 63 0064 0384'))
    assert.equal(passed(wire, 1012, forbidden.slice(0, 4)), '')
  })
  test('gets it in parts behind what every server knows', () => {
    const [wire, seq] = asked(read('0001'))
    assert.equal(passed(wire, seq, forbidden.slice(0, 4)), forbidden.slice(0, 4))
  })
  test('gets it in parts where nothing is denied', () => {
    const [wire, seq] = asked(identify, planOf({ allow: ['read', 'discover'], 'deny-action': 'log' }))
    assert.equal(passed(wire, seq, forbidden.slice(0, 4)), forbidden.slice(0, 4))
  })

  test('does not get a quantity that it would refuse in that way; its client gets the refusal, and goes on', () => {
    const wire = opened()
    const arrived = wire.tcp('client', 1012, 5011, '0002 0000 0006 01 03 0000 007e')
    assert.deepEqual(dataTo(arrived, 'server').join(''), '')
    assert.ok(dataTo(arrived, 'client').includes(hex('0002 0000 0003 01 83 03')))
    assert.deepEqual(
      wire.denials.map(({ denial, action }) => [denial.reason, action]),
      [['cannot-judge', 'exception']],
    )
    assert.deepEqual(dataTo(wire.tcp('client', 1024, 5020, read('0003')), 'server'), [hex(read('0003'))])
  })
})

describe('a datagram with a wrong checksum', () => {
  const plan = planOf({ service: 'bacnet', allow: ['read'] })
  const ends = { src: '198.18.1.10', dst: '198.18.2.10' }
  const verdict = (change: (datagram: Uint8Array) => void) => {
    const wire = new Wire(plan, 47808, { checksums: true })
    const payload = Buffer.from('810a00080100100800', 'hex').subarray(0, 8)
    const datagram = udp(ends, { sport: 40_000, dport: 47808, payload })
    change(datagram)
    const packet = ipv4({ ...ends, proto: 17, payload: datagram })
    wire.inspector.packet(packet, 0, packet.length, new PacketSource())
    return [wire.inspector.output.verdict, wire.inspector.flows.size]
  }

  test('is as if it had not come', () =>
    assert.deepEqual(
      verdict((datagram) => (datagram[7] = (datagram[7] ?? 0) ^ 1)),
      ['drop', 0],
    ))
  test('is not one that has none', () => assert.equal(verdict((datagram) => datagram.fill(0, 6, 8))[1], 1))
  test('is not one whose checksum is right', () => assert.equal(verdict(() => undefined)[1], 1))
})

describe('bytes that passed without being seen', () => {
  test('the stream goes on behind them when the receiver says that it has them', () => {
    const wire = opened()
    assert.deepEqual(wire.tcp('client', 1100, 5011, read('0002')), [])
    wire.tcp('server', 5011, 1100)
    assert.deepEqual(dataTo(wire.tcp('client', 1100, 5011, read('0002')), 'server'), [hex(read('0002'))])
  })

  const early = (wire: Wire) => wire.tcp('client', 1024, 5011, read('0003'))

  test('the stream goes on behind them when the sender sends nothing else, and the receiver has them when it is asked', () => {
    const wire = opened()
    for (let count = 0; count < 2; count++) assert.deepEqual(early(wire), [])
    const [probe] = early(wire)
    assert.deepEqual([probe?.to, probe?.seq, probe?.data], ['server', 1011, ''], 'a keep-alive')
    wire.tcp('server', 5011, 1024)
    assert.deepEqual(dataTo(early(wire), 'server'), [hex(read('0003'))])
  })

  test('come again when the receiver says that they were lost', () => {
    const wire = opened()
    for (let count = 0; count < 4; count++) early(wire)
    wire.tcp('server', 5011, 1012)
    assert.deepEqual(dataTo(wire.tcp('client', 1012, 5011, read('0002')), 'server'), [hex(read('0002'))])
    assert.deepEqual(dataTo(early(wire), 'server'), [hex(read('0003'))])
  })

  test('of a connection with refusals are asked for with the numbers that the receiver knows', () => {
    const wire = opened()
    wire.tcp('client', 1012, 5011, write('0002'))
    wire.tcp('client', 1024, 5020, read('0003'))
    wire.tcp('server', 5011, 1024)
    let probes: readonly (readonly [number, number])[] = []
    for (let count = 0; count < 3; count++)
      probes = wire.tcp('client', 1048, 5020, read('0005')).map(({ seq, ack }) => [seq, ack] as const)
    assert.deepEqual(probes, [[1023, 5011]])
  })

  test('are given up when nobody answers for a long time, and pass no more', () => {
    const wire = opened()
    for (let count = 0; count < 7; count++) assert.ok(!dataTo(early(wire), 'server').some((data) => data !== ''))
    assert.deepEqual(dataTo(early(wire), 'server'), [hex(read('0003'))])
    assert.deepEqual(wire.tcp('client', 1012, 5011, read('0002')), [])
  })

  test('are not given up while the sender goes on with what was missing', () => {
    const wire = opened()
    for (let round = 0; round < 20; round++) {
      const seq = 1012 + 12 * round
      assert.deepEqual(wire.tcp('client', 1600, 5011, read('00ff')), [])
      assert.equal(wire.tcp('client', seq, 5011, read('0002'))[0]?.data, hex(read('0002')))
    }
  })
})
