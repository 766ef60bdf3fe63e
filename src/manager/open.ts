/** The database, its form and the audit of one state directory: what `run`, `backup` and `restore` share. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { Fault } from '#core/errors.ts'
import { type AuditKeys, auditKeys } from './audit/keys.ts'
import { openTrail, type Trail } from './audit/trail.ts'
import { type Bring, migrate } from './database/migrate.ts'
import { type Database, databaseFault, openPool } from './database/pool.ts'
import { answersAt, postgresFolder, type PrivatePostgres, startPostgres } from './database/postgres.ts'

export interface OpenOptions {
  readonly state: string
  /** DATABASE_URL; without it the manager has a PostgreSQL of its own. */
  readonly url?: string | undefined
  readonly now?: () => number
  readonly onTrouble?: (what: string) => void
  /** Use a server that runs already, as a backup beside a running manager does. */
  readonly join?: boolean
  /** Which database may be changed to the form of this version; every one when absent. */
  readonly bring?: Bring
  /** ms without an answer of the database after which a connection is given up. */
  readonly silentMs?: number | undefined
  /** ms without a statement after which the server gives up a transaction. */
  readonly idleMs?: number | undefined
}

export interface Opened {
  readonly db: Database
  readonly pool: pg.Pool
  readonly keys: AuditKeys
  readonly trail: Trail
  readonly postgres: PrivatePostgres | undefined
  close(): Promise<void>
}

/** ms that whoever joins gives a server that starts or is busy. */
const joinMs = 30_000
const lookMs = 200

/**
 * @returns the server of this process; nothing where one of another process is joined
 * @throws Fault of {@link startPostgres}
 */
const ownServer = async (
  { state, join = false }: OpenOptions,
  trouble: (what: string) => void,
): Promise<PrivatePostgres | undefined> => {
  for (const end = performance.now() + joinMs; ; await sleep(lookMs)) {
    if (join && (await answersAt(postgresFolder(state)))) return undefined
    try {
      return await startPostgres(state, (why) => trouble(`postgres ${why}`))
    } catch (error) {
      const isOwned = error instanceof Fault && error.code === 'manager-running'
      if (!join || !isOwned || performance.now() > end) throw error
    }
  }
}

export const openState = async (options: OpenOptions): Promise<Opened> => {
  const { state, url } = options
  const trouble = options.onTrouble ?? (() => undefined)
  const folder = postgresFolder(state)
  const postgres = url === undefined ? await ownServer(options, trouble) : undefined
  const { db, pool } = openPool(url === undefined ? { folder } : { url }, (error) => trouble(error.message), {
    silentMs: options.silentMs,
    idleMs: options.idleMs,
  })
  const close = async (): Promise<void> => {
    await db.destroy()
    await postgres?.stop()
  }
  try {
    await migrate(pool, options.bring)
    const keys = auditKeys(state)
    return { db, pool, keys, trail: openTrail(db, keys, state, options.now ?? Date.now), postgres, close }
  } catch (error) {
    await close()
    throw databaseFault(error) ?? error
  }
}
