import { Kysely, PostgresDialect } from 'kysely'
import { type CustomTypesConfig, Pool, types } from 'pg'
import { codeOf, Fault } from '#core/errors.ts'
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

export interface PoolOptions {
  /**
   * ms without an answer to a statement after which its connection is given up; longer than any statement may take. Without it a
   * statement is waited for as long as the connection stands.
   */
  readonly silentMs?: number | undefined
  /**
   * ms within a transaction without a statement, after which the server gives up the transaction and its connection. Whoever stands still
   * there (a machine that is paused, or without power) holds the locks that all changes of all managers go through. Without it nothing is
   * given up.
   */
  readonly idleMs?: number | undefined
}

/** What the driver takes for a host where there is none. */
const noHost = /^(postgres(?:ql)?:\/\/[^@/]*)@\//

/**
 * An address that cannot be read, before the driver makes some other place of it.
 * @throws Fault `usage` that repeats nothing of it: it may hold a password
 */
export const checkUrl = (url: string): void => {
  const isAddress = /^postgres(ql)?:\/\//.test(url) && URL.canParse(url.replace(noHost, '$1@localhost/'))
  // `/FOLDER DATABASE` and `socket:/FOLDER?db=DATABASE`: a server behind a unix socket, as the driver has it.
  if (isAddress || /^(\/\S+ \S+|socket:\/\S+)$/.test(url)) return
  throw new Fault('usage', 'DATABASE_URL is no address such as postgresql://USER:PASSWORD@HOST/DATABASE.', {
    advice: 'In user and password write %23 for #, %2F for /, %3F for ?, %40 for @, %25 for %.',
  })
}

/** A pool that outlives restarts of the server: a connection that breaks is replaced at the next query. @throws Fault of {@link checkUrl} */
export const openPool = (
  place: Place,
  onError: (error: Error) => void,
  { silentMs, idleMs }: PoolOptions = {},
): Opened => {
  if ('url' in place) checkUrl(place.url)
  const pool = new Pool({
    ...('url' in place
      ? { connectionString: place.url }
      : { host: place.folder, user: 'bulkhead', database: 'bulkhead' }),
    max: connections,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    ...(idleMs === undefined ? {} : { idle_in_transaction_session_timeout: idleMs }),
    application_name: 'bulkhead-manager',
    keepAlive: true,
    types: typesOf,
  })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  const dialect = new PostgresDialect({ pool: copying(pool, { silentMs, onSilent: onError }) })
  return { pool, db: new Kysely<Tables>({ dialect }) }
}

const kept = 'Nothing that edges tell is lost meanwhile: they keep it.'
/** SQLSTATE (PostgreSQL manual, Appendix A) of what is wrong with the server, not with what it was asked. */
const troubles: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  '28000': ['The server of the database lets this manager not in.', `Look at its pg_hba.conf. ${kept}`],
  '28P01': [
    'The server of the database refuses user or password.',
    `Correct them in DATABASE_URL, or at the server. ${kept}`,
  ],
  '3D000': ['The server has no database of that name.', `Make it there, or correct DATABASE_URL. ${kept}`],
  '42501': ['The database does not let its user do that.', `Make the user the owner of the database. ${kept}`],
  '25006': [
    'The database takes no changes: its server is read-only, as a standby is.',
    `Let the address in DATABASE_URL lead to the primary. ${kept}`,
  ],
  '40001': ['The database gave this up for another transaction.', 'Try again.'],
  '40P01': ['The database gave this up for another transaction.', 'Try again.'],
  '53100': ['The disk of the database is full.', `Make room there. ${kept}`],
  '53200': ['The server of the database has no memory left.', `Look at what else runs there. ${kept}`],
  '53300': [
    'The database takes no more connections.',
    `End what else holds some (pg_stat_activity), or raise max_connections: each manager needs ${connections}. ${kept}`,
  ],
  '57014': [
    `The database did not finish a statement within ${statementMs / 1000} s.`,
    `Look for who holds a lock (pg_stat_activity, pg_locks), and at the load of the server. ${kept}`,
  ],
  '58030': ['The database cannot read or write its disk.', `Look at the disk and at the log of the server. ${kept}`],
}

const lostCodes = /^(57P0[123]|25P03|08\w{3}|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/
const lostTexts = /Connection terminated|is not queryable|timeout exceeded when trying to connect|connection timeout/i

/** A database that cannot be reached or cannot do its work, as the fault that says so; other errors are `undefined`. */
export const databaseFault = (error: unknown): Fault | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = codeOf(error) ?? ''
  const [what, advice] = troubles[code] ?? []
  if (what !== undefined && advice !== undefined) return new Fault('database-failed', what, { advice, cause: error })
  return lostCodes.test(code) || lostTexts.test(error.message)
    ? new Fault('database-failed', 'The database does not answer at the moment.', { cause: error })
    : undefined
}

/** Whether a transaction was given up for another one (SQLSTATE 40001, 40P01): the same once more may well succeed. */
export const isGivenUp = (error: unknown): boolean => /^40(001|P01)$/.test(codeOf(error) ?? '')

/** Whether an insert met a row that is there already (SQLSTATE 23505). */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === '23505'
