/** What a recording can show and what it cannot: broken, short, cut, and far too much of it. */
import { recordOf } from '#packet/records.ts'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ethernet, ipv4, tcp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { Conversations } from './conversations.ts'
import { resultOf, Simulation } from './index.ts'
import { Remembered } from './remembered.ts'
import {
  addresses,
  linked,
  macs,
  noon,
  opening,
  policyOf,
  recordsOf,
  segment,
  simulated,
  simulatedRecords,
  syn,
  type Name,
} from './small-plant.ts'

const denied = segment({ from: 'hmi', to: 'plc', dport: 22, flags: syn })
const read = segment({ from: 'hmi', to: 'plc', data: '0001 0000 0006 01 03 0064 0002', seq: 1000, ack: 5000 })

describe('who spoke past the edge, as the policy has it, is named', () => {
  const past = (from: Name, to: Name) => {
    const ends = { src: addresses[from], dst: addresses[to] }
    const payload = tcp(ends, { sport: 40_000, dport: 502, flags: syn })
    return linked(from, to, etherTypes.ipv4, ipv4({ ...ends, proto: ipProtocols.tcp, payload }))
  }
  const about = (frames: readonly Uint8Array[]) => {
    const { summary, blind } = simulated([...opening('hmi', 'plc'), ...frames])
    return { count: summary.unjudged, lines: blind.filter((line) => line.startsWith('Behind ')) }
  }

  test('behind one port', () => {
    const { count, lines } = about([past('plc', 'other'), past('plc', 'other'), past('other', 'plc')])
    assert.equal(count, 1)
    assert.match(
      lines.join('\n'),
      /^Behind one port, as the policy has it: 1 pair of ends, not judged: plc and other \(3 packets\)/,
    )
  })

  test('behind none', () => {
    const frame = ethernet({
      src: '02:77:00:00:00:01',
      dst: '02:77:00:00:00:02',
      etherType: etherTypes.ipv4,
      payload: ipv4({ src: '203.0.113.1', dst: '203.0.113.2', proto: ipProtocols.tcp, payload: new Uint8Array(20) }),
    })
    const { count, lines } = about([frame])
    assert.equal(count, 1)
    assert.match(lines.join('\n'), /^Behind no port, as the policy has it: .* 203\.0\.113\.1 and 203\.0\.113\.2/)
  })

  test('but not what passes wherever it crosses', () => {
    const spanning = ethernet({ src: '02:77:00:00:00:01', dst: '01:80:c2:00:00:00', etherType: 38 })
    assert.deepEqual(about([spanning, linked('plc', 'other', etherTypes.arp, new Uint8Array(28))]), {
      count: 0,
      lines: [],
    })
  })
})

test('urgent data, which an edge that judges commands drops, is told', () => {
  const urgent = segment({ from: 'hmi', to: 'plc', data: '0001 0000 0006 01 03 0064 0002', flags: 0x38, seq: 1000 })
  const { blind } = simulated([...opening('hmi', 'plc'), urgent])
  assert.ok(blind.some((line) => line.startsWith('With urgent data, or data in an opening of TCP: 1 packet.')))
})

describe('what is recorded short or broken', () => {
  test('a packet whose end was not recorded is judged by its headers, and its commands are not read', () => {
    const [record] = recordsOf([read])
    assert.ok(record)
    const { conversations, commands, blind } = simulatedRecords([recordOf(read.subarray(0, 54), record)])
    assert.deepEqual(
      conversations.map(({ outcome }) => outcome.reason),
      ['permitted'],
    )
    assert.deepEqual(commands, [])
    assert.ok(blind.some((line) => line.startsWith('Cut short by the recording: 1 packet,')))
  })

  test('one whose ports were not recorded is said not to be judged', () => {
    const [record] = recordsOf([read])
    assert.ok(record)
    const { packets } = simulatedRecords([recordOf(read.subarray(0, 36), record)])
    assert.deepEqual(packets.skipped, [{ why: 'cut short by the recording before its ports', packets: 1 }])
    assert.equal(packets.judged, 0)
  })

  test('one that states more than the frame holds is dropped by a bridge, whatever the policy', () => {
    const { packets } = simulated([read.subarray(0, 54)])
    assert.equal(packets.judged, 0)
    assert.match(packets.skipped[0]?.why ?? '', /malformed, which a bridge drops/)
  })

  test('any bytes are taken without failing', () => {
    const noise = Array.from({ length: 600 }, (_, index) =>
      Uint8Array.from({ length: index % 90 }, (__, at) => (index * 31 + at * 17 + (index ^ at)) & 255),
    )
    const spoilt = Array.from({ length: read.length * 3 }, (_, index) => {
      const bytes = read.slice()
      bytes[index % read.length] = (index * 73) & 255
      return bytes
    })
    const { packets } = simulated([...noise, ...spoilt, denied])
    const away = Object.values(packets.notCrossing).reduce((sum, count) => sum + count, 0)
    const skipped = packets.skipped.reduce((sum, { packets: count }) => sum + count, 0)
    assert.equal(packets.read, 600 + read.length * 3 + 1)
    assert.equal(packets.judged + away + skipped, packets.read)
  })

  test('a link type that is not read is said', () => {
    const { packets } = simulated([denied], policyOf(), { linkType: 147 })
    assert.deepEqual(packets.skipped, [{ why: 'link type 147 is not read', packets: 1 }])
  })
})

describe('how far a recording goes', () => {
  const frames = [denied, read, segment({ from: 'hmi', to: 'plc', dport: 22, flags: syn })]

  test('a minute says nothing about a day', () => {
    const { recorded, zones } = simulated(frames, policyOf(), { every: 30 })
    assert.equal(recorded.seconds, 60)
    assert.equal(recorded.text, '60 s recorded, too short to say anything about a day')
    assert.deepEqual(zones, [
      { zone: 'office', packets: 0, conversations: 0, commands: 0 },
      { zone: 'line', packets: 2, conversations: 1, commands: 0 },
    ])
  })

  test('an hour is extrapolated, and that is said', () => {
    const { recorded, zones } = simulated(frames, policyOf(), { every: 1800 })
    assert.equal(recorded.text, '60 min recorded; figures per day are extrapolated from it')
    assert.deepEqual(zones[1]?.perDay, { packets: 48, commands: 0 })
  })

  test('strangers raise no false alarm', () => {
    const { zones } = simulated([segment({ from: 'stranger', to: 'plc', dport: 22, flags: syn })])
    assert.ok(zones.every(({ packets }) => packets === 0))
  })

  test('a silence of hours between two recordings is no time that was recorded', () => {
    const policy = policyOf()
    const simulation = new Simulation([policy.plan])
    for (const [name, start] of [
      ['a', noon],
      ['b', noon + 80_000],
    ] as const) {
      simulation.begin(name)
      for (const record of recordsOf(frames, { start, every: 5 })) simulation.record(record)
      simulation.end([{ at: 100, length: 7, why: 'cut-short' }])
    }
    simulation.finish()
    const { recorded, recordings, blind } = resultOf(simulation, [policy, undefined], 'as-written')
    assert.equal(recorded.seconds, 20)
    assert.ok(blind.some((line) => line.startsWith('Between recordings: 1 gap.')))
    assert.deepEqual(recordings[1]?.skipped, [{ why: 'the file ends in the middle of it', at: 100, bytes: 7 }])
  })

  test('beginnings that were not seen, conduits and windows that nothing used are told', () => {
    const { blind, unused } = simulated([read])
    assert.deepEqual(unused, ['record', 'night-web'])
    assert.ok(blind.includes('Nothing in it used 2 conduits: record, night-web.'))
    assert.ok(blind.includes('The time window nights never opened in it.'))
    assert.ok(blind.some((line) => line.startsWith('Begun before the recording: 1 TCP conversation.')))
  })
})

describe('what is too much', () => {
  test('services of one pair are told apart up to a number, then together', () => {
    const scan = Array.from({ length: 1000 }, (_, index) =>
      segment({ from: 'hmi', to: 'plc', dport: 1024 + index, flags: syn }),
    )
    const { conversations } = simulated(scan)
    assert.equal(conversations.length, 129)
    const together = conversations.find(({ folded }) => folded)
    assert.deepEqual([together?.service, together?.packets[0], together?.outcome.denied], ['many services', 872, 872])
  })

  test('a flood of forged sources is counted to the packet', () => {
    const count = 3000
    const ends = { src: '100.64.0.0', dst: addresses.plc }
    const frame = ethernet({
      src: macs.stranger,
      dst: macs.plc,
      etherType: etherTypes.ipv4,
      payload: ipv4({ ...ends, proto: ipProtocols.tcp, payload: tcp(ends, { sport: 40_000, dport: 22 }) }),
    })
    const flood = Array.from({ length: count }, (_, index) => {
      const bytes = frame.slice()
      // The ends of the source's Ethernet and IP address.
      bytes.set([index >> 8, index & 255], 10)
      bytes.set([index >> 8, index & 255], 28)
      return bytes
    })
    const { summary, packets, conversations } = simulated(flood, policyOf(), { every: 0 })
    assert.deepEqual([packets.judged, summary.contained, conversations.length], [count, count, count])
    assert.ok(conversations.every(({ outcome }) => outcome.denied === 1))
  })

  test('conversations beyond what is told apart are in one row', () => {
    const all = new Conversations(1, () => false)
    for (let index = 0; index < 20_500; index++)
      all.of(
        {
          in: 'plant',
          out: 'cell',
          srcMac: macs.hmi,
          dstMac: macs.plc,
          etherType: etherTypes.ipv4,
          ip: { family: 4, src: `100.64.${index >> 8}.${index & 255}`, dst: addresses.plc, proto: 1, icmpType: 8 },
        },
        0,
        'out-of-scope',
      )
    assert.equal([...all.all].length, 20_001)
  })

  test('a set holds what the kernel holds, for as long as it does', () => {
    const set = new Remembered(2)
    assert.deepEqual(
      [set.keep('a', 10), set.keep('b', 20), set.keep('c', 30), set.keep('a', 40)],
      [true, true, false, false],
    )
    assert.equal(set.expire(20), 40)
    assert.deepEqual([set.has('a'), set.has('b'), set.size, [...new Set(set)]], [true, false, 1, []])
  })
})

test('a frame of two ends that only a learnt address tells apart is placed by it', () => {
  const { conversations, packets } = simulated([
    ...opening('historian', 'other'),
    linked('historian', 'other', 0x8892, new Uint8Array(40)),
  ])
  assert.equal(packets.judged, 4)
  assert.deepEqual(
    conversations.map(({ service, outcome }) => [service, outcome.reason]),
    [
      ['profinet', 'layer2-refused'],
      ['tcp/502', 'permitted'],
    ],
  )
})
