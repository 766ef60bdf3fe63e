import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createWholeProgram } from '../program.ts'

const text = readFileSync(new URL('../../../docs/manager.md', import.meta.url), 'utf8')
const program = await createWholeProgram()
const manager = program.commands.find((command) => command.name() === 'manager')!

describe('docs/manager.md', () => {
  for (const command of manager.commands)
    it(`tells of \`bulkhead manager ${command.name()}\``, () =>
      assert.match(text, new RegExp(`bulkhead manager ${command.name()}\\b`)))
})
