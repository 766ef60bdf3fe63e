import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AnyCaptureReader } from '#packet/capture.ts'
import { CaptureRecord } from '#packet/records.ts'
import { ipv4, tcp } from '#packet/build.ts'
import { ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { Program } from '#inspect/program.ts'
import { addresses, planOf } from '#inspect/wire.ts'
import {
  answers,
  asks,
  captureOf,
  ends,
  exchange,
  fragmented,
  framed,
  narrow,
  read,
  shown,
  write,
} from '#inspect/small-captures.ts'
import { Reading, type Summary } from './reading.ts'
import type { Row } from './rows.ts'

const { client, server } = addresses

const inspected = (capture: Uint8Array, plan?: ReturnType<typeof planOf>): { rows: Row[]; summary: Summary } => {
  const rows: Row[] = []
  const reading = new Reading(plan === undefined ? undefined : new Program(plan), (row) => rows.push(row))
  const reader = new AnyCaptureReader()
  reader.push(capture, (record) => reading.record(record))
  return { rows, summary: reading.end(reader.end()) }
}

describe('a capture without a policy', () => {
  test('shows every command with its time, ends, object and values', () => {
    const { rows, summary } = inspected(captureOf(exchange.map((packet) => framed(packet))))
    assert.deepEqual(
      rows.map(({ op, role, fields, values, verdict }) => ({ op, role, fields, values, verdict })),
      [
        {
          op: 'read-holding-registers',
          role: 'request',
          fields: { unit: 1, registers: '100-101', quantity: 2 },
          values: undefined,
          verdict: 'seen',
        },
        {
          op: 'read-holding-registers',
          role: 'response',
          fields: { unit: 1, registers: '100-101' },
          values: [7, 9],
          verdict: 'seen',
        },
        {
          op: 'write-single-register',
          role: 'request',
          fields: { unit: 1, registers: 100 },
          values: [900],
          verdict: 'seen',
        },
      ],
    )
    assert.equal(rows[2]?.time, '2001-09-09T01:46:42.005Z')
    assert.equal(rows[2]?.packet, 3)
    assert.deepEqual([rows[1]?.from, rows[1]?.to], [`${server}:502`, `${client}:40000`])
    assert.equal(summary.messages, 3)
    assert.deepEqual(summary.skipped, [])
  })

  const counted: readonly {
    name: string
    frames: readonly Uint8Array[]
    linkType?: number
    ops: readonly (string | undefined)[]
    skipped?: Summary['skipped']
    elsewhere?: boolean
  }[] = [
    {
      name: 'in a VLAN, or behind two tags, is read alike',
      frames: [framed(asks(read('0001'), 1000), [{ id: 7 }]), framed(asks(read('0002'), 1012), [{ id: 7 }, { id: 9 }])],
      ops: ['read-holding-registers', 'read-holding-registers'],
    },
    { name: 'of raw IP', frames: [asks(read('0001'), 1000)], linkType: 101, ops: ['read-holding-registers'] },
    {
      name: 'of a link that is not read',
      frames: [asks(read('0001'), 1000)],
      linkType: 147,
      ops: [],
      skipped: [{ why: 'link type 147 is not read', packets: 1 }],
    },
    {
      name: 'with packets that were cut short',
      frames: [framed(asks(read('0001'), 1000)).subarray(0, 60)],
      ops: [],
      skipped: [{ why: 'it ends before the length that it states', packets: 1 }],
    },
    {
      name: 'in IP fragments',
      frames: [framed(fragmented('rest')), framed(fragmented('first'))],
      ops: ['read-property'],
    },
    {
      name: 'with a fragment whose others are missing',
      frames: [framed(fragmented('rest'))],
      ops: [],
      skipped: [{ why: 'IP fragments whose others are missing', packets: 1 }],
    },
    {
      name: 'that lost a segment goes on behind the gap',
      frames: [asks(read('0001'), 1000), asks(write('0003'), 1024)].map((packet) => framed(packet)),
      ops: ['read-holding-registers', 'write-single-register'],
    },
    {
      name: 'of another port is known by what is said, from its first message on',
      frames: [
        asks(read('0001'), 1000, 1502),
        answers(shown('0001'), 5000, 1502),
        asks(write('0002'), 1012, 1502),
        answers(write('0002'), 5013, 1502),
      ].map((packet) => framed(packet)),
      ops: ['read-holding-registers', 'read-holding-registers', 'write-single-register', 'write-single-register'],
      elsewhere: true,
    },
    {
      name: 'of another protocol on another port is left alone',
      frames: [asks('16030102000100', 1000, 8443), answers('160303007a020000', 5000, 8443)].map((packet) =>
        framed(packet),
      ),
      ops: [],
    },
  ]
  for (const { name, frames, linkType, ops, skipped = [], elsewhere } of counted)
    test(name, () => {
      const { rows, summary } = inspected(captureOf(frames, linkType))
      assert.deepEqual(
        rows.map(({ op }) => op),
        ops,
      )
      assert.deepEqual(summary.skipped, skipped)
      assert.equal(summary.packets, frames.length)
      if (elsewhere !== undefined) assert.equal(summary.conversations[0]?.elsewhere, elsewhere)
    })
})

describe('a packet whose time no calendar has', () => {
  const always = { when: 'always' }
  const groups = { groups: { always: { times: [{ from: '00:00', to: '24:00' }] } } }
  for (const [name, seconds, time] of [
    ['after the year 9999 is shown at its end', 2 ** 64, '9999-12-31T23:59:59.999Z'],
    ['before 1970 is shown at its beginning', -(2 ** 63), '1970-01-01T00:00:00.000Z'],
  ] as const)
    test(name, () => {
      const rows: Row[] = []
      const reading = new Reading(new Program(planOf({ ...narrow, ...always }, groups)), (row) => rows.push(row))
      const bytes = framed(asks(read('0001'), 1000))
      const source = { number: 1, wireLength: bytes.length, end: bytes.length, linkType: 1 }
      reading.record(Object.assign(new CaptureRecord(), source, { bytes, seconds }))
      assert.deepEqual(
        rows.map((row) => row.time),
        [time],
      )
    })
})

test('another protocol on the port is no command, and noted', () => {
  const opening = tcp(ends, { sport: 40_000, dport: 502, seq: 999, flags: tcpFlags.syn })
  const syn = ipv4({ ...ends, proto: ipProtocols.tcp, payload: opening })
  const { rows, summary } = inspected(captureOf([syn, asks('16030102000100', 1000)].map((packet) => framed(packet))))
  assert.deepEqual(
    rows.map(({ op, verdict, reason }) => ({ op, verdict, reason })),
    [{ op: undefined, verdict: 'noted', reason: 'not-protocol' }],
  )
  assert.deepEqual(summary.conversations[0]?.denied, { 'not-protocol': 1 })
})

test('with a policy a command is denied with conduit, reason and detail, and counted so', () => {
  const { rows, summary } = inspected(captureOf(exchange.map((packet) => framed(packet))), planOf(narrow))
  assert.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['permitted', 'permitted', 'denied'],
  )
  const { conduit, reason, detail } = rows[2] ?? {}
  assert.deepEqual([conduit, reason, detail], ['c', 'constraint-broken', 'values 900 is not within 0-500'])
  assert.deepEqual(summary.conduits, [
    { conduit: 'c', messages: 3, permitted: 2, denied: { 'constraint-broken': 1 }, unsynchronised: 0 },
  ])
  assert.equal(summary.denied, 1)
})
