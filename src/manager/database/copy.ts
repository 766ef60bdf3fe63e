/**
 * Connections as kysely sees them: what does not serve any more is not given out again. And
 * `COPY … FROM STDIN` through the pool, in a transaction like any other statement: its parameters are the bytes of the rows. It costs
 * the database about half of an INSERT of the same rows (docs/decisions/019).
 */
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { CompiledQuery } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { from } from 'pg-copy-streams'
import { codeOf } from '#core/errors.ts'
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

export interface Watch {
  /** ms without an answer, after which a connection is given up; without it none is. */
  readonly silentMs?: number | undefined
  readonly onSilent: (error: Error) => void
}

/** A server that became a standby (SQLSTATE 25006) keeps its connections, and refuses every change over them for good. */
const isReadOnly = (error: unknown): boolean => codeOf(error) === '25006'

class CopyingClient implements PostgresPoolClient {
  readonly #client: PoolClient
  readonly #watch: Watch
  readonly #onReadOnly: () => void
  /** Whether it leads to a server that is of no use. */
  spent = false
  constructor(client: PoolClient, watch: Watch, onReadOnly: () => void) {
    this.#client = client
    this.#watch = watch
    this.#onReadOnly = onReadOnly
  }
  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query(asked: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof asked !== 'string') throw new TypeError('There are no cursors here.')
    return this.#watched<unknown>(
      copies.test(asked) ? copyIn(this.#client, asked, parameters) : this.#client.query(asked, [...parameters]),
    )
  }
  /** The server's own limit of time is of no use when the server, or the way to it, is gone without a word. */
  async #watched<T>(answer: Promise<T>): Promise<T> {
    const { silentMs, onSilent } = this.#watch
    const late =
      silentMs === undefined
        ? undefined
        : setTimeout(() => {
            onSilent(new Error(`The database did not answer for ${silentMs / 1000} s: the connection is given up.`))
            // With a statement under way this breaks the connection, which rejects the statement.
            this.#client.end().catch(() => undefined)
          }, silentMs)
    try {
      return await answer
    } catch (error) {
      if (isReadOnly(error)) this.#onReadOnly()
      throw error
    } finally {
      clearTimeout(late)
    }
  }
  release(destroy?: boolean): void {
    this.#client.release(destroy === true || this.spent)
  }
}

/** ms between two times that all connections are given up. */
const renewedMs = 1000

/** The pool with clients that copy; one for each of its own. */
export const copying = (pool: Pool, watch: Watch): PostgresPool => {
  const known = new Map<PoolClient, CopyingClient>()
  pool.on('remove', (client) => void known.delete(client))
  let renewed = -renewedMs
  // What one of them found holds for all that were made before: none of them reads old rows, or fails once more.
  const renew = (): void => {
    if (performance.now() - renewed < renewedMs) return
    renewed = performance.now()
    for (const client of known.values()) client.spent = true
  }
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      for (;;) {
        const client = await pool.connect()
        const found = known.get(client) ?? new CopyingClient(client, watch, renew)
        known.set(client, found)
        if (!found.spent) return found
        found.release()
      }
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
