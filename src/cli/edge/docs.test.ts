import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createWholeProgram } from '../program.ts'

const text = readFileSync(new URL('../../../docs/edge.md', import.meta.url), 'utf8')
const program = await createWholeProgram()
const edge = program.commands.find((command) => command.name() === 'edge')!
const named = [...text.matchAll(/bulkhead edge ([a-z-]+)([^\n`#]*)/g)].map(([whole, name, rest]) => ({
  whole,
  name: name!,
  rest: rest!,
}))

describe('docs/edge.md', () => {
  for (const command of edge.commands)
    it(`tells of \`bulkhead edge ${command.name()}\``, () =>
      assert.ok(named.some(({ name }) => name === command.name())))

  for (const { whole, name, rest } of named)
    it(`names what exists: ${whole.trim()}`, () => {
      const command = edge.commands.find((candidate) => candidate.name() === name)
      assert.ok(command !== undefined)
      const known = command.options.map(({ long }) => long)
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) assert.ok(known.includes(flag), flag)
    })
})
