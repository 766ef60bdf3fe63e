import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import type { Advisory } from '#schema/advisories.ts'
import { loadAdvisories, readAdvisoryFiles, saveAdvisories } from './files.ts'
import { mergeAdvisories } from './merge.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-advisories-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const advisory = (id: string, more: Partial<Advisory> = {}): Advisory => ({
  id,
  title: id,
  cves: [],
  products: [],
  ...more,
})
const index = (...advisories: readonly Advisory[]) => ({ version: 1, advisories })

describe('advisory files', () => {
  mkdirSync(join(folder, 'white', '2026'), { recursive: true })
  file('white/2026/a.json', `\uFEFF${JSON.stringify(index(advisory('A-1')))}`)
  file('white/2026/b.json', index(advisory('B-1'), advisory('B-2')))
  file('white/2026/readme.txt', 'not read')
  file('white/feed.json', { feed: {} })
  symlinkSync('..', join(folder, 'white', '2026', 'loop'))

  test('are read from folders in folders, the others named', () => {
    const { advisories, files, others } = readAdvisoryFiles([join(folder, 'white')])
    assert.deepEqual(
      advisories.map(({ id }) => id),
      ['A-1', 'B-1', 'B-2'],
    )
    assert.equal(files, 2)
    assert.deepEqual(others, [join(folder, 'white', 'feed.json')])
  })

  const rows: readonly { readonly name: string; readonly content: unknown; readonly says: RegExp }[] = [
    { name: 'no JSON', content: '{"version": 1,', says: /wrong\.json is not JSON: / },
    {
      name: 'of neither form',
      content: { feed: {} },
      says: /wrong\.json cannot be read as an advisory\. \$: it is neither/,
    },
    {
      name: 'with a wrong id',
      content: index(advisory('A 1')),
      says: /\$\.advisories\[0\]\.id: an id such as ICSA-21-152-01/,
    },
  ]
  for (const { name, content, says } of rows)
    test(`that are ${name} are refused by name and place`, () => {
      assert.throws(
        () => readAdvisoryFiles([file('good.json', index(advisory('G-1'))), file('wrong.json', content)]),
        (error: unknown) => error instanceof Fault && says.test(`${error.message} ${error.details.join(' ')}`),
      )
    })
})

describe('the advisories of a state', () => {
  test('are none at first, and what was saved afterwards, with nothing left beside them', () => {
    const state = join(folder, 'state')
    mkdirSync(state)
    assert.deepEqual(loadAdvisories(state), [])
    saveAdvisories(state, [advisory('A-1')])
    saveAdvisories(state, [advisory('A-1'), advisory('B-1')])
    assert.deepEqual(
      loadAdvisories(state).map(({ id }) => id),
      ['A-1', 'B-1'],
    )
    assert.deepEqual(readdirSync(state), ['advisories.json'])
  })

  test('that are damaged are said to be, not taken for none', () => {
    for (const content of ['{', '{"version":1,"advisories":[{}]}']) {
      file('advisories.json', content)
      assert.throws(
        () => loadAdvisories(folder),
        (error: unknown) => error instanceof Fault && error.code === 'store-corrupt',
      )
    }
    rmSync(join(folder, 'advisories.json'))
  })
})

describe('advisories that are added', () => {
  test('stand beside the others, in place of older ones, and are left where they are older', () => {
    const present = [advisory('A', { released: '2026-01-02' }), advisory('B', { released: '2026-01-02' })]
    const { advisories, ...counts } = mergeAdvisories(present, [
      advisory('C'),
      advisory('A', { released: '2026-02-01', title: 'newer' }),
      advisory('B', { released: '2025-01-01', title: 'older' }),
    ])
    assert.deepEqual(counts, { added: 1, replaced: 1, kept: 1 })
    assert.deepEqual(
      advisories.map(({ title }) => title),
      ['newer', 'B', 'C'],
    )
  })
  test('again change nothing', () => {
    assert.deepEqual(mergeAdvisories([advisory('A')], [advisory('A')]), {
      advisories: [advisory('A')],
      added: 0,
      replaced: 0,
      kept: 1,
    })
  })
})

test('the index that is documented is one that is read', () => {
  const text = readFileSync(new URL('../../../../docs/advisories.md', import.meta.url), 'utf8')
  const [, shown = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? []
  assert.equal(readAdvisoryFiles([file('documented.json', shown)]).advisories.length, 1)
})
