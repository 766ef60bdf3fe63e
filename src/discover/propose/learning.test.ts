/** A proposal learned from a part of normal traffic, against the rest of it; and how long proposals of large plants take. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRegular } from '../signs/sign.ts'
import { signsOf } from '../signs/signs.ts'
import type { Command, Conversation, Observed } from '../model.ts'
import { conversationOf, observedOf, start } from '../plant.ts'
import { asker } from './asking.ts'
import { inventoryOfObserved } from './plant.ts'
import { propose } from './propose.ts'
import { randomFrom } from './random-plant.ts'
import { processorMs } from '../../../test/fixtures/processor.ts'

interface Message {
  readonly at: number
  readonly client: string
  readonly server: string
  readonly op: 'read-holding-registers' | 'read-coils' | 'write-single-register' | 'write-single-coil'
  readonly low: number
  readonly high: number
  readonly value?: number
}

const hour = 3_600_000
const isLong = process.env['BULKHEAD_TEST'] === 'long'

/** Polls every second, set-points between two limits, and an operator's switch now and then, between three panels and four controllers. */
const shift = (seed: number): readonly Message[] => {
  const random = randomFrom(seed)
  const messages: Message[] = []
  for (const client of ['198.18.2.70', '198.18.2.71', '198.18.2.72'])
    for (const server of ['198.18.1.10', '198.18.1.11', '198.18.1.12', '198.18.1.13']) {
      for (let at = start; at < start + hour; at += 1000 + random(40)) {
        const pair = { at, client, server }
        messages.push({ ...pair, op: 'read-holding-registers', low: 100, high: 149 })
        if (random(3) === 0) messages.push({ ...pair, op: 'read-coils', low: random(8), high: 8 + random(8) })
        if (random(60) === 0) {
          messages.push({ ...pair, op: 'write-single-register', low: 10, high: 10, value: 100 + random(400) })
        }
        if (random(300) === 0) messages.push({ ...pair, op: 'write-single-coil', low: 3, high: 3, value: random(2) })
      }
    }
  return messages.toSorted((a, b) => a.at - b.at)
}

const objects = {
  'read-holding-registers': 'registers',
  'read-coils': 'coils',
  'write-single-register': 'registers',
  'write-single-coil': 'coils',
} as const

const commandFrom = (id: string, same: readonly Message[]): Command => {
  const [first] = same
  assert.ok(first !== undefined)
  const values = same.flatMap(({ value }) => value ?? [])
  const gaps = same.slice(1).map(({ at }, i) => at - (same[i]?.at ?? at))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length)
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / Math.max(1, gaps.length)
  const steps = values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? value)))
  return {
    id,
    protocol: 'modbus',
    op: first.op,
    risk: first.op.startsWith('read') ? 'read' : 'write',
    from: 'client',
    count: same.length,
    answered: same.length,
    refused: 0,
    spans: { unit: [[1, 1]], [objects[first.op]]: [[first.low, first.high]] },
    texts: {},
    ...(values.length === 0 ? {} : { values: [Math.min(...values), Math.max(...values)] }),
    ...(steps.length === 0 ? {} : { step: Math.max(...steps) }),
    unreadable: false,
    folded: false,
    rhythm: { count: gaps.length, meanMs: mean, deviationMs: Math.sqrt(variance) },
    first: first.at,
    last: same.at(-1)?.at ?? first.at,
    evidence: { capture: 'shift.pcap', packet: 1, at: first.at },
  }
}

/** As the state sums messages up: one row for each object of each op. */
const observedFrom = (messages: readonly Message[]): Observed => {
  let id = 0
  const conversations = [...Map.groupBy(messages, ({ client, server }) => `${client} ${server}`).values()].map(
    (all, n): Conversation =>
      conversationOf({
        id: `f${n}`,
        client: all[0]?.client ?? '',
        server: all[0]?.server ?? '',
        clientMacs: [],
        serverMacs: [],
        first: all[0]?.at ?? 0,
        last: all.at(-1)?.at ?? 0,
        commands: [...Map.groupBy(all, ({ op, low, high }) => `${op} ${low} ${high}`).values()].map((same) =>
          commandFrom(`c${id++}`, same),
        ),
      }),
  )
  return observedOf({ conversations, bindings: [] })
}

test('of normal traffic at most one message of a thousand is denied by what was learned from its first 60 %', () => {
  for (const seed of isLong ? [1, 2, 3, 4, 5] : [1, 2]) {
    const messages = shift(seed)
    const learned = Math.floor(messages.length * 0.6)
    const observed = observedFrom(messages.slice(0, learned))
    const inventory = inventoryOfObserved(observed)
    const signs = signsOf(observed, inventory)
    assert.deepEqual(signs, [], 'normal traffic shows no sign of attack')
    const proposal = propose(observed, inventory, signs)
    assert.deepEqual(proposal.defects, [])
    const ask = asker(proposal.site, start)
    const rest = Map.groupBy(messages.slice(learned), (each) => JSON.stringify({ ...each, at: 0 }))
    let [denied, all] = [0, 0]
    for (const same of rest.values()) {
      const [one] = same
      if (one === undefined) continue
      all += same.length
      const { client, server, op, low, high, value } = one
      const place = Array.from({ length: high - low + 1 }, (_, i) => low + i)
      const fields = { unit: 1, [objects[op]]: place, ...(value === undefined ? {} : { values: value }) }
      if (ask(client, server, 'modbus', op, fields) !== 'permit') denied += same.length
    }
    assert.ok(all > 10_000)
    assert.ok(denied <= all * 0.001, `seed ${seed}: ${denied} of ${all} denied\n${proposal.text}`)
  }
})

test('an attack in the same capture is not in the proposal', () => {
  const normal = observedFrom(shift(6))
  const late = { first: start + hour / 2, last: start + hour / 2 + 60_000 }
  const intruder = '198.18.2.99'
  const write = {
    ...commandFrom('w', [
      { at: late.first, client: intruder, server: '198.18.1.10', op: 'write-single-coil', low: 0, high: 0, value: 1 },
    ]),
    count: 5,
  }
  const attack = [
    conversationOf({ ...late, id: 'x1', client: intruder, server: '198.18.1.10', commands: [write] }),
    ...Array.from({ length: 30 }, (_, n) =>
      conversationOf({
        ...late,
        id: `x2-${n}`,
        client: intruder,
        server: `198.18.1.${100 + n}`,
        commands: [],
        packets: [1, 0],
        accepted: 0,
      }),
    ),
  ]
  const observed = observedOf({ conversations: [...normal.conversations, ...attack], bindings: [] })
  const inventory = inventoryOfObserved(observed)
  const signs = signsOf(observed, inventory)
  assert.deepEqual(
    signs.map(({ kind, source }) => [kind, source]),
    [
      ['scan', intruder],
      ['new-master', intruder],
    ],
  )
  const proposal = propose(observed, inventory, signs)
  assert.deepEqual(proposal.defects, [])
  assert.ok(!proposal.text.includes(`[${intruder}]`), 'the intruder is no asset')
  const ask = asker(proposal.site, start)
  assert.equal(ask(intruder, '198.18.1.10', 'modbus', 'write-single-coil', { unit: 1, coils: 0, values: 1 }), 'deny')
  assert.equal(
    ask('198.18.2.70', '198.18.1.10', 'modbus', 'write-single-coil', { unit: 1, coils: 3, values: 1 }),
    'permit',
  )
})

test('the generator makes polls that are regular, so that the tests above mean something', () => {
  const { conversations } = observedFrom(shift(1))
  assert.equal(conversations.length, 12)
  for (const { commands } of conversations)
    assert.ok(commands.some(({ op, rhythm }) => op === 'read-holding-registers' && isRegular(rhythm)))
})

const many = isLong ? 6000 : 600
test(`a plant of ${many} conversations is proposed for in seconds`, () => {
  const random = randomFrom(11)
  const conversations = Array.from({ length: many }, (_, n): Conversation => {
    const server = `198.18.1.${1 + (n % 250)}`
    const client = `198.${18 + (n % 2)}.${2 + (n % 12)}.${1 + random(250)}`
    return conversationOf({
      id: `f${n}`,
      client,
      server,
      clientMacs: [],
      serverMacs: [],
      port: 502,
      commands: [
        commandFrom(`c${n}`, [
          { at: start, client, server, op: 'read-holding-registers', low: 10 * (n % 7), high: 10 * (n % 7) + 9 },
        ]),
      ],
    })
  })
  const unique = [...new Map(conversations.map((each) => [`${each.client} ${each.server}`, each])).values()]
  const observed = observedOf({ conversations: unique, bindings: [] })
  const inventory = inventoryOfObserved(observed)
  const begun = processorMs()
  const proposal = propose(observed, inventory, signsOf(observed, inventory))
  assert.deepEqual(proposal.defects, [])
  const seconds = (processorMs() - begun) / 1000
  assert.ok(seconds < 60, `${seconds.toFixed(1)} s`)
})
