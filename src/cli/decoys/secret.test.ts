import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readSecret } from './secret.ts'

const read = async (chunks: readonly string[], isTTY: boolean) => {
  const raw: boolean[] = []
  let asked = ''
  async function* given() {
    yield* chunks
  }
  const keyboard = { isTTY, setRawMode: (on: boolean) => void raw.push(on), [Symbol.asyncIterator]: given }
  try {
    return { secret: await readSecret(keyboard, (text) => void (asked += text)), raw, asked }
  } catch (error) {
    return { secret: error instanceof Error ? error.message : '', raw, asked }
  }
}

describe('a password', () => {
  const rows: readonly [name: string, chunks: readonly string[], isTTY: boolean, secret: string][] = [
    ['is the first line of a pipe', ['hunter2\nmore\n'], false, 'hunter2'],
    ['may come in pieces', ['hun', 'ter', '2\r\n'], false, 'hunter2'],
    ['needs no end of its line in a pipe', ['hunter2'], false, 'hunter2'],
    ['keeps blanks and what are keys at a terminal', [' a\b\u0003b \n'], false, ' a\b\u0003b '],
    ['is missing in an empty pipe', [], false, 'No password was given.'],
    ['is missing on an empty line', ['\nx'], false, 'No password was given.'],
    ['is typed twice', ['hunter2\r', 'hunter2\r'], true, 'hunter2'],
    ['may be pasted twice at once', ['hunter2\rhunter2\r'], true, 'hunter2'],
    ['may be rubbed out', ['hux\u007Fnter\u007F\u007Fer2\r', 'hunter2\r'], true, 'hunter2'],
    ['may be of any letters', ['π€🔑\r', 'π€🔑\r'], true, 'π€🔑'],
    ['is refused when the second is another', ['hunter2\r', 'hunter3\r'], true, 'The two are not the same.'],
    ['is given up with Ctrl-C', ['hun\u0003'], true, 'No password was given.'],
    ['is given up when the terminal goes', ['hun'], true, 'No password was given.'],
    ['may be 128 characters long', [`${'x'.repeat(128)}\n`], false, 'x'.repeat(128)],
    [
      'may be no longer than what decoys look at',
      [`${'x'.repeat(129)}\n`],
      false,
      'A password of more than 128 characters is never asked about.',
    ],
  ]
  for (const [name, chunks, isTTY, secret] of rows)
    it(name, async () => {
      const got = await read(chunks, isTTY)
      assert.equal(got.secret, secret)
      // The terminal is as it was, whatever happened, and what was typed was never shown.
      assert.deepEqual(got.raw, isTTY ? [true, false] : [])
      assert.match(got.asked, isTTY ? /^Password: (\n(Again: \n?)?)?$/ : /^$/)
    })
})
