/** Keys and enrolments on a disk that has room for a part of them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { it } from 'node:test'
import { writeWhole } from '#core/whole-file.ts'

it('a file for which there is room in part stays as it was', () => {
  const at = `/run/whole-${process.pid}`
  mkdirSync(at)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at])
  const path = `${at}/key`
  writeWhole(path, 'earlier')
  execFileSync('sh', ['-c', `cat /dev/zero >${at}/filler 2>/dev/null; true`])
  // Room for a page or two.
  truncateSync(`${at}/filler`, 48 * 1024)
  assert.throws(() => writeWhole(path, 'x'.repeat(40_000)), { code: 'ENOSPC' })
  assert.equal(readFileSync(path, 'utf8'), 'earlier')
  assert.deepEqual(readdirSync(at).toSorted(), ['filler', 'key'])
})
