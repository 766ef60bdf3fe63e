/**
 * `COPY … FROM STDIN` through the pool, in a transaction like any other statement: its parameters are the bytes of the rows. It costs
 * the database about half of an INSERT of the same rows (docs/decisions/019).
 */
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { CompiledQuery } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { from } from 'pg-copy-streams'
import type { Tx } from '../audit/trail.ts'

const copies = /^COPY [^;]+ FROM STDIN$/

const copyIn = (
  client: PoolClient,
  statement: string,
  bytes: readonly unknown[],
): Promise<{ command: 'COPY'; rows: [] }> =>
  new Promise((resolve, reject) => {
    const stream = client.query(from(statement))
    // An error of the server or of the connection; the client takes statements again.
    stream.once('error', reject)
    stream.once('finish', () => resolve({ command: 'COPY', rows: [] }))
    for (const chunk of bytes) stream.write(chunk)
    stream.end()
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
    if (copies.test(asked)) return copyIn(this.#client, asked, parameters)
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
export const copyField = (value: string | undefined): string => {
  if (value === undefined) return '\\N'
  return special.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (one) => escapes[one]!) : value
}
/** Of JSON text as it is written: a control character is in none (RFC 8259, 7). */
export const copyJson = (text: string): string => (text.includes('\\') ? text.replaceAll('\\', '\\\\') : text)

/** Bytes of a chunk; more than a line has. */
const chunkBytes = 1 << 20
const mostKept = 8
/** Chunks for the next rows: memory that is given back and asked for again costs more than what is written into it. */
const kept: Buffer[] = []

const chunksOf = (lines: Iterable<string>): { chunks: Buffer[]; filled: Buffer[] } => {
  const chunks: Buffer[] = []
  const filled: Buffer[] = []
  let chunk: Buffer = Buffer.alloc(0)
  let at = 0
  for (const line of lines) {
    // Three bytes of UTF-8 at most for each of UTF-16's units.
    if (line.length * 3 > chunk.length - at) {
      if (at > 0) filled.push(chunk.subarray(0, at))
      chunk = kept.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
      at = 0
      chunks.push(chunk)
    }
    at += chunk.write(line, at)
  }
  if (at > 0) filled.push(chunk.subarray(0, at))
  return { chunks, filled }
}

/** @param lines rows, each with its fields separated by tabs and a newline behind it, at most 300,000 characters */
export const copyRows = async (
  tx: Tx,
  table: string,
  columns: readonly string[],
  lines: Iterable<string>,
): Promise<void> => {
  const { chunks, filled } = chunksOf(lines)
  await tx.executeQuery(CompiledQuery.raw(`COPY ${table} (${columns.join(', ')}) FROM STDIN`, filled))
  // All of it is with the database. After a failure somebody may still read from them.
  kept.push(...chunks.slice(0, mostKept - kept.length))
}
