import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Output, toJson } from './output.ts'

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
