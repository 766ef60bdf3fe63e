import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Vocabulary } from '#core/protocol.ts'
import type { Seen } from '#policy/constraint.ts'
import { constraintsOf, isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Command, Observed } from '../model.ts'
import { start } from '../plant.ts'
import { asker, type Ask } from './asking.ts'
import { inventoryOfObserved } from './plant.ts'
import { propose } from './propose.ts'
import type { Proposal } from './proposal.ts'
import { randomFrom, randomObserved } from './random-plant.ts'
import { isForDecision, isVendorPoll } from './verbs.ts'
import { verify } from './verify.ts'

const seeds = Array.from({ length: process.env['BULKHEAD_TEST'] === 'long' ? 2000 : 30 }, (_, i) => i + 1)

const fieldsAt = ({ spans, texts, values, unreadable }: Command, end: 0 | 1): Readonly<Record<string, Seen>> => ({
  ...Object.fromEntries(Object.entries(spans).map(([name, ranges]) => [name, ranges[0]?.[end] ?? 0])),
  ...Object.fromEntries(Object.entries(texts).map(([name, list]) => [name, [...list]])),
  ...(values === undefined || unreadable ? {} : { values: values[end] }),
})

/** All last as long as their conversation here, and no client is an engineering station. */
const isKept = (command: Command) =>
  isProtocolName(command.protocol) &&
  (!isForDecision(command.protocol, vocabularies[command.protocol], command.op) ||
    isVendorPoll(vocabularies[command.protocol], command, [command], 'hmi'))

const modes = ['observe', 'shadow', 'enforce', 'contain'] as const

interface Setting {
  readonly seed: number
  readonly proposal: Proposal
  readonly observed: Observed
  readonly ask: Ask
}

const settings = seeds.map((seed): Setting => {
  const observed = randomObserved(seed)
  const proposal = propose(observed, inventoryOfObserved(observed), [])
  assert.deepEqual(
    proposal.defects.map(({ text }) => text),
    [],
    `seed ${seed} passes its own checks and tests\n${proposal.text}`,
  )
  return { seed, proposal, observed, ask: asker(proposal.site, start) }
})

test('the tests of a proposal hold in whatever mode its zones are', () => {
  let others = 0
  for (const { seed, proposal } of settings) {
    for (const mode of modes) {
      const { site, defects } = verify(proposal.text.replaceAll('mode: observe', `mode: ${mode}`), start)
      assert.deepEqual(
        defects.map(({ text }) => text),
        [],
        `seed ${seed}, mode ${mode}`,
      )
      for (const zone of Object.values(site?.zones ?? {})) assert.equal(zone.mode, mode)
    }
    others += proposal.site.tests.filter(({ expect, op }) => expect === 'deny' && op === undefined).length
  }
  assert.ok(others > settings.length, 'others than the clients were asked about')
})

/** All that was said with one service between two, in either direction where the protocol lets both ask. */
const saidBetween = ({ observed }: Setting, a: string, b: string, protocol: string): readonly Command[] =>
  observed.conversations
    .filter(({ client, server, protocol: name }) => name === protocol && client === a && server === b)
    .flatMap(({ commands }) => commands)

test('a command that was seen is permitted once the proposal is enforced, at both ends of what it touched', () => {
  let asked = 0
  for (const { seed, observed, ask } of settings)
    for (const { client, server, protocol, commands, id } of observed.conversations) {
      if (protocol === undefined) continue
      const kept = commands.filter(isKept)
      const session = kept.every(({ risk }) => risk === 'session') && kept.length < commands.length
      if (session) continue
      for (const command of kept)
        for (const end of [0, 1] as const) {
          asked++
          assert.equal(
            ask(client, server, protocol, command.op, fieldsAt(command, end)),
            'permit',
            `seed ${seed}, ${id}, ${command.id}: ${command.op}`,
          )
        }
    }
  assert.ok(asked > 500, 'enough was asked to mean something')
})

test('engineering that was seen is denied', () => {
  for (const { seed, observed, ask } of settings)
    for (const { client, server, protocol, commands } of observed.conversations)
      for (const command of commands)
        if (protocol !== undefined && !isKept(command))
          assert.notEqual(
            ask(client, server, protocol, command.op, fieldsAt(command, 0)),
            'permit',
            `seed ${seed}: ${client} to ${server}, ${command.op}`,
          )
})

test('a command that was not seen between two is denied, unless it only keeps a session', () => {
  for (const setting of settings)
    for (const { client, server, protocol } of setting.observed.conversations) {
      if (protocol === undefined || !isProtocolName(protocol)) continue
      const vocabulary: Vocabulary = vocabularies[protocol]
      const seen = new Set(saidBetween(setting, client, server, protocol).map(({ op }) => op))
      for (const [op, { risk }] of Object.entries(vocabulary.ops))
        if (risk !== 'session' && !seen.has(op))
          assert.notEqual(setting.ask(client, server, protocol, op), 'permit', `seed ${setting.seed}: ${op}`)
    }
})

test('a pair, or a service of a pair, that was not seen is denied', () => {
  for (const { seed, observed, ask } of settings) {
    const ends = (end: 'client' | 'server') => [...new Set(observed.conversations.map((each) => each[end]))]
    for (const client of ends('client'))
      for (const server of ends('server'))
        for (const protocol of Object.keys(vocabularies)) {
          const seen = observed.conversations.some(
            (each) => each.client === client && each.server === server && each.protocol === protocol,
          )
          if (!seen)
            assert.notEqual(ask(client, server, protocol), 'permit', `seed ${seed}: ${client} ${server} ${protocol}`)
        }
    assert.notEqual(ask('any', observed.conversations[0]?.server ?? '', 'modbus'), 'permit')
  }
})

test('a number a quarter of all that was seen outside it is denied', () => {
  const random = randomFrom(7)
  let asked = 0
  for (const setting of settings)
    for (const { client, server, protocol } of setting.observed.conversations) {
      if (protocol === undefined || !isProtocolName(protocol)) continue
      const vocabulary: Vocabulary = vocabularies[protocol]
      const said = saidBetween(setting, client, server, protocol).filter(isKept)
      for (const [op, same] of Map.groupBy(said, (command) => command.op)) {
        if (vocabulary.ops[op]?.risk === 'session') continue
        const places = Object.entries(constraintsOf(vocabulary, op) ?? {}).filter(
          ([name, { kind, of }]) => kind === 'ranges' && of === undefined && name !== 'values',
        )
        for (const [name, { max = Number.POSITIVE_INFINITY }] of places) {
          const spans = same.flatMap(({ spans: all }) => all[name] ?? [])
          const [low, high] = [Math.min(...spans.map(([a]) => a)), Math.max(...spans.map(([, b]) => b))]
          const beyond = high + Math.max(1, Math.ceil((high - low + 1) / 4))
          const command = same[random(same.length)]
          if (beyond > max || command === undefined) continue
          asked++
          assert.notEqual(
            setting.ask(client, server, protocol, op, { ...fieldsAt(command, 0), [name]: beyond }),
            'permit',
            `seed ${setting.seed}: ${op} with ${name} ${beyond} of ${low}-${high}`,
          )
        }
        const written = same.flatMap(({ values }) => (values === undefined ? [] : [values]))
        if (written.length < same.length || same.some(({ unreadable }) => unreadable)) continue
        const [low, high] = [Math.min(...written.map(([a]) => a)), Math.max(...written.map(([, b]) => b))]
        for (const command of same)
          assert.notEqual(
            setting.ask(client, server, protocol, op, {
              ...fieldsAt(command, 0),
              values: high + Math.max(1, Math.ceil((high - low) / 4)),
            }),
            'permit',
            `seed ${setting.seed}: ${op} with a value beyond ${low}-${high}`,
          )
      }
    }
  assert.ok(asked > 200, 'enough was asked to mean something')
})

test('the same observations in any order give the same text', () => {
  for (const { seed, observed, proposal } of settings.slice(0, 20)) {
    const turned = { ...observed, conversations: observed.conversations.toReversed() }
    assert.equal(propose(turned, inventoryOfObserved(observed), []).text, proposal.text, `seed ${seed}`)
  }
})
