import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { escaped, html, preformatted } from './html.ts'

describe('what comes from the wire', () => {
  const rows: readonly (readonly [name: string, text: string, shown: string])[] = [
    ['markup', `<script>alert("1")</script>&'`, '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;'],
    ['a text that turns the direction', 'a\u202Eb', 'a‹U+202E›b'],
    ['letters that are shown as nothing', 'a\u3164b\u2800c', 'a‹U+3164›b‹U+2800›c'],
    ['a pile of marks', `e${'\u0301'.repeat(5)}`, `e${'\u0301'.repeat(4)}‹U+0301›`],
    ['characters without width', 'a\u200Bb\uFEFF', 'a‹U+200B›b‹U+FEFF›'],
    ['control characters', 'a\u0000b\u001B[31m', 'a‹U+0000›b‹U+001B›[31m'],
    ['line ends', 'a\r\nb\tc', 'a b c'],
    ['half a character', 'a\uD800b', 'a‹U+D800›b'],
    ['other scripts', 'Füllstation 灌装', 'Füllstation 灌装'],
  ]
  for (const [name, text, shown] of rows)
    test(`${name} is shown, and nothing else`, () => {
      assert.equal(escaped(text), shown)
      assert.equal(html`<b title="${text}">${[text]}</b>`.markup, `<b title="${shown}">${shown}</b>`)
    })
  test('is cut when it is long', () => {
    assert.equal(escaped('a'.repeat(5000)).length, 601)
  })
  test('keeps its lines where it is shown in lines', () => {
    assert.equal(preformatted('a: <b>\r\n  c\u202E').markup, 'a: &lt;b&gt;\n  c‹U+202E›')
  })
  test('is not escaped twice', () => {
    assert.equal(html`${html`<i>${'<'}</i>`}${false}${undefined}${7}`.markup, '<i>&lt;</i>7')
  })
})
