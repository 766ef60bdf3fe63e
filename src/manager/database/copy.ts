/**
 * `COPY … FROM STDIN` through the pool, in a transaction like any other statement: its one parameter is the text of the rows. It costs
 * the database about half of an INSERT of the same rows (docs/decisions/019).
 */
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { CompiledQuery } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { from } from 'pg-copy-streams'
import type { Tx } from '../audit/trail.ts'

const copies = /^COPY [^;]+ FROM STDIN$/

const copyIn = (client: PoolClient, statement: string, rows: string): Promise<{ command: 'COPY'; rows: [] }> =>
  new Promise((resolve, reject) => {
    const stream = client.query(from(statement))
    // An error of the server or of the connection; the client takes statements again.
    stream.once('error', reject)
    stream.once('finish', () => resolve({ command: 'COPY', rows: [] }))
    stream.end(rows)
  })

class CopyingClient implements PostgresPoolClient {
  readonly #client: PoolClient
  constructor(client: PoolClient) {
    this.#client = client
  }
  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query(asked: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof asked !== 'string') throw new TypeError('There are no cursors here.')
    if (copies.test(asked)) return copyIn(this.#client, asked, String(parameters[0]))
    return this.#client.query(asked, [...parameters])
  }
  release(destroy?: boolean): void {
    this.#client.release(destroy)
  }
}

/** The pool with clients that copy; one for each of its own. */
export const copying = (pool: Pool): PostgresPool => {
  const known = new WeakMap<PoolClient, CopyingClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      const found = known.get(client) ?? new CopyingClient(client)
      known.set(client, found)
      return found
    },
  }
}

const special = /[\\\t\n\r]/
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** A value in COPY's text format (PostgreSQL manual, COPY, "Text Format"). */
export const copyField = (value: string | number | undefined): string => {
  if (value === undefined) return '\\N'
  const text = String(value)
  return special.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (one) => escapes[one]!) : text
}

/** @param rows one line for each, fields separated by tabs */
export const copyRows = async (tx: Tx, table: string, columns: readonly string[], rows: string): Promise<void> => {
  await tx.executeQuery(CompiledQuery.raw(`COPY ${table} (${columns.join(', ')}) FROM STDIN`, [rows]))
}
