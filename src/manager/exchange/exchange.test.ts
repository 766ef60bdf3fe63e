import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { matchesTag } from './edl.ts'
import { exportRequest, rejected } from './deliver/otlp.ts'
import { fill } from './deliver/sms.ts'
import { exposition, histogram } from './metrics/text.ts'
import { reasonOf } from './https.ts'
import { testNote } from './notes.ts'
import { seal, unseal } from './seal.ts'

describe('If-None-Match', () => {
  for (const [header, matches] of [
    [undefined, false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['a', false],
    ['"b"', false],
  ] as const)
    it(`${header ?? 'that is absent'} ${matches ? 'is' : 'is not'} what we have`, () =>
      assert.equal(matchesTag(header, '"a"'), matches))
})

it('a template is filled inside its strings alone', () => {
  const values = { to: '+49', text: '"}{to}' }
  assert.deepEqual(fill({ a: ['{to}: {text}', 1, null], '{to}': '{other}' }, values), {
    a: ['+49: "}{to}', 1, null],
    '{to}': '{other}',
  })
})

for (const [body, count] of [
  ['{"partialSuccess":{"rejectedLogRecords":"3"}}', 3],
  ['{"partialSuccess":{}}', 0],
  ['{}', 0],
  ['', 0],
  ['<html>', 0],
] as const)
  it(`an answer ${body || 'of nothing'} refuses ${count}`, () => assert.equal(rejected(body), count))

it('a record for a collector has no half of a character', () => {
  const half = { ...testNote('a', 0), text: 'a\uD83C', conduit: '\uDF00b', details: { said: '\uD83C' } }
  assert.ok(!/[^\\]\\ud[89a-f]/.test(JSON.stringify(exportRequest([half], '1', 0))))
})

it('the reason of a failure is one line that a database has', () =>
  assert.equal(
    reasonOf(new Error(`535 no\0\r\n250 yes\u001B[2J${'x'.repeat(400)}`)).slice(0, 22),
    '535 no···250 yes·[2Jxx',
  ))

describe('figures', () => {
  it('escape what stands in labels', () =>
    assert.equal(
      exposition([{ name: 'a', type: 'gauge', help: 'b\\c', samples: [{ labels: { d: '"\n\\' }, value: 1.5 }] }]),
      '# HELP a b\\\\c\n# TYPE a gauge\na{d="\\"\\n\\\\"} 1.5\n',
    ))
  it('are one line whatever a label is', () => {
    const labels = { d: '"} 1\nb{c="\r\u2028\0' }
    const text = exposition([{ name: 'a', type: 'gauge', help: 'b', samples: [{ labels, value: 1 }] }])
    assert.equal(text.split('\n').length, 4)
    assert.match(text, /\na\{d="\\"\} 1\\nb\{c=\\"/)
  })
  it('count in buckets that hold the ones before them', () => {
    const made = histogram([0.1, 1])
    for (const value of [0.05, 0.1, 0.5, 7]) made.add(value)
    assert.deepEqual(
      made.samples().map(({ value }) => value),
      [2, 3, 4, 7.65, 4],
    )
  })
})

it('a secret opens with its key and for its owner alone, and not when it was changed', () => {
  const [state, other] = ['a', 'b'].map((name) => mkdtempSync(join(tmpdir(), `seal-${name}-`)))
  const box = seal(state!, 'receiver a', 'hidden')
  assert.equal(unseal(state!, 'receiver a', box), 'hidden')
  assert.notEqual(box, seal(state!, 'receiver a', 'hidden'))
  assert.throws(() => unseal(state!, 'receiver b', box), /cannot be opened/)
  assert.throws(() => unseal(other!, 'receiver a', box), /cannot be opened/)
  const bytes = Buffer.from(box, 'base64')
  bytes[bytes.length - 1]! ^= 1
  assert.throws(() => unseal(state!, 'receiver a', bytes.toString('base64')), /cannot be opened/)
  for (const folder of [state, other]) rmSync(folder!, { recursive: true })
})
