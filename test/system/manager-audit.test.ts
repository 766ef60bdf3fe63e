/** Rows of the audit that were changed, moved or taken out in the database are found and named. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { sql } from 'kysely'
import { openState } from '#manager/open.ts'
import { addUser, type Started, startSetUp, verifyAudit as verify } from './manager/start.ts'

describe('the audit', () => {
  let one: Started
  after(() => one.end())
  const attacks: readonly { name: string; sql: string; undo: string; says: RegExp }[] = [
    {
      name: 'another actor in the text',
      sql: `UPDATE audit SET body = replace(body, 'local administrator', 'bob'), actor = 'bob' WHERE sequence = 3`,
      undo: `UPDATE audit SET body = replace(body, 'bob', 'local administrator'), actor = 'local administrator' WHERE sequence = 3`,
      says: /Row 3 does not give its own hash/,
    },
    {
      name: 'another actor beside the text',
      sql: `UPDATE audit SET actor = 'bob' WHERE sequence = 2`,
      undo: `UPDATE audit SET actor = 'local administrator' WHERE sequence = 2`,
      says: /Row 2 is filed under something else/,
    },
    {
      name: 'a row that is taken out',
      sql: `UPDATE audit SET sequence = 1000 WHERE sequence = 3`,
      undo: `UPDATE audit SET sequence = 3 WHERE sequence = 1000`,
      says: /Rows 3 to 3 are missing/,
    },
    {
      name: 'a tail cut off together with its head',
      sql: `WITH gone AS (DELETE FROM audit WHERE sequence = 5)
            UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit WHERE sequence = 4)`,
      undo: '',
      says: /ends at row 4; the file audit.head knew of 5/,
    },
  ]
  it('is whole, row by row, after every change', async () => {
    one = await startSetUp()
    for (let n = 0; n < 4; n++) await addUser(one.state, `user-${n}`)
    assert.deepEqual(await verify(one.state).then(({ ok, rows }) => [ok, rows]), [true, 5])
  })
  for (const attack of attacks)
    it(`shows ${attack.name}, and where`, async () => {
      const opened = await openState({ state: one.state, join: true })
      try {
        await sql.raw(attack.sql).execute(opened.db)
        const report = await verify(one.state)
        assert.equal(report.ok, false)
        assert.match(report.findings[0]?.what ?? '', attack.says)
        if (attack.undo === '') return
        await sql.raw(attack.undo).execute(opened.db)
        assert.deepEqual((await verify(one.state)).findings, [])
      } finally {
        await opened.close()
      }
    })
})
