/** Plain SQL files, applied once each in the order of their numbers. */
import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  /** Hex SHA-256 of the text: one that was applied may not change afterwards. */
  readonly hash: string
}

const folder = new URL('migrations/', import.meta.url)
const naming = /^(\d{3})-[a-z0-9-]+\.sql$/

/** Every migration there is; numbers count from 1 without a gap. */
export const migrations = (): readonly Migration[] =>
  readdirSync(folder)
    .toSorted()
    .map((name, at) => {
      const number = Number(naming.exec(name)?.[1])
      if (number !== at + 1) throw new Fault('internal', `The migration ${name} does not follow its predecessor.`)
      const sql = readFileSync(new URL(name, folder), 'utf8')
      return { number, name, sql, hash: sha256(sql) }
    })

/** Any number will do, as long as every manager has the same one. */
const lock = 7_261_003

const compare = (applied: { number: number; name: string; hash: string }, known: readonly Migration[]): void => {
  const ours = known[applied.number - 1]
  if (ours === undefined)
    throw new Fault('refused', `The database is newer than this manager: it has ${applied.name}.`, {
      advice: 'Start the newer version again; going back needs a backup made by this one.',
    })
  if (ours.hash !== applied.hash)
    throw new Fault('database-failed', `The database was made with another ${applied.name}.`)
}

/**
 * Which databases may be brought to the newest form: every one, one that nobody has used, none. A backup and a restore are no upgrade: the
 * database may be one that a manager of an older version works with, or whose older form is what one could go back to.
 */
export type Bring = 'any' | 'unused' | 'none'

const otherForm = (bring: Bring, has: number, newest: number): Fault => {
  if (has === 0)
    return new Fault('not-found', 'No manager has used this database; nothing was changed in it.', {
      advice: 'Name the right one in DATABASE_URL, or the directory that `bulkhead manager run --state` was given.',
    })
  return new Fault(
    'refused',
    `The database has form ${has}, of an older version; this manager works with ${newest}. Nothing was changed in it.`,
    {
      advice:
        bring === 'none'
          ? 'Use the version that ran with it last: a backup to go back to is made before an upgrade.'
          : 'It is in use: choose an empty --state, or name an empty database in DATABASE_URL.',
    },
  )
}

/**
 * Brings the database to the newest form, or leaves it as it is: all in one transaction, managers one after another.
 * @returns names of what was applied now
 * @throws Fault `refused` when the database is newer, or older and not to be changed, `not-found` when it is unused and not to be
 * changed, `database-failed` when an applied migration is another one
 */
export const migrate = async (
  pool: pg.Pool,
  bring: Bring = 'any',
  known: readonly Migration[] = migrations(),
): Promise<string[]> => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [lock])
    await client.query(
      `CREATE TABLE IF NOT EXISTS migrations
       (number integer PRIMARY KEY, name text NOT NULL, hash text NOT NULL, applied timestamptz NOT NULL DEFAULT now())`,
    )
    const { rows } = await client.query<{ number: number; name: string; hash: string }>(
      'SELECT number, name, hash FROM migrations ORDER BY number',
    )
    for (const row of rows) compare(row, known)
    const fresh = known.slice(rows.length)
    if (fresh.length > 0 && (bring === 'none' || (bring === 'unused' && rows.length > 0)))
      throw otherForm(bring, rows.length, known.length)
    for (const { number, name, sql, hash } of fresh) {
      await client.query(sql)
      await client.query('INSERT INTO migrations (number, name, hash) VALUES ($1, $2, $3)', [number, name, hash])
    }
    await client.query('COMMIT')
    return fresh.map(({ name }) => name)
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}
