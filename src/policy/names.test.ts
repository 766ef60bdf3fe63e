import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Constraint } from '#core/protocol.ts'
import { keeps, type Written } from './constraint.ts'

const tags: Constraint = { kind: 'names', summary: '' }

const rows: readonly { name: string; written: Written; in: readonly string[]; out: readonly string[] }[] = [
  {
    name: 'a name stands for itself, in any case',
    written: 'Program:Main.Level',
    in: ['Program:Main.Level', 'program:main.LEVEL'],
    out: ['Program:Main.Level2', 'Program:Main', ''],
  },
  {
    name: 'a star at the end stands for the rest, also for none',
    written: ['Program:Main.*', 'Speed'],
    in: ['program:Main.Level', 'Program:Main.', 'Program:Main.A.B[3..7]', 'speed'],
    out: ['Program:Maintenance', 'Speed2', 'xProgram:Main.Level'],
  },
  { name: 'a star alone stands for every name', written: '*', in: ['Level', 'a..b', ''], out: [] },
  { name: 'a star elsewhere is a character', written: 'A*B', in: ['a*b'], out: ['AB', 'AxB'] },
  {
    name: 'what a file name begins with is not left again by a way up',
    written: 'reports/*',
    in: ['reports/may.csv', 'reports/a..b', 'reports/..hidden'],
    out: ['reports/../config.bin', 'reports/may/..', 'reports\\x', 'reports/x\\..\\y'],
  },
  { name: 'a number may be written for a name', written: [77, '#12'], in: ['77', '#12'], out: ['7', '778'] },
]

for (const { name, written, in: within, out } of rows)
  test(name, () => {
    for (const each of within) assert.equal(keeps(tags, written, each), true, each)
    for (const each of out) assert.equal(keeps(tags, written, each), false, each)
    if (within.length > 1) assert.equal(keeps(tags, written, within), true, 'all of a list')
    if (out.length > 0) assert.equal(keeps(tags, written, [...within, ...out]), false, 'one of a list')
  })
