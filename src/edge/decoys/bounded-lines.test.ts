import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { boundedLines } from './bounded-lines.ts'

const limit = 10
const rows: readonly [name: string, text: string, lines: string[], dropped: number][] = [
  ['are taken apart', 'a\nbc\n\n', ['a', 'bc', ''], 0],
  ['wait for their end', 'a\nb', ['a'], 0],
  ['may be as long as the limit', '0123456789\n', ['0123456789'], 0],
  ['are dropped when they are longer, and those after them are not', '0123456789x\nnext\n', ['next'], 1],
  ['are dropped once, however long they are', `${'x'.repeat(500)}\nnext\n`, ['next'], 1],
  ['are dropped without an end', 'x'.repeat(500), [], 1],
]

describe('lines of a writer who is not trusted', () => {
  for (const [name, text, lines, dropped] of rows)
    it(`${name}, cut at every place`, () => {
      for (let at = 0; at <= text.length; at++) {
        const reader = boundedLines(limit)
        assert.deepEqual([...reader.take(text.slice(0, at)), ...reader.take(text.slice(at))], lines, `cut at ${at}`)
        assert.equal(reader.dropped, dropped, `cut at ${at}`)
      }
    })
})
