import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { vocabularies } from '#protocols/index.ts'
import { Output } from '../output.ts'
import { allFacts, factsOf } from './facts.ts'
import { referenceOf, withReference } from './markdown.ts'
import { overviewText, protocolText } from './text.ts'

const output = new Output({ json: false, stdout: { write: () => true } })

describe('the reference of protocols', () => {
  test('in docs/protocols.md is what the registry gives', () => {
    const document = readFileSync(new URL('../../../docs/protocols.md', import.meta.url), 'utf8')
    const written = withReference(document, referenceOf(allFacts()))
    assert.ok(written !== undefined, 'docs/protocols.md has lost its marks')
    assert.ok(written === document, 'run: ./bulkhead protocols --markdown docs/protocols.md')
  })
  test('replaces what stands between its marks and nothing else', () => {
    const [begin, end] = [referenceOf([]).split('\n')[0], referenceOf([]).split('\n').at(-1)]
    assert.equal(withReference(`above\n${begin}\nold\n${end}\nbelow`, 'new'), 'above\nnew\nbelow')
    assert.equal(withReference('a document without marks', 'new'), undefined)
  })
  test('has no cell that breaks its table', () => {
    let columns = 0
    for (const line of referenceOf(allFacts()).split('\n')) {
      const cells = line.startsWith('|') ? line.replaceAll('\\|', '').split('|').length : 0
      if (cells > 0 && columns > 0) assert.equal(cells, columns, line)
      columns = cells
    }
  })
})

describe('at a terminal', () => {
  test('the overview names every protocol with its ports and what cannot be seen', () => {
    const text = overviewText(output, allFacts())
    for (const { name, title, blind } of Object.values(vocabularies)) {
      assert.ok(text.includes(title), title)
      assert.ok(text.includes(`${name}: ${blind}`), blind)
    }
    assert.match(text, /modbus +Modbus\/TCP +tcp\/502/)
  })
  for (const protocol of allFacts())
    test(`${protocol.title} is shown with every command and constraint`, () => {
      const text = protocolText(output, protocol)
      for (const { name, code } of protocol.commands) assert.ok(text.includes(name) && text.includes(code), name)
      for (const { name, takes } of protocol.constraints) assert.ok(text.includes(name) && text.includes(takes), name)
      for (const { id } of [...protocol.companions, ...protocol.broadcast]) assert.ok(text.includes(id), id)
    })
  test('a command says who sends it and what may narrow it', () => {
    const { commands, constraints } = factsOf('modbus')
    assert.deepEqual(
      commands.find(({ name }) => name === 'write-single-register'),
      {
        name: 'write-single-register',
        code: 'FC 6',
        risk: 'write',
        from: 'client',
        constraints: ['unit', 'registers', 'values'],
        summary: 'Write one holding register',
      },
    )
    assert.equal(constraints.find(({ name }) => name === 'unit')?.takes, '0-255')
  })
})
