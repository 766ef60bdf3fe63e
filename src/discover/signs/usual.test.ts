import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from '../model.ts'
import { Outermost } from '../observe/outermost.ts'
import { commandOf } from '../plant.ts'
import { usualOf, type Usual } from './usual.ts'

const written = (values: readonly number[], more: Partial<Command> = {}): Command => {
  const [lowest, highest] = [new Outermost(1), new Outermost(-1)]
  for (const value of values) {
    lowest.take(value)
    highest.take(value)
  }
  return commandOf({
    op: 'write-single-register',
    risk: 'write',
    count: values.length,
    values: [Math.min(...values), Math.max(...values)],
    lowest: lowest.all,
    highest: highest.all,
    ...more,
  })
}

/** 200 to 260 and back. */
const ramp = Array.from({ length: 60 }, (_, n) => 200 + ((n * 7) % 61))
const usual = [200, 260] as const

const rows: readonly (readonly [name: string, command: Command, found?: Usual])[] = [
  ['a range alone has no strangers', written(ramp)],
  ['one far above', written([...ramp, 31_000]), { usual, strange: [31_000], times: 1 }],
  ['one far below, twice', written([...ramp, -500, -500]), { usual, strange: [-500], times: 2 }],
  ['one at either end', written([...ramp, -500, 31_000]), { usual, strange: [-500, 31_000], times: 2 }],
  ['different ones far from each other', written([...ramp, 900, 31_000]), { usual, strange: [900, 31_000], times: 2 }],
  ['one next to the range', written([...ramp, 300])],
  ['one four times is a habit', written([...ramp, 31_000, 31_000, 31_000, 31_000])],
  ['few writes are no range', written([200, 210, 220, 230, 31_000])],
  [
    'a switch and one other word are no range',
    written([...Array<number>(30).fill(0), ...Array<number>(30).fill(1), 128]),
  ],
  ['a set-point that is changed once is none', written([...Array<number>(60).fill(50), 80])],
  ['of many objects together nothing is known', written([...ramp, 31_000], { folded: true })],
]

describe('what is usually written to one place:', () => {
  for (const [name, command, found] of rows) test(name, () => assert.deepEqual(usualOf(command), found))
})
