import assert from 'node:assert/strict'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Fault } from '#core/errors.ts'
import { linesIn } from './lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'cli-lines-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'file')

const long = 'ä'.repeat(200_000)

describe('lines of a file', () => {
  for (const [name, text, lines] of [
    ['are none in an empty one', '', []],
    ['end with it', 'a\nb\n', ['a', 'b']],
    ['may lack the last end', 'a\nb', ['a', 'b']],
    ['may be empty', 'a\n\nb\n', ['a', '', 'b']],
    ['may end as on other systems', 'a\r\nb\r\n', ['a', 'b']],
    ['may be longer than what is read at once', `${long}\nb\n${long}`, [long, 'b', long]],
  ] as const)
    it(name, async () => {
      writeFileSync(file, text)
      assert.deepEqual(await Array.fromAsync(linesIn(file)), lines)
      assert.deepEqual(await Array.fromAsync(linesIn(file, openSync(file, 'r'))), lines)
    })

  const refuses = (path: string, says: RegExp) =>
    assert.rejects(Array.fromAsync(linesIn(path)), (error) => error instanceof Fault && says.test(error.message))
  it('of a device without an end are refused', () =>
    refuses('/dev/zero', /^\/dev\/zero has a line of more than 64 MB\.$/))
  it('of a directory are refused', () => refuses(folder, /it is a directory/))
  it('of a file that is not there are refused', () => refuses(join(folder, 'none'), /no such file/))
})
