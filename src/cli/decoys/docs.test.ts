import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { loginClasses } from '#schema/decoy-host.ts'
import { createWholeProgram } from '../program.ts'

const text = readFileSync(new URL('../../../docs/deception.md', import.meta.url), 'utf8')
const program = await createWholeProgram()
const decoys = program.commands.find((command) => command.name() === 'decoys')!

describe('docs/deception.md', () => {
  for (const command of decoys.commands)
    it(`tells of \`bulkhead decoys ${command.name()}\``, () =>
      assert.ok(text.includes(`bulkhead decoys ${command.name()}`)))

  for (const [whole, name, rest = ''] of text.matchAll(/bulkhead decoys ([a-z]+)([^\n`#]*)/g))
    it(`names what exists: ${whole.trim()}`, () => {
      const command = decoys.commands.find((candidate) => candidate.name() === name)
      assert.ok(command !== undefined)
      const known = [...command.options.map(({ long }) => long), '--json']
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) assert.ok(known.includes(flag), flag)
    })

  for (const each of loginClasses) it(`says what \`${each}\` means`, () => assert.ok(text.includes(`| \`${each}\` | `)))
})
