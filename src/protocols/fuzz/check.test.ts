/** The checks themselves: a codec that breaks a promise is found out. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import { modbusCodec } from '../modbus/modbus.ts'
import { parseCase } from './case.ts'
import { check } from './check.ts'
import { shrink } from './shrink.ts'

const modbus: Codec = modbusCodec
const parse = modbus.parse.bind(modbus)
const request = '000100000006010300640001'
const rows: readonly (readonly [sentence: string, action: string, broken: Partial<Codec>, promise: RegExp])[] = [
  ['throws', 'pass', { parse: () => assert.fail('no') }, /^nothing throws/],
  ['frames more than its longest', 'pass', { longest: 8 }, /^frame gives/],
  [
    'frames by the bytes that happen to be there',
    'pass',
    { frame: (_, at, end) => Math.min(end - at, 12) },
    /^frame of a prefix/,
  ],
  [
    'writes while it reads',
    'pass',
    {
      parse: (bytes, at) => {
        bytes[at] = 9
      },
    },
    /^parse leaves/,
  ],
  [
    'says nothing of a request',
    'pass',
    { parse: (...[, , , , , message]) => (message.role = 'request') },
    /^a request asks/,
  ],
  [
    'invents a command',
    'pass',
    { parse: (...[, , , , , message]) => void message.begin('explode') },
    /^every op is in the vocabulary/,
  ],
  [
    'names what a rule cannot',
    'pass',
    { parse: (...[, , , , , message]) => void message.begin('read-coils').number('tables', 1) },
    /^read-coils has no constraint tables/,
  ],
  [
    'reads on when its steps are used up',
    'pass',
    {
      parse: (...[, , , , , message]) => {
        for (let turn = 0; turn < 100_000; turn++) message.step()
      },
    },
    /^loops end/,
  ],
  [
    'reads behind the unit',
    'pass',
    {
      parse: (bytes, at, end, ...rest) => {
        parse(bytes, at, end, ...rest)
        rest[2].commands[0]?.number('registers', bytes[end] ?? 0)
      },
    },
    /^nothing outside/,
  ],
  ['refuses with half a unit', 'refuse', { refuse: () => 5 }, /^a refusal is one whole unit/],
  ['refuses at too great length', 'refuse', { refuse: () => 2000 }, /^a refusal is no longer/],
  ['neutralises nothing', 'neutralise', { neutralise: () => true }, /^what is neutralised/],
  [
    'neutralises into something shorter',
    'neutralise',
    {
      neutralise: (bytes, at) => {
        bytes[at + 5] = 2
        return true
      },
    },
    /^neutralise keeps the length/,
  ],
  [
    'renumbers in secret',
    'pass',
    {
      renumber: (bytes, at) => {
        bytes[at] = 7
        return false
      },
    },
    /^renumber says/,
  ],
]

describe('a codec is found out that', () => {
  for (const [sentence, action, broken, promise] of rows)
    test(sentence, () => {
      const one = parseCase(`tcp,whole client,${action},${request}`)
      assert.ok(one !== undefined)
      assert.equal(check(modbus, one).problem, undefined)
      assert.match(check({ ...modbus, ...broken }, one).problem?.promise ?? '', promise)
    })
})

test('what broke a promise is made as small as it can be', () => {
  const codec: Codec = {
    ...modbus,
    parse: (bytes, at, end, ...rest) => {
      for (let index = at; index < end; index++) if (bytes[index] === 0x2a) throw new Error('42')
      parse(bytes, at, end, ...rest)
    },
  }
  const one = parseCase(
    `tcp,middle client,pass,${request} client,refuse,0001000000060103002a0001 server,pass,${request}`,
  )
  assert.ok(one !== undefined)
  const promise = check(codec, one).problem?.promise ?? ''
  const { steps } = shrink(codec, one, promise)
  assert.deepEqual(
    steps.map(({ bytes }) => [...bytes]),
    [[0x2a]],
  )
})
