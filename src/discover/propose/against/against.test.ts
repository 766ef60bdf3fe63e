import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import type { Conversation, Inventory, Observed, Sign } from '../../model.ts'
import { addresses, commandOf, conversationOf, evidence, macs, observedOf, start } from '../../plant.ts'
import { asker } from '../asking.ts'
import { inventoryFrom, inventoryOfObserved, type Part } from '../plant.ts'
import { propose } from '../propose.ts'
import { randomObserved } from '../random-plant.ts'
import { proposeAgainst, type AgainstProposal } from './against.ts'

const parts: readonly Part[] = [
  { id: 'hmi-x', ips: [addresses.hmi], macs: [macs.hmi], kind: 'hmi', level: 2 },
  { id: 'ews-x', ips: [addresses.ews], macs: [macs.ews], kind: 'engineering', level: 2 },
  { id: 'plc-x', ips: [addresses.plcA], macs: [macs.plcA], kind: 'plc', level: 1 },
  { id: 'plc-y', ips: [addresses.plcB], macs: [macs.plcB], kind: 'plc', level: 1 },
]

const policy = `# Written by hand.
version: 1
site: line
edges:
  e1: { bridge: br0, ports: { up: { zones: [office] }, down: { zones: [line] } } }
zones:
  line: { level: 1, networks: [198.18.1.0/24], mode: enforce } # the line
  office: { level: 2, networks: [198.18.2.0/24], mode: enforce }
assets:
  panel: { ips: [198.18.2.70], macs: ["00:1b:1b:aa:00:70"], zone: office, kind: hmi }
  laptop: { ips: [198.18.2.72], macs: ["00:1b:1b:aa:00:72"], zone: office, kind: engineering }
  filler: { ips: [198.18.1.10], macs: ["00:1b:1b:aa:00:10"], zone: line, kind: plc }
  capper: { ips: [198.18.1.11], macs: ["00:1b:1b:aa:00:11"], zone: line, kind: plc }
groups:
  plcs: { assets: [filler, capper] }
  nights: { times: [{ from: "22:00", to: "05:00" }] }
conduits:
  # The panel sees the filler.
  - id: panel-filler
    from: panel
    to: filler
    service: modbus
    allow:
      - { op: read-holding-registers, unit: 1, registers: 100-119 } # agreed in 2024
    owner: line-1
  - { id: laptop-plcs, from: laptop, to: plcs, service: modbus, allow: [{ op: read-coils, unit: 1 }] }
denies:
  - { id: no-web, from: any, to: line, service: tcp/80 }
`

const added = (
  conversations: readonly Conversation[],
  {
    inventory = inventoryFrom(parts),
    text = policy,
    signs = [],
  }: { inventory?: Inventory; text?: string; signs?: readonly Sign[] } = {},
): AgainstProposal => {
  const proposal = proposeAgainst({ name: 'line.yaml', text }, observedOf({ conversations }), inventory, signs)
  assert.deepEqual(
    proposal.defects.map((defect) => defect.text),
    [],
    proposal.text,
  )
  return proposal
}

/** Lines that a diff adds and takes away. */
const changes = ({ diff }: AgainstProposal) => diff.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line))

const seeds = process.env['BULKHEAD_TEST'] === 'long' ? 25 : 8

const poll = commandOf({ op: 'read-holding-registers', spans: { unit: [[1, 1]], registers: [[100, 119]] } })
const { rhythm: _rhythm, ...once } = commandOf({
  op: 'read-coils',
  count: 2,
  spans: { unit: [[1, 1]], coils: [[0, 3]] },
})

describe('against a policy that somebody wrote', () => {
  test('what it permits changes nothing', () => {
    const proposal = added([conversationOf({ commands: [poll] })])
    assert.equal(proposal.diff, '')
    assert.equal(proposal.text, policy)
    assert.deepEqual(proposal.unused, ['laptop-plcs'])
  })

  test('a range that was left is widened in its place', () => {
    const wider = { ...poll, spans: { unit: [[1, 1] as const], registers: [[110, 130] as const] } }
    const proposal = added([conversationOf({ commands: [wider] })])
    assert.deepEqual(changes(proposal), [
      '-      - { op: read-holding-registers, unit: 1, registers: 100-119 } # agreed in 2024',
      '+      - { op: read-holding-registers, unit: 1, registers: 100-130 } # agreed in 2024',
    ])
    assert.deepEqual(
      proposal.widened.map(({ conduit }) => conduit),
      ['panel-filler'],
    )
  })

  test('a command that is missing is added to the conduit of the pair', () => {
    const proposal = added([conversationOf({ commands: [poll, { ...once, id: 'x' }] })])
    assert.deepEqual(changes(proposal), ['+      - { op: read-coils, unit: 1, coils: 0-3 } # 2 times'])
  })

  test('a conduit of more pairs than were seen is not widened: others would gain by it', () => {
    const write = commandOf({
      id: 'w',
      op: 'write-single-coil',
      risk: 'write',
      count: 2,
      spans: { unit: [[1, 1]], coils: [[1, 1]] },
      values: [0, 1],
    })
    const proposal = added([conversationOf({ client: addresses.ews, commands: [write] })])
    assert.deepEqual(
      proposal.conduits.map(({ conduit: { id, from, to } }) => [id, from, to]),
      [['laptop-to-filler-modbus', 'laptop', 'filler']],
    )
    const ask = asker(proposal.site, start)
    const fields = { unit: 1, coils: 1, values: 1 }
    assert.equal(ask('laptop', 'filler', 'modbus', 'write-single-coil', fields), 'permit')
    assert.equal(ask('laptop', 'capper', 'modbus', 'write-single-coil', fields), 'deny')
  })

  test('a new device gets a name, a zone and a conduit, and nothing else changes', () => {
    const inventory = inventoryFrom([...parts, { id: 'scada', ips: ['198.18.9.5'], kind: 'scada', level: 2 }])
    const proposal = added([conversationOf({ client: '198.18.9.5', commands: [poll] })], { inventory })
    const [ports, zone, asset] = changes(proposal).filter(
      (line) => !/^\+ {4,}|^\+ {2}#|^\+ {2}- /.test(line) && line !== '+',
    )
    assert.match(ports ?? '', /^-.*zones: \[office\]/)
    assert.match(zone ?? '', /^\+.*zones: \[office, supervisory\]|^\+ {2}e1/)
    assert.ok(asset !== undefined)
    assert.equal(proposal.site.assets['scada']?.zone, 'supervisory')
    assert.deepEqual(proposal.site.zones['supervisory']?.networks, ['198.18.9.0/24'])
    assert.deepEqual(
      proposal.conduits.map(({ conduit: { from, to } }) => [from, to]),
      [['scada', 'filler']],
    )
    for (const line of policy.split('\n').filter((text) => !text.includes('e1:')))
      assert.ok(proposal.text.includes(line), line)
  })

  test('what somebody denies stays denied', () => {
    const { protocol: _protocol, ...web } = conversationOf({ port: 80, commands: [] })
    const proposal = added([web])
    assert.equal(proposal.diff, '')
    assert.deepEqual(
      proposal.excluded.map(({ why, text }) => [why, text]),
      [['denied', 'panel to filler, tcp/80: denied by `no-web`']],
    )
  })

  test('what was seen and left out is not said to be unseen', () => {
    const sign: Sign = {
      kind: 'new-master',
      techniques: ['T0836'],
      vlan: 0,
      source: addresses.ews,
      targets: [addresses.plcB],
      conversations: ['f9'],
      commands: [],
      text: 'the laptop read coils',
      confidence: 0.8,
      first: start,
      last: start,
      evidence,
    }
    const read = conversationOf({ id: 'f9', client: addresses.ews, server: addresses.plcB, commands: [once] })
    const polls = conversationOf({ commands: [poll] })
    const without = added([polls], {
      inventory: inventoryFrom(
        parts.map((part) => (part.id === 'ews-x' || part.id === 'plc-y' ? { ...part, more: { silent: true } } : part)),
      ),
    })
    assert.deepEqual(
      [without.unused, without.unheard, without.leftOut, without.onlyExcluded],
      [['laptop-plcs'], ['laptop', 'capper'], [], []],
    )
    const seen = added([polls, read], { signs: [sign] })
    assert.deepEqual([seen.unused, seen.unheard], [[], []])
    assert.deepEqual(seen.leftOut, [{ conduit: 'laptop-plcs', why: 'new-master: the laptop read coils' }])
    assert.deepEqual(seen.onlyExcluded, ['laptop', 'capper'])
    const single = conversationOf({ ...read, commands: [{ ...once, id: 'x' }] })
    const { leftOut, unused } = added([polls, single], { signs: [{ ...sign, conversations: [], commands: ['x'] }] })
    assert.deepEqual([leftOut.map(({ conduit }) => conduit), unused], [['laptop-plcs'], []], 'by one of its commands')
  })

  test('engineering is proposed once, in the window that the policy has', () => {
    const stop = conversationOf({
      client: addresses.ews,
      protocol: 's7comm',
      port: 102,
      commands: [commandOf({ protocol: 's7comm', op: 'plc-stop', risk: 'control', spans: {}, count: 1 })],
    })
    const proposal = added([stop])
    assert.ok(changes(proposal).some((line) => line === '+  #   when: nights'))
    assert.equal(added([stop], { text: proposal.text }).diff, '')
  })

  test('a second time there is nothing to add, whatever was seen', () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const observed: Observed = randomObserved(seed)
      const inventory = inventoryOfObserved(observed)
      const { text } = propose(observed, inventory, [])
      const again = proposeAgainst({ name: 'p.yaml', text }, observed, inventory, [])
      assert.deepEqual(again.defects, [], `seed ${seed}`)
      assert.equal(again.diff, '', `seed ${seed}`)
      const first = proposeAgainst({ name: 'line.yaml', text: policy }, observed, inventory, [])
      assert.deepEqual(first.defects, [], `seed ${seed}\n${first.text}`)
      const second = proposeAgainst({ name: 'line.yaml', text: first.text }, observed, inventory, [])
      assert.equal(second.diff, '', `seed ${seed}`)
    }
  })

  test('the example of the documentation keeps every line it has, but for the port of a new zone', () => {
    const text = readFileSync(new URL('../../../../examples/riverside-bottling.yaml', import.meta.url), 'utf8')
    const proposal = added([conversationOf({ commands: [poll] })], { text })
    const gone = proposal.diff.split('\n').filter((line) => /^-(?!--)/.test(line))
    assert.deepEqual(gone, [])
  })

  const refused = (line: string, conversations: readonly Conversation[]) => {
    try {
      added(conversations, { text: `${policy}tests:\n  - ${line}\n` })
    } catch (error) {
      if (error instanceof Fault) return error
      throw error
    }
    return assert.fail('nothing was refused')
  }

  test('a test that denies what was seen is taken back by who wrote it, and by nobody else', () => {
    const { code, message, details } = refused('{ from: laptop, to: capper, service: tcp/23, expect: deny }', [
      conversationOf({ client: addresses.ews, server: addresses.plcB, port: 23, commands: [] }),
    ])
    assert.deepEqual([code, message], ['policy-tests-failed', 'What was seen contradicts 1 test of line.yaml.'])
    assert.match(
      details.join('\n'),
      /^line\.yaml:30:5: test failed: laptop to capper, tcp\/23: expected deny, got permit/,
    )
  })

  test('a test that failed before is no fault of what was seen', () => {
    const { code, message } = refused('{ from: laptop, to: capper, service: tcp/23, expect: permit }', [
      conversationOf({ commands: [poll] }),
    ])
    assert.deepEqual([code, message], ['policy-tests-failed', '1 failing test in line.yaml, before anything is added.'])
  })

  test('a policy with errors is refused with them', () => {
    assert.throws(
      () => added([conversationOf()], { text: policy.replace('to: filler', 'to: fillr') }),
      (error) => error instanceof Fault && error.code === 'policy-invalid',
    )
  })
})
