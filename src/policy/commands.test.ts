import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import { Allow } from '#schema/site.ts'
import { initialCommandState, observe, type Command, type CommandState } from './command-state.ts'
import type { CommandReasonId, Judged } from './command-entry.ts'
import { evaluateCommand, evaluateCommands } from './commands.ts'

const { dnp3, enip, iec104, modbus, opcua, s7comm } = vocabularies
/** As the schema reads it. */
const conduit = (allow: readonly unknown[] | undefined): Judged => ({
  id: 'c',
  ...(allow === undefined ? {} : { allow: allow.map((entry) => Allow.parse(entry)) }),
})
const command = (op: string, fields: Command['fields'] = {}, at = 0): Command => ({
  op,
  from: 'hmi',
  to: 'plc',
  at,
  fields,
})
const seen = (...values: readonly (readonly [register: number, value: number])[]): CommandState =>
  values.reduce(
    (state, [register, value]) => observe(state, 'plc', { registers: register }, value),
    initialCommandState,
  )

const write = { op: 'write-single-register' } as const
const rows: {
  name: string
  allow?: readonly unknown[]
  command: Command
  state?: CommandState
  is: CommandReasonId
  entry?: number
}[] = [
  { name: 'a service without a list permits every command', command: command('plc-stop'), is: 'service-permitted' },
  {
    name: 'a risk class permits its commands',
    allow: ['read'],
    command: command('read-coils'),
    is: 'command-permitted',
    entry: 0,
  },
  {
    name: 'a risk class does not permit another’s',
    allow: ['read'],
    command: command('write-single-coil'),
    is: 'command-not-allowed',
  },
  {
    name: 'a command by name',
    allow: ['read', 'write-single-coil'],
    command: command('write-single-coil'),
    is: 'command-permitted',
    entry: 1,
  },
  {
    name: 'a command outside the vocabulary',
    allow: ['read', 'write'],
    command: command('constructor'),
    is: 'command-not-allowed',
  },
  {
    name: 'a register within its ranges',
    allow: [{ ...write, registers: '1-5,100-119' }],
    command: command(write.op, { registers: 119 }),
    is: 'command-permitted',
  },
  {
    name: 'a register just outside',
    allow: [{ ...write, registers: '1-5,100-119' }],
    command: command(write.op, { registers: 120 }),
    is: 'constraint-broken',
  },
  {
    name: 'one of several registers outside',
    allow: [{ op: 'write-multiple-registers', registers: '100-119' }],
    command: command('write-multiple-registers', { registers: [118, 119, 120] }),
    is: 'constraint-broken',
  },
  {
    name: 'a value below its range, with a sign',
    allow: [{ op: 'write-var', values: '-10--1' }],
    command: command('write-var', { values: -11 }),
    is: 'constraint-broken',
  },
  {
    name: 'a constraint on something the command does not tell',
    allow: [{ ...write, registers: 100 }],
    command: command(write.op),
    is: 'constraint-broken',
  },
  {
    name: 'the singular word for a constraint',
    allow: [{ ...write, register: 100 }],
    command: command(write.op, { registers: 100 }),
    is: 'command-permitted',
  },
  {
    name: 'names without regard to case',
    allow: [{ op: 'read-var', area: ['db', 'M'] }],
    command: command('read-var', { area: 'DB' }),
    is: 'command-permitted',
  },
  {
    name: 'a name that is not listed',
    allow: [{ op: 'read-var', area: 'M' }],
    command: command('read-var', { area: 'DB' }),
    is: 'constraint-broken',
  },
  {
    name: 'a small step',
    allow: [{ ...write, step: 50 }],
    command: command(write.op, { registers: 100, values: 350 }),
    state: seen([100, 300]),
    is: 'command-permitted',
  },
  {
    name: 'a step one too large',
    allow: [{ ...write, step: 50 }],
    command: command(write.op, { registers: 100, values: 351 }),
    state: seen([100, 300]),
    is: 'step-too-large',
  },
  {
    name: 'a step down',
    allow: [{ ...write, step: 50 }],
    command: command(write.op, { registers: 100, values: 249 }),
    state: seen([100, 300]),
    is: 'step-too-large',
  },
  {
    name: 'a step with nothing to compare',
    allow: [{ ...write, step: 50 }],
    command: command(write.op, { registers: 101, values: 999 }),
    state: seen([100, 300]),
    is: 'command-permitted',
  },
  {
    name: 'a step of one of several points',
    allow: [{ op: 'write-multiple-registers', step: 5 }],
    command: command('write-multiple-registers', { registers: [1, 2], values: [10, 20] }),
    state: seen([1, 10], [2, 14]),
    is: 'step-too-large',
  },
  {
    name: 'a step seen with its unit',
    allow: [{ ...write, step: 5 }],
    command: command(write.op, { unit: 1, registers: 1, values: 20 }),
    state: observe(initialCommandState, 'plc', { unit: 1, registers: 1 }, 10),
    is: 'step-too-large',
  },
  {
    name: 'a step seen in another unit',
    allow: [{ ...write, step: 5 }],
    command: command(write.op, { unit: 2, registers: 1, values: 20 }),
    state: observe(initialCommandState, 'plc', { unit: 1, registers: 1 }, 10),
    is: 'command-permitted',
  },
  {
    name: 'a step of another kind of point',
    allow: [{ ...write, step: 5 }],
    command: command(write.op, { unit: 1, registers: 1, values: 20 }),
    state: observe(initialCommandState, 'plc', { unit: 1, coils: 1 }, 1),
    is: 'command-permitted',
  },
  {
    name: 'a process in its state',
    allow: [{ ...write, while: { register: 40, equals: 1 } }],
    command: command(write.op),
    state: seen([40, 0], [40, 1]),
    is: 'command-permitted',
  },
  {
    name: 'a process that left its state',
    allow: [{ ...write, while: { register: 40, equals: 1 } }],
    command: command(write.op),
    state: seen([40, 1], [40, 0]),
    is: 'while-false',
  },
  {
    name: 'a process within a range',
    allow: [{ ...write, while: { register: 40, in: '1-3' } }],
    command: command(write.op),
    state: seen([40, 3]),
    is: 'command-permitted',
  },
  {
    name: 'a process never seen',
    allow: [{ ...write, while: { register: 40, equals: 1 } }],
    command: command(write.op),
    state: seen([41, 1]),
    is: 'while-unknown',
  },
  {
    name: 'the process of another device',
    allow: [{ ...write, while: { register: 40, equals: 1 } }],
    command: command(write.op),
    state: observe(initialCommandState, 'other', { registers: 40 }, 1),
    is: 'while-unknown',
  },
  {
    name: 'the entry that came nearest explains',
    allow: ['read', { ...write, registers: 1 }, { ...write, registers: 100, step: 1 }],
    command: command(write.op, { registers: 100, values: 9 }),
    state: seen([100, 1]),
    is: 'step-too-large',
    entry: 2,
  },
]

describe('a command is judged', () => {
  for (const { name, allow, command: asked, state = initialCommandState, is, entry } of rows)
    test(name, () => {
      const vocabulary = Object.hasOwn(s7comm.ops, asked.op) ? s7comm : modbus
      const verdict = evaluateCommand(vocabulary, conduit(allow), asked, state)
      assert.equal(verdict.reason, is, verdict.detail)
      assert.equal(verdict.outcome, is.endsWith('-permitted') ? 'permit' : 'deny')
      if (entry !== undefined) assert.equal(verdict.entry, entry)
      assert.ok(verdict.trace.length > 0)
      if (verdict.outcome === 'deny') assert.equal(verdict.state, state)
    })
})

describe('what was permitted is remembered', () => {
  const stepped = conduit([{ ...write, step: 50 }])
  test('a written value is the next one’s start', () => {
    const first = evaluateCommand(
      modbus,
      stepped,
      command(write.op, { registers: 100, values: 300 }),
      initialCommandState,
    )
    assert.deepEqual(first.events, ['step: no value has been seen yet to compare with'])
    const second = evaluateCommand(modbus, stepped, command(write.op, { registers: 100, values: 340 }), first.state)
    assert.deepEqual([second.outcome, second.events], ['permit', []])
    assert.equal(
      evaluateCommand(modbus, stepped, command(write.op, { registers: 100, values: 300 }), second.state).outcome,
      'permit',
    )
    assert.equal(
      evaluateCommand(modbus, stepped, command(write.op, { registers: 100, values: 280 }), second.state).reason,
      'step-too-large',
    )
  })

  const announced = [
    [dnp3, ['select', 'operate'], { points: 7 }, {}],
    [iec104, ['set-point-scaled', 'set-point-scaled'], { ioa: 7 }, { phase: ['select', 'execute'] }],
  ] as const
  for (const [vocabulary, [ask, act], point, phases] of announced)
    test(`a value that is announced alone is not: select before operate of ${vocabulary.name}`, () => {
      const both = conduit([...new Set([ask, act])].map((op) => ({ op, step: 50 })))
      const [asking = {}, acting = {}] = 'phase' in phases ? phases.phase.map((phase) => ({ phase })) : []
      const at = (op: string, values: number, phase: Command['fields'], state: CommandState) =>
        evaluateCommand(vocabulary, both, command(op, { ...point, values, ...phase }), state)
      let { state } = at(act, 300, acting, initialCommandState)
      for (const value of [340, 345]) {
        const selected = at(ask, value, asking, state)
        assert.equal(selected.outcome, 'permit')
        ;({ state } = selected)
      }
      assert.equal(at(ask, 380, asking, state).reason, 'step-too-large')
      assert.equal(at(act, 380, acting, state).reason, 'step-too-large')
      assert.equal(at(act, 345, acting, state).outcome, 'permit')
    })

  const samePlace: readonly {
    name: string
    vocabulary: Vocabulary
    op: string
    seen: Command['fields']
    written: Command['fields']
    is: CommandReasonId
  }[] = [
    {
      name: 'a tag in another case',
      vocabulary: enip,
      op: 'write-tag',
      seen: { tags: 'Program:Main.Level', values: 300 },
      written: { tags: 'PROGRAM:MAIN.LEVEL', values: 900 },
      is: 'step-too-large',
    },
    {
      name: 'the second of several elements of a tag',
      vocabulary: enip,
      op: 'write-tag',
      seen: { tags: 'Recipe', values: [300, 300] },
      written: { tags: 'Recipe', values: [300, 900] },
      is: 'step-too-large',
    },
    {
      name: 'an element as one of several',
      vocabulary: enip,
      op: 'write-tag',
      seen: { tags: 'Recipe[4]', values: 300 },
      written: { tags: 'Recipe[3..4]', values: [1, 900] },
      is: 'step-too-large',
    },
    {
      name: 'the first element of an array',
      vocabulary: enip,
      op: 'write-tag',
      seen: { tags: 'Recipe[0..9]', values: [300, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
      written: { tags: 'recipe', values: 900 },
      is: 'step-too-large',
    },
    {
      name: 'an element and its neighbour',
      vocabulary: enip,
      op: 'write-tag',
      seen: { tags: 'Recipe[3..4]', values: [300, 900] },
      written: { tags: 'Recipe[4]', values: 910 },
      is: 'command-permitted',
    },
    {
      name: 'an output in another variation',
      vocabulary: dnp3,
      op: 'direct-operate',
      seen: { objects: 'g41v1', points: 7, values: 300 },
      written: { objects: 'g41v3', points: 7, values: 900 },
      is: 'step-too-large',
    },
    {
      name: 'one of several elements of a node',
      vocabulary: opcua,
      op: 'write',
      seen: { nodes: 'ns=2;s=Recipe', values: [300, 300] },
      written: { nodes: 'ns=2;s=Recipe', values: [300, 900] },
      is: 'step-too-large',
    },
    {
      name: 'two nodes that differ in case',
      vocabulary: opcua,
      op: 'write',
      seen: { nodes: 'ns=2;s=Level', values: 300 },
      written: { nodes: 'ns=2;s=LEVEL', values: 900 },
      is: 'command-permitted',
    },
    {
      name: 'one node in two ways of writing a GUID',
      vocabulary: opcua,
      op: 'write',
      seen: { nodes: 'ns=2;g=09087e75-8e5e-499b-954f-f2a9603db28a', values: 300 },
      written: { nodes: 'ns=2;g=09087E75-8E5E-499B-954F-F2A9603DB28A', values: 900 },
      is: 'step-too-large',
    },
  ]
  for (const { name, vocabulary, op, seen: before, written, is } of samePlace)
    test(`for the place that is meant, however it is named: ${name}`, () => {
      const rule = conduit([{ op, step: 50 }])
      const { state } = evaluateCommand(vocabulary, rule, command(op, before), initialCommandState)
      const verdict = evaluateCommand(vocabulary, rule, command(op, written), state)
      assert.equal(verdict.reason, is, verdict.detail)
    })

  test('so that a condition holds for a tag and an element however they are named', () => {
    const rule = conduit(['read', { op: 'write-tag', while: { tag: 'Modes[2]', equals: 1 } }])
    const read = command('read-tag', { tags: 'MODES[0..3]', values: [0, 0, 1, 0] })
    const { state } = evaluateCommand(enip, rule, read, initialCommandState)
    assert.equal(evaluateCommand(enip, rule, command('write-tag', { tags: 'x' }), state).reason, 'command-permitted')
  })

  test('a denied value is not', () => {
    const denied = evaluateCommand(
      modbus,
      stepped,
      command(write.op, { registers: 100, values: 900 }),
      seen([100, 300]),
    )
    assert.equal(
      evaluateCommand(modbus, stepped, command(write.op, { registers: 100, values: 320 }), denied.state).outcome,
      'permit',
    )
  })

  test('a rate does not count what passed at a time that a clock set back has yet to reach', () => {
    const rated = conduit([{ ...write, rate: '1/h' }])
    const first = evaluateCommand(modbus, rated, command(write.op, {}, 9_000_000), initialCommandState)
    const second = evaluateCommand(modbus, rated, command(write.op, {}, 1_000_000), first.state)
    const third = evaluateCommand(modbus, rated, command(write.op, {}, 1_000_001), second.state)
    assert.deepEqual([second.outcome, third.reason], ['permit', 'rate-exceeded'])
  })

  test('a rate counts what passed within its time, per source and target', () => {
    const rated = conduit([{ ...write, rate: '2/min' }])
    let state = initialCommandState
    const outcomes = [0, 10_000, 20_000, 59_999, 60_000, 60_001, 70_001].map((at) => {
      const verdict = evaluateCommand(modbus, rated, command(write.op, {}, at), state)
      ;({ state } = verdict)
      return verdict.outcome
    })
    assert.deepEqual(outcomes, ['permit', 'permit', 'deny', 'deny', 'permit', 'deny', 'permit'])
    assert.equal(
      evaluateCommand(modbus, rated, { ...command(write.op, {}, 60_002), from: 'other' }, state).outcome,
      'permit',
    )
  })

  test('the given state is never changed', () => {
    const state = seen([100, 300])
    const before = JSON.stringify([...state.points])
    evaluateCommand(modbus, stepped, command(write.op, { registers: 100, values: 310 }), state)
    assert.equal(JSON.stringify([...state.points]), before)
  })
})

describe('conduits add up', () => {
  const reads: Judged = { id: 'reads', allow: ['read'] }
  const writes: Judged = { id: 'writes', allow: [{ ...write, registers: '1-5' }] }
  test('what one of them permits passes', () => {
    const verdict = evaluateCommands(modbus, [reads, writes], command(write.op, { registers: 3 }), initialCommandState)
    assert.deepEqual([verdict.outcome, verdict.conduit], ['permit', 'writes'])
  })
  test('what none permits is explained by the nearest', () => {
    const verdict = evaluateCommands(modbus, [reads, writes], command(write.op, { registers: 9 }), initialCommandState)
    assert.deepEqual([verdict.outcome, verdict.conduit, verdict.reason], ['deny', 'writes', 'constraint-broken'])
  })
  test('and so do entries: what one permits in any case uses up no rate of another, in either order', () => {
    const rated: Judged = { id: 'rated', allow: [{ ...write, rate: '1/min' }] }
    const plain: Judged = { id: 'plain', allow: [{ ...write, registers: '1-5' }] }
    const both = [...(rated.allow ?? []), ...(plain.allow ?? [])]
    for (const conduits of [
      [rated, plain],
      [plain, rated],
      [{ id: 'one', allow: both }],
      [{ id: 'one', allow: both.toReversed() }],
    ]) {
      const first = evaluateCommands(modbus, conduits, command(write.op, { registers: 3 }, 0), initialCommandState)
      const second = evaluateCommands(modbus, conduits, command(write.op, { registers: 9 }, 1), first.state)
      const third = evaluateCommands(modbus, conduits, command(write.op, { registers: 9 }, 2), second.state)
      assert.deepEqual([first.outcome, second.outcome, third.reason], ['permit', 'permit', 'rate-exceeded'])
    }
  })
  test('without any nothing passes', () => {
    assert.equal(evaluateCommands(modbus, [], command('read-coils'), initialCommandState).outcome, 'deny')
  })
})
