import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createWholeProgram } from '../program.ts'

const text = readFileSync(new URL('../../../docs/orders.md', import.meta.url), 'utf8')
const program = await createWholeProgram()

describe('docs/orders.md', () => {
  for (const group of program.commands.filter((command) => ['orders', 'permits'].includes(command.name())))
    for (const command of group.commands)
      it(`tells of \`bulkhead ${group.name()} ${command.name()}\``, () =>
        assert.match(text, new RegExp(`bulkhead ${group.name()} ${command.name()}\\b`)))
})
