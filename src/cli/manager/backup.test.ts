import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { commandLine } from '../../../test/fixtures/command-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'backup-'))
after(() => rmSync(folder, { recursive: true }))
const there = join(folder, 'there')
writeFileSync(there, '')
writeFileSync(join(folder, 'audit.key'), '')

test('a backup that is a directory is named, and no state is made for it', async () => {
  const state = join(folder, 'restored')
  const { code, err } = await commandLine(['manager', 'restore', folder, '--state', state])
  assert.deepEqual([code, err.split('\n')[0]], [2, `bulkhead: ${folder} cannot be used: it is a directory.`])
  assert.ok(!existsSync(state))
})

describe('a backup that cannot be made leaves nothing behind:', () => {
  const rows: readonly [name: string, file: string, state: string, code: number, says: string][] = [
    [
      'of a directory in which no manager has run',
      'new',
      'none',
      1,
      `No manager has run here: there is no audit.key in ${folder}/none.`,
    ],
    ['over a file that is there', 'there', '.', 7, `${there} exists already.`],
  ]
  for (const [name, file, state, expected, says] of rows)
    test(name, async () => {
      const before = readdirSync(folder)
      const { code, out, err } = await commandLine([
        'manager',
        'backup',
        join(folder, file),
        '--state',
        join(folder, state),
      ])
      assert.deepEqual([code, out, err.split('\n')[0]], [expected, '', `bulkhead: ${says}`])
      assert.deepEqual(readdirSync(folder), before)
    })
})
