import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { newFile } from './new-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'new-file-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

describe('a file that a command makes', () => {
  test('has every line, and is for its owner alone', async () => {
    const count = await newFile(at('whole'), async (line) => {
      line('one')
      line('two')
      return 2
    })
    assert.equal(count, 2)
    assert.equal(readFileSync(at('whole'), 'utf8'), 'one\ntwo\n')
    assert.equal(statSync(at('whole')).mode & 0o777, 0o600)
  })
  test('is not left there when what it is made from ends half-way', async () => {
    const broken = newFile(at('half'), async (line) => {
      line('one')
      throw new Error('the manager went away')
    })
    await assert.rejects(broken, /went away/)
    assert.ok(!readdirSync(folder).includes('half'))
  })
  test('takes the place of none that is there', async () => {
    writeFileSync(at('there'), 'earlier')
    await assert.rejects(
      newFile(at('there'), (line) => line('new')),
      { code: 'refused', message: /exists already/ },
    )
    assert.equal(readFileSync(at('there'), 'utf8'), 'earlier')
  })
  test('is named when it cannot be made', async () =>
    assert.rejects(
      newFile(at('nowhere/file'), () => undefined),
      { code: 'file-unreadable', message: /nowhere\/file/ },
    ))
})
