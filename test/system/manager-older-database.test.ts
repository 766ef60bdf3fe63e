/** A database in the form of an older version: a backup and a restore of a newer one leave it as it is. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Client } from 'pg'
import { migrate, migrations } from '#manager/database/migrate.ts'
import { openPool } from '#manager/database/pool.ts'
import { type PrivatePostgres, startPostgres } from '#manager/database/postgres.ts'
import { bulkhead } from './manager/cli.ts'
import { freshState, start } from './manager/start.ts'

const newest = migrations().length
let server: PrivatePostgres
/** Of a manager that has run. */
let state = ''
let backup = ''
const urlOf = (database: string): string =>
  `postgresql://bulkhead@/${database}?host=${encodeURIComponent(server.folder)}`
const asked = async (database: string, statement: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new Client({ connectionString: urlOf(database) })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(statement)
  await client.end()
  return rows
}
/** @param form of the database; 0 has no table */
const made = async (database: string, form: number): Promise<string> => {
  await asked('bulkhead', `CREATE DATABASE ${database}`)
  if (form === 0) return database
  const { db, pool } = openPool({ url: urlOf(database) }, () => undefined)
  await migrate(pool, 'any', migrations().slice(0, form))
  await db.destroy()
  return database
}
const tables = (database: string) => asked(database, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
const formOf = async (database: string) => (await asked(database, 'SELECT max(number) AS form FROM migrations'))[0]

before(async () => {
  server = await startPostgres(freshState(), () => undefined)
  state = freshState()
  const one = await start({ state, url: urlOf('bulkhead') })
  await one.manager.close()
  backup = join(freshState(), 'whole')
  const { code, out, err } = await bulkhead(['manager', 'backup', backup, '--state', state], {
    DATABASE_URL: urlOf('bulkhead'),
  })
  assert.equal(code, 0, err)
  assert.match(out, /^Signed by the key \S{20,}\.$/m)
})
after(() => server.stop())

describe('a backup', () => {
  const backUp = (database: string, file: string) =>
    bulkhead(['manager', 'backup', file, '--state', state], { DATABASE_URL: urlOf(database) })
  it('of a database that an older manager works with is refused, and changes nothing', async () => {
    const database = await made('older', newest - 1)
    const file = join(freshState(), 'x')
    const { code, err } = await backUp(database, file)
    assert.equal(code, 7)
    assert.equal(
      err,
      `bulkhead: The database has form ${newest - 1}, of an older version; this manager works with ${newest}. Nothing was changed in it.\n` +
        'Use the version that ran with it last: a backup to go back to is made before an upgrade.\n',
    )
    assert.deepEqual(await formOf(database), { form: newest - 1 })
    assert.ok(!existsSync(file))
  })
  it('of a database that nobody has used makes no tables in it', async () => {
    const database = await made('unused', 0)
    const { code, err } = await backUp(database, join(freshState(), 'x'))
    assert.equal(code, 1)
    assert.match(err, /No manager has used this database; nothing was changed in it/)
    assert.deepEqual(await tables(database), [])
  })
})

describe('a restore', () => {
  const restored = (database: string) => {
    const file = join(freshState(), 'copy')
    copyFileSync(backup, file)
    return bulkhead(['manager', 'restore', file, '--state', freshState()], { DATABASE_URL: urlOf(database) })
  }
  it('onto a database that an older manager works with is refused, and changes nothing', async () => {
    const database = await made('in_use', newest - 1)
    const { code, err } = await restored(database)
    assert.equal(code, 7)
    assert.match(err, /of an older version.*Nothing was changed in it\.\nIt is in use: choose an empty --state/)
    assert.deepEqual(await formOf(database), { form: newest - 1 })
  })
  it('onto one that nobody has used, or that is empty, works', async () => {
    for (const database of [await made('empty', 0), await made('formed', newest)]) {
      const { code, out, err } = await restored(database)
      assert.equal(code, 0, err)
      assert.match(out, /Restored and verified: 0 accounts.*\nSigned by the key /)
    }
  })
})
