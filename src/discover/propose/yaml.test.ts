import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readYaml } from '#policy/yaml/read.ts'
import { block, comment, field, flow, scalar, toValue, type Value } from './yaml.ts'

const texts: readonly string[] = [
  'plc-fill',
  '198.18.1.10',
  '198.18.1.0/24',
  '100-119',
  '-10--1',
  '1,3,10-12',
  '00:1b:1b:aa:00:10',
  'fd00:198:18::/64',
  'true',
  'NO',
  '~',
  '1e3',
  '0x10',
  '12',
  '1.5',
  '2026-11-28',
  '02:00',
  'Program:Main.Level[3]',
  'ns=2;s=Line, 1: x',
  '#12',
  '- a',
  'a # b',
  '{ b: c }',
  '*x',
  '&x',
  '!x',
  '"',
  "'",
  '',
  ' a ',
  'ä\n\u0000\u2028',
  'a\u0085\u009B2J\u202Eb\u200B',
  'half \uD83C, one \u{1F3ED}, a tag \u{E0041}',
]

test('every text is read back as the same text, alone, in lists and as a key', () => {
  for (const text of texts) {
    const value: Value = { a: text, b: [text, text], [text]: 1 }
    assert.deepEqual(readYaml(`${field('x', value, 0).join('\n')}\n`).value, { x: value }, JSON.stringify(text))
    assert.deepEqual(readYaml(`x:\n${block({ a: text, b: [text] }, 2).join('\n')}\n`).value, {
      x: [{ a: text, b: [text] }],
    })
  }
})

test('what people write without quotes is written without', () => {
  assert.equal(
    flow({ op: 'read-coils', coils: '0-7', ips: ['198.18.1.10'], net: '198.18.1.0/24' }),
    '{ op: read-coils, coils: 0-7, ips: [198.18.1.10], net: 198.18.1.0/24 }',
  )
  assert.equal(scalar('tcp/502'), 'tcp/502')
})

test('what is too long for a line is put on several', () => {
  const list = Array.from({ length: 60 }, (_, n) => `plc-${n}`)
  assert.deepEqual(readYaml(`${field('x', { assets: list }, 0).join('\n')}\n`).value, { x: { assets: list } })
  assert.ok(field('x', { assets: list }, 0).length > 60)
})

test('a comment ends with its line', () => {
  assert.equal(comment('a\nb\r\u2028c'), '# a b  c')
})

test('nothing of it hides, reorders, or ends a line for a reader of another version', () => {
  const text = 'a\u0085b\u009B2J\u202Ec\u2066d\u200Be\u{E0041}'
  assert.equal(comment(text), '# a b 2J c d e ')
  assert.equal(scalar(text), String.raw`"a\u0085b\u009b2J\u202ec\u2066d\u200be\udb40\udc41"`)
})

test('what is undefined is left out', () => {
  assert.deepEqual(toValue({ a: undefined, b: [1, 'x', true] }), { b: [1, 'x', true] })
})
