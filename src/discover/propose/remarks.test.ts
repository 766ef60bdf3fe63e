import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import type { Conversation, Observed, Sign } from '../model.ts'
import { addresses, conversationOf, evidence, observedOf, start } from '../plant.ts'
import { ends, parts, plant, proposed } from './line.ts'
import { inventoryFrom } from './plant.ts'
import { propose } from './propose.ts'

const span = { first: start, last: start + 1 }
const edge: Partial<Observed> = {
  captures: [{ ...span, name: 'edge:line/e1', digest: 'edge', packets: 9, bytes: 0, skipped: [] }],
}
const { protocol: _protocol, rhythm: _rhythm, ...plain } = conversationOf({ commands: [] })
const recorded = (more: Partial<Conversation> = {}): Conversation => ({
  ...plain,
  packets: [9, 0],
  bytes: [0, 0],
  opened: 9,
  accepted: 0,
  evidence: { capture: 'edge:line/e1', packet: 0, at: start },
  ...more,
})
const there = conversationOf({ packets: [50, 0], bytes: [4000, 0], commands: [], accepted: 0 })
const silent = inventoryFrom(parts.map((part) => (part.kind === 'plc' ? { ...part, more: { silent: true } } : part)))
const told = { vlan: 0, address: addresses.hmi, name: 'hmi-1' }
const known = inventoryFrom(
  parts.map((part) => (part.kind === 'plc' ? { ...part, more: { silent: true } } : { ...part, more: { told } })),
)
const sign: Sign = {
  kind: 'scan',
  techniques: ['T0846'],
  vlan: 0,
  source: addresses.hmi,
  targets: [],
  conversations: ['f1'],
  commands: [],
  text: 'somebody tried everybody',
  confidence: 0.9,
  ...span,
  evidence,
}
const only = inventoryFrom(parts.filter(({ id }) => id === 'hmi-1' || id === 'plc-a'))

const faults: readonly (readonly [name: string, of: () => unknown, message: RegExp, advice: RegExp])[] = [
  [
    'nobody spoke',
    () => propose(observedOf({ conversations: [] }), inventoryFrom([]), []),
    /no device with an IP address spoke/,
    /IP traffic/,
  ],
  [
    'one direction alone was recorded',
    () => propose(observedOf({ conversations: [there, { ...there, id: 'f2', client: addresses.ews }] }), silent, []),
    /nothing that was asked was answered/,
    /Mirror both directions/,
  ],
  [
    'an edge alone recorded who was refused',
    () => propose(observedOf({ ...edge, conversations: [recorded()] }), only, []),
    /records of an edge alone/,
    /discover iface:/,
  ],
  [
    'all of it looks like an attack',
    () => propose(observedOf({ conversations: [conversationOf()] }), only, [{ ...sign, conversations: ['f1'] }]),
    /nothing but what was excluded/,
    /assets set/,
  ],
]

describe('a proposal without anybody in it says why', () => {
  for (const [name, of, message, advice] of faults)
    test(name, () => {
      assert.throws(of, (error) => {
        assert.ok(error instanceof Fault)
        assert.equal(error.code, 'not-found')
        assert.match(error.message, message)
        assert.match(error.advice ?? '', advice)
        return true
      })
    })
})

describe('what the recordings could not show is said', () => {
  test('of records of an edge alone, from which nothing is proposed', () => {
    const udp = { id: 'f2', client: addresses.ews, transport: 'udp', proto: 17, port: 514, opened: 0 } as const
    const proposal = proposed([recorded(), recorded(udp)], { inventory: known, more: edge })
    assert.deepEqual(ends(proposal), [])
    const [remark = ''] = proposal.remarks
    assert.match(remark, /^From records of an edge alone.*listen to the wire/)
    assert.ok(proposal.text.includes(`# ${remark}`))
    assert.ok(proposal.excluded.every(({ text }) => !text.includes('no connection was ever accepted')))
  })

  test('of one direction, where somebody is known', () => {
    const proposal = proposed([there], { inventory: known })
    assert.match(proposal.remarks.join(''), /mirror both directions/)
    assert.deepEqual(Object.keys(proposal.site.assets).toSorted(), ['ews-1', 'hmi-1'])
  })

  test('of packets that were cut short, whose commands are denied', () => {
    const { remarks, text } = proposed([conversationOf({ faults: { 'cut-short': 6 } })])
    assert.match(remarks.join(''), /^6 packets recorded cut short: .*not in the proposal/)
    assert.ok(text.includes('# 6 packets recorded cut short: what they asked for would be denied.'))
  })

  test('of the port of a protocol of which nothing was read, so that all of it is permitted', () => {
    const { protocol: _none, ...unread } = conversationOf({ commands: [] })
    const { remarks, text } = proposed([unread])
    assert.match(remarks.join(''), /^Every command is permitted by 1 conduit, .*\(modbus\)/)
    assert.ok(text.includes('# No command of modbus could be judged: all of them are permitted.'))
    assert.deepEqual(proposed([{ ...unread, port: 8080 }]).remarks, [])
  })

  test('of nothing, where something is permitted, also beside what an edge recorded', () => {
    const mixed = proposed([conversationOf(), recorded({ id: 'f2', client: addresses.ews })], { inventory: plant })
    assert.deepEqual([mixed.remarks, ends(mixed)], [[], ['hmi-1 plc-a modbus']])
    const { excluded } = mixed
    assert.deepEqual(
      excluded.map(({ text }) => text),
      ['198.18.2.72 to 198.18.1.10, tcp/502: an edge recorded it, which does not show answers'],
    )
    const heard = recorded({ bytes: [900, 0], transport: 'udp', proto: 17, port: 514, opened: 0 })
    assert.deepEqual(ends(proposed([heard])), ['hmi-1 plc-a udp/514'], 'and the mirror port showed it as well')
  })
})
