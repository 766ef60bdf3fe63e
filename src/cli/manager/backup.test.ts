import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { migrations } from '#manager/database/migrate.ts'
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

describe('of a backup that is not whole no state is made:', () => {
  const head = (migration: number): string =>
    `${JSON.stringify({ created: '2026-11-26T00:00:00.000Z', format: 'bulkhead-manager-backup-1', migration })}\n`
  const rows: readonly [name: string, text: string | Buffer, code: number, says: string][] = [
    ['an empty file', '', 1, 'This is no backup of a manager: it is empty.'],
    ['a file of something else', Buffer.from([0x1f, 0x8b, 8, 0, 0xff, 0xfe]), 1, 'This is no backup of a manager.'],
    ['of another version', head(9999), 7, `The backup has form 9999; this manager writes ${migrations().length}.`],
    ['cut off', `${head(migrations().length)}{"table":"users"}\n`, 1, 'The backup is cut off.'],
    ['with a row of no table', `${head(migrations().length)}{"id":1}\n`, 1, 'The backup has rows of no table.'],
    [
      'with a mark of no table',
      `${head(migrations().length)}{"table":"x"}\n`,
      1,
      'A line of the backup is not readable.',
    ],
  ]
  for (const [name, text, expected, says] of rows)
    test(name, async () => {
      const file = join(folder, 'spoilt')
      const state = join(folder, 'restored')
      writeFileSync(file, text)
      const { code, err } = await commandLine(['manager', 'restore', file, '--state', state])
      rmSync(file)
      assert.deepEqual([err.split('\n')[0], code], [`bulkhead: ${says}`, expected])
      assert.ok(!existsSync(state))
    })
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
