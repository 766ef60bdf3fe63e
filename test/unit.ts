/** The unit tests, all in this process: for `node --test --test-isolation=none`, which lets a file pass that throws outside of its tests. */
import { globSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../', import.meta.url)

for (const file of globSync(['src/**/*.test.ts', 'lab/**/*.test.ts'], { cwd: root }).toSorted())
  try {
    await import(new URL(file, root).href)
  } catch (error) {
    test(`${file} throws outside of its tests`, () => {
      throw error
    })
  }
