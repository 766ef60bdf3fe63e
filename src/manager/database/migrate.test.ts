import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrations } from './migrate.ts'
import { keptNames } from './tables.ts'

test('migrations count from 1, and none ends the transaction that all of them share', () => {
  const all = migrations()
  assert.deepEqual(
    all.map(({ number }) => number),
    all.map((_, at) => at + 1),
  )
  for (const { name, sql } of all) assert.doesNotMatch(sql, /^\s*(BEGIN|COMMIT|ROLLBACK)\b/im, name)
})

test('every table is in a backup, or is left out on purpose', () => {
  const made = migrations().flatMap(({ sql }) =>
    [...sql.matchAll(/^CREATE TABLE (\w+)(?! PARTITION OF)\b/gm)].map(([, name]) => name),
  )
  assert.deepEqual(new Set(made), new Set([...keptNames, 'attempts', 'event_head', 'event_feed']))
})
