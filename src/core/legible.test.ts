import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { broken, clipped, columnsOf, filled, legible, legibleJson, legibleLines } from './legible.ts'

describe('legible text', () => {
  const rows: readonly [name: string, from: string, to: string][] = [
    ['letters of every script stay', 'Füller 灌装 наполнитель जल שלום 🏭', 'Füller 灌装 наполнитель जल שלום 🏭'],
    ['an escape sequence', 'a\u001B[2Jb', 'a·[2Jb'],
    ['a link (OSC 8) that ends with a bell', '\u001B]8;;http://x\u0007a', '·]8;;http://x·a'],
    ['the same introduced by one character', 'a\u009B2Jb', 'a·2Jb'],
    ['line ends of all kinds', 'a\rb\nc\u0085d\u2028e\u2029f', 'a·b·c·d·e·f'],
    ['bidirectional overrides and isolates', 'a\u202Eb\u2066c\u061Cd', 'a·b·c·d'],
    ['characters without width', 'a\u200Bb\uFEFFc\u00ADd', 'a·b·c·d'],
    ['letters that are shown as nothing', 'a\u3164b\u115Fc\uFFA0d\u2800e', 'a·b·c·d·e'],
    ['a joiner and a selector of graphemes', 'a\u034Fb\uFE0Fc', 'a·b·c'],
    ['tags', 'a\u{E0041}b', 'a·b'],
    ['half a character', 'a\uD83Db', 'a·b'],
    ['a mark on its letter stays', 'e\u0301', 'e\u0301'],
    ['a mark without a letter', '\u0338abc \u0301d', '·abc ·d'],
    ['a pile of marks', `e${'\u0301'.repeat(7)}`, `e${'\u0301'.repeat(4)}···`],
  ]
  for (const [name, from, to] of rows) test(name, () => assert.equal(legible(from), to))

  test('a text with lines of its own keeps them', () =>
    assert.equal(legibleLines('a\n\tb\u001B[1m\rc'), 'a\n\tb·[1m·c'))

  test('JSON says the same with escapes', () => {
    const value = { name: '\u202Ea\u009B2J\u{E0041}é灌\u007F', line: 'a\nb' }
    const json = legibleJson(JSON.stringify(value, undefined, 2))
    assert.deepEqual(JSON.parse(json), value)
    assert.match(json, /"\\u202ea\\u009b2J\\udb40\\udc41é灌\\u007f"/)
  })
})

describe('columns of a terminal', () => {
  const rows: readonly [text: string, columns: number][] = [
    ['plc-fill', 8],
    ['灌装机', 6],
    ['🏭', 2],
    ['e\u0301', 1],
    ['각', 2],
    ['ｆｕｌｌ', 8],
    ['\u001B[31mred\u001B[39m', 3],
  ]
  for (const [text, columns] of rows)
    test(`${JSON.stringify(text)} takes ${columns}`, () => assert.equal(columnsOf(text), columns))

  test('a text is cut between characters, within its room', () => {
    assert.equal(clipped('灌装机', 6), '灌装机')
    assert.equal(clipped('灌装机', 5), '灌装…')
    assert.equal(clipped('灌装机', 4), '灌…')
    assert.equal(clipped('ab', 1), '…')
  })

  test('and filled to it', () => {
    assert.equal(filled('灌', 4), '灌  ')
    assert.equal(filled('灌', 4, true), '  灌')
    assert.equal(filled('abcde', 4), 'abcde')
  })

  test('a painted line breaks where the terminal would break it', () =>
    assert.deepEqual(broken('\u001B[31mab灌c\u001B[39m', 3), ['\u001B[31mab', '灌c\u001B[39m']))
})
