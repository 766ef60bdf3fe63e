import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readAtMost } from './read-at-most.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-at-most-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'file')

describe('a file is read whole', () => {
  for (const { name, size, most, whole } of [
    { name: 'when it is empty', size: 0, most: 10, whole: true },
    { name: 'when it is as large as it may be', size: 200_000, most: 200_000, whole: true },
    { name: 'or not at all, when it has one byte more', size: 200_001, most: 200_000, whole: false },
  ])
    test(name, () => {
      const bytes = Buffer.alloc(size, 'bulkhead')
      writeFileSync(file, bytes)
      assert.deepEqual(readAtMost(file, most), whole ? bytes : undefined)
    })

  test('or not at all, when it has no end', () => assert.equal(readAtMost('/dev/zero', 1 << 20), undefined))
  test('and one that is not there is said by the system call', () =>
    assert.throws(() => readAtMost(join(folder, 'none'), 1), { code: 'ENOENT', path: join(folder, 'none') }))
})
