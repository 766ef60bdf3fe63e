/** Attacks on a plant of which everything is known: none of them is learned, and all that was normal is. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesOf } from '#protocols/reading.ts'
import type { CommandResult, Result } from '../simulate/index.ts'
import { enforcedOn, learn, observedIn } from './learning.ts'
import { attacks } from './our-attacks.ts'
import { hmi, intruder, lineOf, recordingWith } from './our-plant.ts'
import { looseIn } from './tight.ts'
import { speeches } from './speech.ts'
import { permittedAttacks } from './permitted-attacks.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'

const rowKey = ({ client, server, protocol, op, from, object }: CommandResult) =>
  [client, server, protocol, op, from, object].join(' ')

/** How often each command is permitted. To begin and end a session with who may speak is no attack yet. */
const permitted = ({ commands }: Result): Readonly<Record<string, number>> =>
  Object.fromEntries(
    commands
      .filter(({ risk, outcome }) => risk !== 'session' && outcome.permitted > 0)
      .map((row): [string, number] => [rowKey(row), row.outcome.permitted])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )

const quiet = recordingWith(() => {})
const peace = learn(observedIn(quiet, 'quiet'))
const normal = permitted(enforcedOn(peace.proposal, quiet))

describe('a plant that nobody attacks', () => {
  test('shows no sign, and its proposal permits every command of it and nothing else', () => {
    assert.deepEqual(peace.signs, [])
    assert.deepEqual(peace.proposal.decisions, [])
    const { commands, conversations } = enforcedOn(peace.proposal, quiet)
    for (const { op, object, outcome } of commands) assert.equal(outcome.denied, 0, `${op} ${object}`)
    for (const { outcome } of conversations) assert.equal(outcome.denied, 0, outcome.because)
    assert.equal(Object.keys(normal).length, 9)
    assert.deepEqual(looseIn(peace.proposal.site, peace.observed), [])
  })
})

test('a REAL that is infinite is kept as one that cannot be read, and spoils nothing', () => {
  const s7 = speeches.find(({ protocol }) => protocol === 's7comm')
  assert.ok(s7 !== undefined)
  const infinite = bytesOf('03000027 02f080 320100001800000e0008 0501120a10080001000584000050 000700047f800000')
  const records = recordingWith((to, at) => lineOf(to, at, hmi, s7).say(at + 1000, () => [infinite]))
  const all = observedIn(records, 'infinite').conversations.flatMap(({ commands }) => commands)
  assert.deepEqual(
    all.filter(({ unreadable }) => unreadable).map(({ op, values }) => [op, values]),
    [['write-var', undefined]],
  )
})

describe('no attack is learned:', () => {
  for (const [index, { name, strike, signs, forDecision }] of attacks.entries())
    test(name, { skip: !long && index % 2 === 1 && 'with BULKHEAD_TEST=long' }, () => {
      const records = recordingWith(strike)
      const learned = learn(observedIn(records, 'attacked'))
      const { proposal } = learned
      assert.deepEqual(proposal.defects, [])
      for (const { faults } of learned.observed.conversations) assert.deepEqual(faults, {}, 'every message is one')
      const found = learned.signs.map(({ kind, techniques, source }) => [kind, ...techniques, source].join(' '))
      assert.deepEqual([...new Set(found)].toSorted(), [...signs].toSorted())
      const result = enforcedOn(proposal, records)
      assert.deepEqual(permitted(result), normal)
      assert.deepEqual(permittedAttacks(learned, result), [])
      for (const { client, server, service, outcome } of result.conversations)
        if (client === intruder.ip || server === intruder.ip)
          assert.equal(outcome.permitted, 0, `${client} to ${server}, ${service}: ${outcome.permitted} packets`)
      const named = proposal.decisions.some(({ text }) => text.includes(intruder.ip))
      assert.equal(named, forDecision === true)
      if (named) return
      assert.ok(!proposal.text.includes(`ips: [${intruder.ip}`), 'the intruder is no device of the plant')
      assert.ok(!JSON.stringify(proposal.site).includes(intruder.mac), 'its Ethernet address is nobody’s')
    })
})
