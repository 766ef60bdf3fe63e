/** The unit tests, all in this process: for `node --test --test-isolation=none`, which lets a file pass that throws outside of its tests. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../', import.meta.url)

const files = globSync(['src/**/*.test.ts', 'lab/**/*.test.ts'], { cwd: root }).toSorted()

test('what goes before and after each test of a file stands in a group of that file: here it would before all thousands', () => {
  const reads = (file: string) => /^(before|after)Each\(/m.test(readFileSync(new URL(file, root), 'utf8'))
  assert.deepEqual(files.filter(reads), [])
})

for (const file of files)
  try {
    await import(new URL(file, root).href)
  } catch (error) {
    test(`${file} throws outside of its tests`, () => {
      throw error
    })
  }
