import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Sign } from '../model.ts'
import { addresses, commandOf, conversationOf, evidence, start } from '../plant.ts'
import { allowed, ends, proposed, withParts, write } from './line.ts'
import { type Part } from './plant.ts'
import { verify } from './verify.ts'

describe('what a person decides', () => {
  const download = conversationOf({
    id: 'f9',
    client: addresses.ews,
    protocol: 's7comm',
    port: 102,
    commands: [
      commandOf({ id: 'r', protocol: 's7comm', op: 'read-var', spans: { db: [[1, 1]] } }),
      commandOf({ id: 'd', protocol: 's7comm', op: 'request-download', risk: 'program', spans: { block: [[1, 1]] } }),
    ],
  })
  const sign: Sign = {
    kind: 'program-download',
    techniques: ['T0843'],
    vlan: 0,
    source: addresses.ews,
    targets: [addresses.plcA],
    conversations: [],
    commands: ['d'],
    text: 'ews-1 wrote a program',
    confidence: 0.9,
    first: start,
    last: start,
    evidence,
  }

  test('engineering stands in a comment with a window and an end, and is denied', () => {
    const proposal = proposed([download], { signs: [sign], options: { now: Date.parse('2026-03-02T12:00Z') } })
    assert.deepEqual(allowed(proposal), [{ op: 'read-var', db: 1 }])
    assert.deepEqual(
      proposal.decisions.map(({ conduit: { from, to, when, expires } }) => [from, to, when, expires]),
      [['ews-1', 'plc-a', 'maintenance', '2026-05-31']],
    )
    assert.match(proposal.text, /Looks like program-download \(T0843\): ews-1 wrote a program/)
    assert.ok(proposal.site.conduits.every(({ when }) => when === undefined))
  })

  test('without its `#` it is a policy that permits it in the window', () => {
    const { text } = proposed([download], { signs: [sign] })
    const permitted = text
      .split('\n')
      .map((line) => line.replace(/^ {2}# (- id:| {2})/, '  $1'))
      .filter((line) => !/op: request-download, .*expect: deny/.test(line))
      .join('\n')
    const { site, defects } = verify(permitted, start)
    assert.deepEqual(defects, [])
    const conduit = site?.conduits.find(({ when }) => when === 'maintenance')
    assert.deepEqual(conduit?.allow, [{ op: 'request-download', block: 1 }])
  })

  test('a vendor function polled all the time by a master is permitted by its number, and said to be one', () => {
    const poll = (client: string) =>
      conversationOf({
        client,
        protocol: 'enip',
        port: 44_818,
        commands: [
          commandOf({
            protocol: 'enip',
            op: 'unlisted-service',
            risk: 'program',
            spans: { 'service-code': [[82, 82]], class: [[178, 178]] },
          }),
        ],
      })
    const proposal = proposed([poll(addresses.hmi)])
    assert.deepEqual(allowed(proposal), [{ op: 'unlisted-service', 'service-code': 82, class: 178 }])
    assert.match(proposal.text, /TODO: ask the vendor what unlisted-service does here/)
    assert.deepEqual(allowed(proposed([poll(addresses.ews)])), [])
  })
})

test('a function that only its vendor could name comes with whom to ask, and what to do with the answer', () => {
  const rare = commandOf({
    protocol: 'enip',
    op: 'unlisted-service',
    risk: 'program',
    count: 40,
    spans: { 'service-code': [[76, 76]], class: [[114, 114]] },
  })
  const of = (client: string) =>
    proposed([conversationOf(), conversationOf({ id: 'f9', client, protocol: 'enip', port: 44_818, commands: [rare] })])
  const [decision] = of(addresses.hmi).decisions
  assert.match(
    decision?.text ?? '',
    /unlisted-service \(service-code 76, class 114\)\. Ask the vendor whether it only reads/,
  )
  assert.match(decision?.text ?? '', /If so, leave out `when` and `expires` too/)
  const [engineering] = of(addresses.ews).decisions
  assert.ok(engineering !== undefined && !engineering.text.includes('Ask the vendor'))
})

describe('what is excluded', () => {
  const signOf = (more: Partial<Sign>): Sign => ({
    kind: 'scan',
    techniques: ['T0846'],
    vlan: 0,
    source: '198.18.2.99',
    targets: [],
    conversations: [],
    commands: [],
    text: 'somebody tried everybody',
    confidence: 0.9,
    first: start,
    last: start,
    evidence,
    ...more,
  })
  const intruder: Part = { id: 'intruder', ips: ['198.18.2.99'], kind: 'other', level: 2 }

  test('a conversation that a sign names, with a device that has no other', () => {
    const proposal = proposed([conversationOf(), conversationOf({ id: 'f9', client: '198.18.2.99' })], {
      inventory: withParts(intruder),
      signs: [signOf({ conversations: ['f9'] })],
    })
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a modbus'])
    assert.ok(!Object.hasOwn(proposal.site.assets, 'intruder'))
    assert.deepEqual(
      proposal.excluded.map(({ sign, techniques }) => [sign, techniques]),
      [['scan', ['T0846']]],
    )
    assert.match(proposal.text, /# - scan: somebody tried everybody/)
  })

  test('whom a person told of is an asset all the same, as far as it was seen', () => {
    const told = { vlan: 0, address: '198.18.2.99' }
    const assetsWith = (more: Part['more']) =>
      Object.keys(
        proposed([conversationOf(), conversationOf({ id: 'f9', client: '198.18.2.99' })], {
          inventory: withParts({ ...intruder, more: more ?? {} }),
          signs: [signOf({ conversations: ['f9'] })],
        }).site.assets,
      )
    for (const said of [{ name: 'intruder' }, { kind: 'engineering' as const }, { owner: 'line-1' }])
      assert.ok(assetsWith({ told: { ...told, ...said } }).includes('intruder'), JSON.stringify(said))
    assert.ok(!assetsWith({ told: { ...told, note: 'who is it?' } }).includes('intruder'))
    assert.ok(!assetsWith({ told: { ...told, name: 'intruder' }, silent: true }).includes('intruder'))
  })

  test('single commands that a sign names, in a conversation that stays', () => {
    const proposal = proposed([conversationOf({ commands: [commandOf({ op: 'read-coils', spans: {} }), write()] })], {
      signs: [signOf({ kind: 'forged-write', source: addresses.hmi, commands: ['w'] })],
    })
    assert.deepEqual(allowed(proposal), ['read-coils'])
  })

  test('connections that nobody accepted, and devices that never spoke', () => {
    const silent: Part = { id: 'ghost', ips: ['198.18.1.77'], kind: 'other', level: 1, more: { silent: true } }
    const proposal = proposed(
      [
        conversationOf(),
        conversationOf({ id: 'f8', port: 80, commands: [], opened: 2, accepted: 0, rejected: 2, packets: [2, 2] }),
        conversationOf({ id: 'f9', server: '198.18.1.77' }),
      ],
      { inventory: withParts(silent) },
    )
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a modbus'])
    assert.deepEqual(
      proposal.excluded.map(({ why, conversations }) => [why, ...conversations]),
      [
        ['unanswered', 'f8'],
        ['unknown-device', 'f9'],
      ],
    )
    assert.ok(!Object.hasOwn(proposal.site.assets, 'ghost'))
  })

  test('everything but reads towards a safety system', () => {
    const safety: Part = { id: 'sis-1', ips: ['198.18.1.50'], kind: 'sis', level: 1 }
    const proposal = proposed(
      [conversationOf({ server: '198.18.1.50', commands: [commandOf({ op: 'read-coils', spans: {} }), write()] })],
      { inventory: withParts(safety) },
    )
    assert.deepEqual(allowed(proposal), ['read-coils'])
    assert.deepEqual(
      proposal.excluded.map(({ why, commands }) => [why, ...commands]),
      [['safety', 'w']],
    )
  })
})
