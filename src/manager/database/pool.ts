import { Kysely, PostgresDialect } from 'kysely'
import { type CustomTypesConfig, Pool, types } from 'pg'
import { Fault } from '#core/errors.ts'
import { copying } from './copy.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>

/** Where the database is: a server of somebody else's, or our own behind a unix socket. */
export type Place = { readonly url: string } | { readonly folder: string }

const connectMs = 5000
/** ms; a statement of ours that takes longer is stuck */
const statementMs = 30_000
const connections = 10

const typesOf: CustomTypesConfig = {
  getTypeParser: (id, format) => (id === types.builtins.INT8 ? Number : types.getTypeParser(id, format)),
}

export interface Opened {
  readonly pool: Pool
  readonly db: Database
}

/** A pool that outlives restarts of the server: a connection that breaks is replaced at the next query. */
export const openPool = (place: Place, onError: (error: Error) => void): Opened => {
  const pool = new Pool({
    ...('url' in place
      ? { connectionString: place.url }
      : { host: place.folder, user: 'bulkhead', database: 'bulkhead' }),
    max: connections,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    application_name: 'bulkhead-manager',
    types: typesOf,
  })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  return { pool, db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: copying(pool) }) }) }
}

const lostCodes = /^(57P0[123]|08\w{3}|53300|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/
const lostTexts = /Connection terminated|is not queryable|timeout exceeded when trying to connect|connection timeout/i

/** A database that cannot be reached, as the fault that says so; other errors are `undefined`. */
export const databaseFault = (error: unknown): Fault | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return lostCodes.test(code) || lostTexts.test(error.message)
    ? new Fault('database-failed', 'The database does not answer at the moment.', { cause: error })
    : undefined
}

/** Whether an insert met a row that is there already (SQLSTATE 23505). */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505'
