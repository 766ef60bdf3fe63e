import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeFolders } from './folders.ts'

const folder = mkdtempSync(join(tmpdir(), 'folders-'))
after(() => rmSync(folder, { recursive: true }))

test('all directories that are missing are made, with the mode asked for', () => {
  const path = join(folder, 'a', 'b', 'c')
  assert.equal(makeFolders(path, 0o700), join(folder, 'a'))
  for (const made of [path, join(folder, 'a')]) assert.equal(statSync(made).mode & 0o777, 0o700)
})

test('what is there already is no error, a link to a directory neither', () => {
  assert.equal(makeFolders(folder), undefined)
  assert.equal(makeFolders(`${folder}/`), undefined)
  symlinkSync(folder, join(folder, 'link'))
  assert.equal(makeFolders(join(folder, 'link')), undefined)
})

test('a slash at the end, or two in the middle, change nothing', () =>
  assert.equal(makeFolders(`${folder}//x/y/`), `${folder}//x`))

for (const [name, path, code] of [
  ['below a file', 'file/a/b', 'ENOTDIR'],
  ['where a file is', 'file', 'EEXIST'],
  ['where a link leads nowhere', 'nowhere/a', 'EEXIST'],
] as const)
  test(`${name} there is none to be made`, () => {
    writeFileSync(join(folder, 'file'), '')
    rmSync(join(folder, 'nowhere'), { force: true })
    symlinkSync(join(folder, 'none'), join(folder, 'nowhere'))
    assert.throws(() => makeFolders(join(folder, path)), { code })
  })

test('a directory that says that what is below it is missing is believed, not asked for ever', () =>
  assert.throws(() => makeFolders('/proc/bulkhead/x'), { code: 'ENOENT' }))
