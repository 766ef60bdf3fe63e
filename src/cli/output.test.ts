import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Output, redrawn, toJson } from './output.ts'

const recorder = (isTTY: boolean) => {
  const written: string[] = []
  return { isTTY, written, write: (text: string) => written.push(text) }
}

const rows = [
  { name: 'plc-fill', hits: 9 },
  { name: 'hmi', hits: 1200 },
]
const columns = [
  { title: 'asset', cell: (row: (typeof rows)[number]) => row.name },
  { title: 'hits', cell: (row: (typeof rows)[number]) => row.hits, right: true },
]

describe('with --json', () => {
  test('standard output carries the value on one line and nothing else', () => {
    const stdout = recorder(true)
    const output = new Output({ json: true, stdout })
    output.say('for people')
    output.result({ ok: true, text: 'a\nb' }, () => 'for people')
    assert.deepEqual(stdout.written, ['{"ok":true,"text":"a\\nb"}\n'])
  })

  test('a second result is a fault of the command', () => {
    const output = new Output({ json: true, stdout: recorder(false) })
    output.result(1, () => '')
    assert.throws(() => output.result(2, () => ''), /two JSON results/)
  })

  test('a stream is one value per line', () => {
    const stdout = recorder(false)
    const output = new Output({ json: true, stdout })
    output.record({ n: 1 }, () => '')
    output.record({ n: 2 }, () => '')
    assert.equal(stdout.written.join(''), '{"n":1}\n{"n":2}\n')
  })

  test('kernel counters are numbers while that is exact, else text', () => {
    assert.equal(toJson({ a: 12n, b: 2n ** 63n }), '{"a":12,"b":"9223372036854775808"}')
  })

  test('warnings go to standard error', () => {
    const [stdout, stderr] = [recorder(false), recorder(false)]
    new Output({ json: true, stdout, stderr }).note('slow')
    assert.deepEqual([stdout.written, stderr.written], [[], ['slow\n']])
  })
})

describe('for people', () => {
  test('a table aligns its columns and numbers to the right', () => {
    const output = new Output({ json: false, stdout: recorder(false) })
    assert.equal(output.table(rows, columns), 'asset     hits\nplc-fill     9\nhmi       1200')
  })

  test('a table stays one, whatever others called themselves', () => {
    const output = new Output({ json: false, stdout: recorder(false) })
    const named = [
      { name: '灌装机', hits: 1 },
      { name: 'a\nplc-fill   999', hits: 2 },
      { name: '\u202Eabc\u001B[8m', hits: 3 },
      { name: '🏭', hits: 4 },
    ]
    assert.deepEqual(output.table(named, columns).split('\n'), [
      'asset             hits',
      '灌装机               1',
      'a·plc-fill   999     2',
      '·abc·[8m             3',
      '🏭                   4',
    ])
  })

  test('a terminal gets the colours of the command, and nothing else that steers it', () => {
    const stdout = recorder(true)
    const said = '\u001B[1m\u001B[31mred\u001B[39m\u001B[22m \u001B[8mhidden\u001B[2J\u001B]0;title\u0007\r\u202E'
    new Output({ json: false, stdout }).say(said)
    assert.equal(stdout.written.join(''), '\u001B[1m\u001B[31mred\u001B[39m\u001B[22m ·[8mhidden·[2J·]0;title···\n')
  })

  test('a file gets the text as it is', () => {
    const stdout = recorder(false)
    new Output({ json: false, stdout }).result(1, () => 'a: "\u200B"\r\n')
    assert.equal(stdout.written.join(''), 'a: "\u200B"\r\n')
  })

  test('an empty table says so', () => {
    const output = new Output({ json: false, stdout: recorder(false) })
    assert.equal(output.table([], columns, 'nobody is contained'), 'nobody is contained')
  })

  for (const { name, isTTY, env, coloured } of [
    { name: 'a terminal shows colour', isTTY: true, env: undefined, coloured: true },
    { name: 'a pipe carries no colour', isTTY: false, env: undefined, coloured: false },
    { name: 'NO_COLOR turns colour off on a terminal', isTTY: true, env: '1', coloured: false },
    { name: 'an empty NO_COLOR changes nothing', isTTY: true, env: '', coloured: true },
  ])
    test(name, () => {
      const before = { NO_COLOR: process.env['NO_COLOR'], TERM: process.env['TERM'] }
      try {
        process.env['TERM'] = 'xterm'
        if (env === undefined) delete process.env['NO_COLOR']
        else process.env['NO_COLOR'] = env
        const text = new Output({ json: false, stdout: recorder(isTTY) }).paint('red', 'denied')
        assert.equal(text, coloured ? '\u001b[31mdenied\u001b[39m' : 'denied')
      } finally {
        for (const [key, value] of Object.entries(before))
          if (value === undefined) delete process.env[key]
          else process.env[key] = value
      }
    })
})

describe('a view that is drawn over the one before', () => {
  const shown = (text: string, height: number, width: number): string[] =>
    redrawn(text, { rows: height, columns: width })
      // oxlint-disable-next-line no-control-regex -- exactly these
      .replaceAll(/\u001b\[[HKJ]/g, '')
      .trimEnd()
      .split('\n')

  test('goes on in the next row where it is wider than the screen, and leaves the rest out', () =>
    assert.deepEqual(shown('ENFORCING\nabcdefghij\nk\nl', 5, 4), ['ENFO', 'RCIN', 'G', 'abcd']))

  test('clears each row before it writes it: a full row ends on its last column', () =>
    assert.equal(redrawn('abcd\nef', { rows: 5, columns: 4 }), '\u001B[H\u001B[Kabcd\n\u001B[Kef\n\u001B[J'))

  test('ends with the colour it began with', () =>
    assert.ok(redrawn('\u001B[31mabcdef\u001B[39m', { rows: 2, columns: 4 }).includes('abcd\u001B[0m\n')))
})
