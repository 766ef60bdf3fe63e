import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redacted } from './redact.ts'
import type { Secret, Typed } from './secrets.ts'

type Said = readonly (readonly [d: 0 | 1, text: string | Buffer])[]
const run = (said: Said, secrets: Typed): string[] =>
  redacted(
    said.map(([d, text], t) => ({ d, t, b: (typeof text === 'string' ? Buffer.from(text) : text).toString('base64') })),
    secrets,
  ).map(({ b }) => Buffer.from(b, 'base64').toString('latin1'))
const typed: Secret = { user: 'ann', password: 'p w+d' }
const basic = Buffer.from('ann:p w+d').toString('base64')

describe('a recording', () => {
  const rows: readonly [name: string, said: Said, secrets: Typed, left: string[]][] = [
    ['stays as it is where nothing was typed', [[0, 'USER ann']], [], ['USER ann']],
    [
      'holds no password',
      [
        [0, 'PASS p w+d\r\n'],
        [1, '530'],
      ],
      [typed],
      ['PASS *****\r\n', '530'],
    ],
    [
      'holds none that came in pieces',
      [
        [0, 'p '],
        [1, 'x'],
        [0, 'w'],
        [0, '+d\r'],
      ],
      [typed],
      ['**', 'x', '*', '**\r'],
    ],
    ['holds none that was echoed', [[1, 'you said p w+d']], [typed], ['you said *****']],
    ['holds none of a form', [[0, 'pw=p%20w%2Bd&x=1']], [typed], ['pw=*********&x=1']],
    ['holds none of a form with plus signs', [[0, 'pw=p+w%2Bd&x=1']], [typed], ['pw=*******&x=1']],
    ['holds none of a form in small letters', [[0, 'pw=p%20w%2bd']], [typed], ['pw=*********']],
    ['holds none of HTTP Basic', [[0, `Basic ${basic}`]], [typed], [`Basic ${'*'.repeat(basic.length)}`]],
    ['holds none of Windows', [[0, Buffer.from('p w+d', 'utf16le')]], [typed], ['*'.repeat(10)]],
    [
      'holds none of several',
      [[0, 'abc def']],
      [
        { user: '', password: 'abc' },
        { user: '', password: 'def' },
      ],
      ['*** ***'],
    ],
    ['is readable though somebody typed one letter', [[0, 'GET /a']], [{ user: '', password: 'a' }], ['GET /a']],
    [
      'is masked as a whole where too much was typed',
      [
        [0, 'abc'],
        [1, 'no'],
      ],
      'all',
      ['***', '**'],
    ],
  ]
  for (const [name, said, secrets, left] of rows) it(name, () => assert.deepEqual(run(said, secrets), left))
})
