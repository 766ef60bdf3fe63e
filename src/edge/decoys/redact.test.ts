import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { personas } from '#protocols/personas/index.ts'
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

const Form = z.object({ login: z.object({ kind: z.literal('form'), user: z.string(), password: z.string() }) })

describe('a recording of a persona’s own form', () => {
  for (const { id, services } of Object.values(personas)) {
    const forms = services.flatMap(({ profile }) => Form.safeParse(profile).data?.login ?? [])
    for (const { user, password } of forms.slice(0, 1))
      it(`at a ${id} holds no password`, () => {
        const [left = ''] = run([[0, `${user}=ann&${password}=x%21%zz+y&a=1`]], [])
        assert.equal(left, `${user}=ann&${password}=${'*'.repeat(9)}&a=1`)
      })
  }
})

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
      'holds none of a form that writes more characters in hexadecimal than must be',
      [[0, 'Login=ann&Password=Summer%21%282024%29%7e&x=1']],
      [{ user: 'ann', password: 'Summer!(2024)~' }],
      [`Login=ann&Password=${'*'.repeat(22)}&x=1`],
    ],
    [
      'holds none of a form in characters that are no UTF-8',
      [[0, 'password=M%FCller1']],
      [{ user: 'ann', password: 'M\ufffdller1' }],
      [`password=${'*'.repeat(9)}`],
    ],
    [
      'holds none that is longer than what is looked at',
      [[0, `password=${'p'.repeat(200)}&x=1`]],
      [{ user: 'ann', password: 'p'.repeat(128) }],
      [`password=${'*'.repeat(200)}&x=1`],
    ],
    [
      'holds none of a form that was never complete',
      [
        [0, 'user=ann&pass'],
        [0, 'word=hunt'],
      ],
      [],
      ['user=ann&pass', 'word=****'],
    ],
    [
      'holds none of JSON',
      [[0, '{"user":"ann","passwd": "a\\"b c"}']],
      [],
      [`{"user":"ann","passwd": ${'*'.repeat(9)}`],
    ],
    [
      'holds none of FTP that came out of turn',
      [[0, 'NOOP\r\n pass top secret&more\r\nQUIT']],
      [],
      [`NOOP\r\n pass ${'*'.repeat(15)}\r\nQUIT`],
    ],
    [
      'holds no proof of HTTP, of whatever kind, nor one that was never complete',
      [
        [
          0,
          'GET / HTTP/1.1\r\nauthorization: Bearer abc.def\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nAuthorization: Basic YW5uOn',
        ],
      ],
      [],
      [
        `GET / HTTP/1.1\r\nauthorization: ${'*'.repeat(14)}\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nAuthorization: ${'*'.repeat(12)}`,
      ],
    ],
    [
      'keeps what the decoy says of passwords',
      [[1, 'Password: \r\nPASS is wanted']],
      [],
      ['Password: \r\nPASS is wanted'],
    ],
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
