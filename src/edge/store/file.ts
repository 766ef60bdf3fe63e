/** The database file itself: made whole or not at all, looked at before SQLite may touch it. */
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '#core/errors.ts'
import { makeFolders, syncFolder } from '#core/folders.ts'
import { Database } from '#sqlite/database.ts'
import { corrupt, storeFault } from '#sqlite/fault.ts'
import { steps } from './layout.ts'

const headOf = (path: string, length: number): { readonly size: number; readonly head: Buffer } => {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(length)
    const read = readSync(file, head, 0, length, 0)
    return { size: fstatSync(file).size, head: head.subarray(0, read) }
  } finally {
    closeSync(file)
  }
}

/** Makes the state directory, readable by its owner only. */
export const makeFolder = (path: string): void => {
  try {
    makeFolders(dirname(path), 0o700)
  } catch (error) {
    throw storeFault(error, dirname(path))
  }
}

// https://www.sqlite.org/fileformat2.html, 1.3 and 4.1
const magic = 'SQLite format 3\0'
const walMagic = 0x377f0682

/**
 * Refuses what SQLite would take for an empty database or an empty log: a file that lost its content, or a
 * write-ahead log whose head was overwritten.
 */
export const inspectFile = (path: string): void => {
  try {
    const { size, head } = headOf(path, 16)
    if (size === 0) throw corrupt(path, 'it is empty')
    if (head.toString('latin1') !== magic) throw corrupt(path, 'it does not begin like a database')
    const log = `${path}-wal`
    if (!existsSync(log)) return
    const wal = headOf(log, 32)
    // Zeros can be left by a power cut before the first commit was acknowledged.
    const zeros = wal.head.every((byte) => byte === 0)
    if (wal.head.length === 32 && !zeros && (wal.head.readUInt32BE(0) & ~1) >>> 0 !== walMagic) {
      throw corrupt(log, 'it does not begin like a write-ahead log')
    }
  } catch (error) {
    throw storeFault(error, path)
  }
}

/** Brings the tables to this version's layout. */
export const migrate = (database: Database): void => {
  const version = Number(database.value('PRAGMA user_version'))
  if (version > steps.length) {
    throw new Fault(
      'store-unreadable',
      `${database.path} was written by a newer Bulkhead (layout ${version}, this one knows ${steps.length}).`,
      { advice: 'Run the newer version, or move the file away to start with an empty store.' },
    )
  }
  for (const [at, sql] of steps.entries()) {
    if (at < version) continue
    database.atomically(() => {
      database.exec(sql)
      database.exec(`PRAGMA user_version=${at + 1}`)
    })
  }
}

/** The log of a store that was moved away, which SQLite would write into the next one: it is kept for whoever mends the old one. */
const setLogAside = (path: string): void => {
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${path}-wal.left`)
  rmSync(`${path}-shm`, { force: true })
}

/** Makes an empty store beside the path and moves it into place, so that a crash or a full disk leaves no half of one. */
export const createFile = (path: string): void => {
  const draft = `${path}.new`
  const removeDraft = () =>
    ['', '-wal', '-shm', '-journal'].forEach((suffix) => rmSync(`${draft}${suffix}`, { force: true }))
  try {
    removeDraft()
    const database = new Database(draft)
    try {
      database.exec('PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL')
      migrate(database)
    } finally {
      database.close()
    }
    setLogAside(path)
    renameSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    removeDraft()
    throw storeFault(error, path)
  }
}

/** What enforcement is restored from: small, so that it can be checked at every opening. */
const vital = ['plans', 'containments', 'permits', 'bindings', 'kv'] as const

const checkWith = (database: Database, pragma: string): void => {
  let found: unknown
  try {
    found = database.value(pragma)
  } catch (error) {
    const fault = storeFault(error, database.path)
    throw fault.code === 'store-unreadable' ? corrupt(database.path, fault.details[0] ?? 'it cannot be read') : fault
  }
  if (found !== 'ok') throw corrupt(database.path, String(found).split('\n').at(-1)?.trim() ?? 'quick_check failed')
}

/** `PRAGMA quick_check` of every page: 0.3 s for 256 MB in memory. */
export const checkWhole = (database: Database): void => checkWith(database, 'PRAGMA quick_check(1)')
export const checkVital = (database: Database): void => {
  for (const table of vital) checkWith(database, `PRAGMA quick_check(${table})`)
}
