/** Everything that can go wrong between Bulkhead and its disk, as the few faults that callers have to know. */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ErrorCode, Fault } from '#core/errors.ts'

/** The only codes a store call throws. Enforcement goes on after any of them. */
export const storeCodes = [
  'disk-full',
  'store-corrupt',
  'store-busy',
  'store-unreadable',
] as const satisfies readonly ErrorCode[]
export type StoreCode = (typeof storeCodes)[number]

// Primary result codes, https://www.sqlite.org/rescode.html
const sqlite: Readonly<Record<number, StoreCode>> = {
  5: 'store-busy', // SQLITE_BUSY
  6: 'store-busy', // SQLITE_LOCKED
  10: 'store-unreadable', // SQLITE_IOERR
  11: 'store-corrupt', // SQLITE_CORRUPT
  13: 'disk-full', // SQLITE_FULL
  14: 'store-unreadable', // SQLITE_CANTOPEN
  15: 'store-busy', // SQLITE_PROTOCOL: whoever holds the locks of the log was stopped while it changed them
  26: 'store-corrupt', // SQLITE_NOTADB
}
const sentences: Readonly<Record<StoreCode, (path: string) => string>> = {
  'disk-full': (path) => `No space left to write ${path}`,
  'store-corrupt': (path) => `${path} is damaged; it was left as it is`,
  'store-busy': (path) => `Another process is writing ${path} and did not finish in time`,
  'store-unreadable': (path) => `${path} cannot be read or written`,
}

// An I/O error on a full disk (SQLITE_IOERR_WRITE, _SHMSIZE) is told as what it is.
const roomLeft = (path: string): number => {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize
  } catch {
    return Infinity
  }
}
const leastRoom = 65_536

const codeOf = (error: unknown, path: string): StoreCode | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? error.code : undefined
  const errcode = 'errcode' in error ? error.errcode : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk-full'
  const known = typeof errcode === 'number' ? sqlite[errcode & 0xff] : undefined
  if (known === 'store-unreadable' || (known === undefined && typeof code === 'string' && /^E[A-Z]+$/.test(code))) {
    return roomLeft(path) < leastRoom ? 'disk-full' : 'store-unreadable'
  }
  return known
}

/** The fault for an error of SQLite or of the file system; a Fault stays itself. */
export const storeFault = (error: unknown, path: string): Fault => {
  if (error instanceof Fault) return error
  const code = codeOf(error, path) ?? 'store-unreadable'
  const details = error instanceof Error ? [error.message] : []
  return new Fault(code, `${sentences[code](path)}.`, { cause: error, details })
}

export const corrupt = (path: string, why: string): Fault =>
  new Fault('store-corrupt', `${path} is damaged (${why}); it was left as it is.`)
