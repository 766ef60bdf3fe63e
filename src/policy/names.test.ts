import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Constraint } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import { keeps, type Written } from './constraint.ts'

const tags: Constraint = { kind: 'names', summary: '' }
const { nodes } = vocabularies.opcua.constraints

const rows: readonly {
  name: string
  of?: Constraint | undefined
  written: Written
  in: readonly string[]
  out: readonly string[]
}[] = [
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
  {
    name: 'a string of OPC UA is the node’s in the case that it has',
    of: nodes,
    written: ['ns=2;s=Line1.Level', 'ns=2;s=Recipe.*', 'ns=3;b=M/RbKBsRVkePCePcx24oRA=='],
    in: ['ns=2;s=Line1.Level', 'ns=2;s=Recipe.A', 'ns=3;b=M/RbKBsRVkePCePcx24oRA=='],
    out: ['ns=2;s=Line1.LEVEL', 'ns=2;s=RECIPE.A', 'ns=3;b=m/rbkbsrvkepcepcx24ora=='],
  },
  {
    name: 'a GUID of OPC UA may be written in either case',
    of: nodes,
    written: ['ns=2;g=09087E75-8E5E-499B-954F-F2A9603DB28A', 'ns=4;*'],
    in: ['ns=2;g=09087e75-8e5e-499b-954f-f2a9603db28a', 'ns=4;s=LEVEL', 'ns=4;i=1'],
    out: ['ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a'],
  },
  { name: 'a number may be written for a name', written: [77, '#12'], in: ['77', '#12'], out: ['7', '778'] },
]

for (const { name, of = tags, written, in: within, out } of rows)
  test(name, () => {
    for (const each of within) assert.equal(keeps(of, written, each), true, each)
    for (const each of out) assert.equal(keeps(of, written, each), false, each)
    if (within.length > 1) assert.equal(keeps(of, written, within), true, 'all of a list')
    if (out.length > 0) assert.equal(keeps(of, written, [...within, ...out]), false, 'one of a list')
  })
