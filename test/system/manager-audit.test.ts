/** Changes as they happen, those that a reader missed, and what somebody changed, moved or took out in the database, found and named. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { openState } from '#manager/open.ts'
import { addUser, type Started, startSetUp, verifyAudit as verify } from './manager/start.ts'

let one: Started
before(async () => void (one = await startSetUp()))
after(() => one.end())

/** Follows until so many changes came; resolves with their ids. */
const follow = (count: number, begun: () => void, lastId?: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
    const call = request({ socketPath: one.manager.socket, path: '/v1/events/stream', headers }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => {
        text += part.toString()
        if (text === ': connected\n\n') begun()
        const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id!)
        if (ids.length < count) return
        call.destroy()
        resolve(ids)
      })
    })
    call.on('error', reject)
    call.end()
  })

describe('the stream of changes', () => {
  it('sends a change when it happens', async () => {
    const ids = await follow(1, () => void addUser(one.state, 'bob'))
    assert.deepEqual(ids, ['2'])
  })
  it('resumes after the last one that was seen', async () => {
    await addUser(one.state, 'carol')
    assert.deepEqual(await follow(2, () => undefined, '1'), ['2', '3'])
  })
  it('is for those who are logged in', async () => {
    assert.equal((await one.send({ path: '/v1/events/stream' })).status, 401)
  })
})

describe('the audit', () => {
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
    for (let n = 0; n < 2; n++) await addUser(one.state, `user-${n}`)
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

describe('a file beside the database that cannot be written', () => {
  it('makes no change fail that is done already', async () => {
    // As on a full disk, which cannot be had here: a folder is where the file is drafted.
    mkdirSync(join(one.state, 'audit.head.new'))
    for (const name of ['late', 'later']) assert.equal((await addUser(one.state, name)).name, name)
  })
})
