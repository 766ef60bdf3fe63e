import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeWhole } from './whole-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'whole-'))
after(() => rmSync(folder, { recursive: true }))

test('a file is replaced, is for its owner alone, and nothing else is left', () => {
  const path = join(folder, 'key')
  for (const text of ['first', 'second']) {
    writeWhole(path, text)
    assert.equal(readFileSync(path, 'utf8'), text)
  }
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(folder), ['key'])
})

test('where it cannot be put nothing is left', () => {
  mkdirSync(join(folder, 'directory'))
  assert.throws(() => writeWhole(join(folder, 'directory'), 'x'), { code: 'EISDIR' })
  assert.deepEqual(readdirSync(folder).toSorted(), ['directory', 'key'])
})
