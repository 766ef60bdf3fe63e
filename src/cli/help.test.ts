import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, exitCodes } from '#core/errors.ts'
import { commandLine } from '../../test/fixtures/command-lines.ts'
import { exitTable } from './help.ts'

test('every exit code is documented with its meaning, in order', () => {
  const table = exitTable()
  assert.deepEqual(
    table.map(({ code }) => code),
    Object.values(exitCodes).toSorted((a, b) => a - b),
  )
  for (const { name, meaning } of table) assert.ok(meaning.length > 10, `${name} has no meaning`)
})

test('every error code stands under exactly one exit code', () => {
  const listed = exitTable().flatMap(({ errors }) => errors)
  assert.deepEqual(listed.toSorted(), Object.keys(catalogue).toSorted())
})

test('only success has exit code 0', () => {
  assert.deepEqual(exitTable().find(({ code }) => code === 0)?.errors, [])
})

for (const [words, advice] of [
  [['exit-code'], /Run `bulkhead --help` for its commands; topics of `bulkhead help`: exit-codes\./],
  [['policy', 'chekc'], /Run `bulkhead policy --help` for its commands/],
] as const)
  test(`help for what is not there (${words.join(' ')}) says where to look`, async () => {
    const { code, err } = await commandLine(['help', ...words])
    assert.equal(code, 2)
    assert.match(err, advice)
  })
