import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { risks } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import { denyActions, expectations, modes } from '#schema/site.ts'
import { checks } from './check/index.ts'
import { commandReasons } from './command-entry.ts'
import { fieldTexts } from './fields.ts'
import { conditions } from './nearest-conduit.ts'
import { queryKeys } from './query.ts'
import { reasons } from './reasons.ts'

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8')
const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`

describe('docs/policy.md has', () => {
  test('every field with its sentence', () => {
    for (const [field, text] of Object.entries(fieldTexts)) assert.ok(page.includes(row(`\`${field}\``, text)), field)
  })
  test('every reason with its meaning', () => {
    for (const [id, text] of Object.entries({ ...reasons, ...commandReasons }))
      assert.ok(page.includes(row(`\`${id}\``, text)), id)
  })
  test('every check with its severity', () => {
    for (const { code, severity, summary } of checks)
      assert.ok(page.includes(row(`\`${code}\``, severity, summary)), code)
  })
  test('no row for what does not exist', () => {
    const known = new Set([
      ...Object.keys(fieldTexts),
      ...Object.keys(reasons),
      ...Object.keys(commandReasons),
      ...checks.map(({ code }) => code),
    ])
    const tables = page.slice(page.indexOf('### Reasons for a conversation'))
    const form = tables.slice(tables.indexOf('### Form of the document'), tables.indexOf('### Meaning'))
    for (const [line, name] of tables.replace(form, '').matchAll(/^\| `([^`]+)` \|.*$/gm))
      assert.ok(known.has(name ?? ''), line)
  })
  test('every word of the closed lists', () => {
    const words = [
      ...modes,
      ...risks,
      ...Object.keys(vocabularies),
      ...denyActions,
      ...expectations,
      ...conditions,
      ...queryKeys,
    ]
    for (const word of words) assert.match(page, new RegExp(`\`${word}\\b|\`\\w[^\`]*\\b${word}\\b[^\`]*\``), word)
  })
})
