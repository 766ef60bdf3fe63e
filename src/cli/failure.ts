import { appendFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Fault } from '#core/errors.ts'

/** bytes; a fault that repeats must not fill the disk */
const logLimit = 1_000_000

const logFile = (): string =>
  process.getuid?.() === 0
    ? '/var/log/bulkhead/internal.log'
    : join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'bulkhead', 'internal.log')

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Writes the whole error away and says where it is. */
const keep = (error: unknown, argv: readonly string[], path: string): string => {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const full = statSync(path, { throwIfNoEntry: false })
    const entry = `${new Date().toISOString()} bulkhead ${argv.join(' ')}\n${stackOf(error)}\n`
    if (full !== undefined && full.size > logLimit) writeFileSync(path, entry, { mode: 0o600 })
    else appendFileSync(path, entry, { mode: 0o600 })
    return `Its trace is in ${path}.`
  } catch {
    return 'Run it again with BULKHEAD_DEBUG=1 to see its trace.'
  }
}

const fileReasons: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
}

/** Any thrown value as the Fault a person reads. What nobody foresaw is logged whole and said in one sentence. */
export const faultOf = (error: unknown, argv: readonly string[], log = logFile()): Fault => {
  if (error instanceof Fault) return error
  if (isSystemError(error)) {
    if (error.code === 'ENOSPC') return new Fault('disk-full', 'The disk is full.', { cause: error })
    if (error.code === 'ENOENT' && error.syscall?.startsWith('spawn') === true)
      return new Fault('library-missing', `The program ${error.path ?? ''} is not installed.`, { cause: error })
    const reason = fileReasons[error.code ?? '']
    if (reason !== undefined)
      return new Fault('file-unreadable', `${error.path ?? 'The file'} cannot be used: ${reason}.`, { cause: error })
  }
  const what = error instanceof Error ? error.message : String(error)
  const first = what.split('\n')[0]!.replace(/[.:\s]*$/, '')
  return new Fault('internal', `Something unexpected happened: ${first}. ${keep(error, argv, log)}`, { cause: error })
}

/** The stack of the original error, for people who work on Bulkhead. */
export const traceOf = (fault: Fault): string => stackOf(fault.cause ?? fault)
