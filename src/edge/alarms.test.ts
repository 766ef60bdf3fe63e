/** Whoever sees an alarm finds it in docs/alarms.md, in the words that were shown. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

const root = new URL('../../', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8')
const sourceOf = (room: string): string =>
  globSync(`${room}/**/*.ts`, { cwd: root })
    .filter((name) => !name.endsWith('.test.ts'))
    .map(read)
    .join('\n')

const [ofEdge = '', ofManager = ''] = read('docs/alarms.md').split('\n## Of a manager\n')
/** Cells of the rows of all tables, without their heads. */
const rows = (text: string): readonly (readonly string[])[] =>
  text.split('\n').flatMap((line) =>
    /^\| (?!alarm \||says \||---)/.test(line) || line.startsWith('| |')
      ? [
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ]
      : [],
  )
/** What is shown of an alarm in any case. */
const words = (cell: string): readonly string[] =>
  cell
    .replace(/, or why .*|^WORD/, '')
    .split('…')
    .map((part) => part.trim())
    .filter((part) => part.length > 1)

const edge = sourceOf('src/edge')
const manager = sourceOf('src/manager')
const named = rows(ofEdge).flatMap(([ids = '']) => [...ids.matchAll(/`([^`]+)`/g)].map(([, id = '']) => id))
const setBy = [/alarms\.set\(\s*['`]([a-z][a-z-]*)/g, /const \w*[aA]larm = '([a-z-]+)'/g, /\balarm\(\s*'([a-z-]+)',/g]

describe('docs/alarms.md', () => {
  const known = new Set(named.map((id) => id.replace(/[ -]?[A-Z]+$/, '')))
  const ids = new Set(setBy.flatMap((form) => [...edge.matchAll(form)].map(([, id = '']) => id.replace(/-$/, ''))))
  test('the alarms of an edge are found', () => assert.ok(ids.size > 30, [...ids].join()))
  for (const id of ids) test(`has the alarm ${id}`, () => assert.ok(known.has(id)))

  for (const [, says = ''] of rows(ofEdge))
    for (const part of words(says)) test(`says what an edge says: ${part}`, () => assert.ok(edge.includes(part)))
  for (const [says = ''] of rows(ofManager))
    for (const part of words(says)) test(`says what a manager says: ${part}`, () => assert.ok(manager.includes(part)))
})
