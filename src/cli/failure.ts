import { appendFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Fault, exhaustionOf, messageOf } from '#core/errors.ts'
import type * as Secrets from '#core/secrets.ts'
import type * as Reading from '#policy/read-at-most.ts'

const require = createRequire(import.meta.url)

/** Loaded when something is kept or hidden: every command loads this file. */
const withoutSecrets = (text: string): string => {
  const secrets: typeof Secrets = require('#core/secrets.ts')
  return secrets.withoutSecrets(text)
}

/** What a word with a secret in it has, and few others have. */
const suspect = /bh[a-z]_|@|=|[A-Z\d]{4}-[A-Z\d]{4}/

/** Who may list processes reads their words (proc(5), /proc/PID/cmdline): a token or a code among them is taken out at once. */
export const hideSecrets = (argv: readonly string[]): void => {
  if (!argv.some((word) => suspect.test(word))) return
  const shown = argv.map(withoutSecrets)
  if (shown.some((word, index) => word !== argv[index])) process.title = ['bulkhead', ...shown].join(' ')
}

/** bytes; a fault that repeats must not fill the disk */
const logLimit = 1_000_000

const logFile = (): string =>
  process.getuid?.() === 0
    ? '/var/log/bulkhead/internal.log'
    : join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'bulkhead', 'internal.log')

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'

const stackOf = (error: unknown): string =>
  withoutSecrets(error instanceof Error ? (error.stack ?? error.message) : String(error))

/**
 * Which command it was, and with which options. What was said to them stays out of a file that people send on: it may be a secret,
 * and is the plant's own.
 * @param depth how many words name the command
 */
const shapeOf = (argv: readonly string[], depth: number): string => {
  const shape: string[] = []
  let words = 0
  let ours = true
  for (const word of argv) {
    const option = ours ? /^(?:--[a-z][a-z-]*|-[a-z](?![a-z]))/i.exec(word)?.[0] : undefined
    if (word === '--') ours = false
    else if (option !== undefined) shape.push(option)
    else if (ours && words < depth && !word.startsWith('-')) {
      shape.push(word)
      words += 1
    } else if (shape.at(-1) !== '…') shape.push('…')
  }
  return shape.join(' ')
}

/** Writes the whole error away and says where it is. */
const keep = (error: unknown, command: string, path: string): string => {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const full = statSync(path, { throwIfNoEntry: false })
    const entry = `${new Date().toISOString()} bulkhead ${command}\n${stackOf(error)}\n`
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
  EPERM: 'that is not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'something of this name is there already',
  EROFS: 'its file system is read-only',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
}

const addressReasons: Record<string, string> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'a port below 1024 wants root',
}

/** What a system call on a file said, for a person; `path` where the call itself does not know it (reading a descriptor). */
export const fileFault = (error: unknown, path?: string): Fault | undefined => {
  if (!isSystemError(error)) return undefined
  const reason = fileReasons[error.code ?? '']
  const place = path ?? error.path
  if (error.code === 'EEXIST' && error.syscall === 'open' && place !== undefined)
    return new Fault('refused', `${place} exists already.`, {
      cause: error,
      advice: 'Name another file; nothing was written.',
    })
  if (reason === undefined || (place === undefined && error.code !== 'EISDIR')) return undefined
  return new Fault('file-unreadable', `${place ?? 'The file'} cannot be used: ${reason}.`, { cause: error })
}

/** bytes. What people give is smaller by far; a device or a pipe without end must not fill the memory. */
const textLimit = 64 << 20

/** Bytes of a file, or of standard input for `-`. @throws Fault `file-unreadable` that names it */
export const bytesIn = (file: string, most = textLimit): Buffer => {
  const name = file === '-' ? 'Standard input' : file
  // Every command loads this file, and few read one.
  const { readAtMost }: typeof Reading = require('#policy/read-at-most.ts')
  let bytes: Buffer | undefined
  try {
    bytes = readAtMost(file === '-' ? 0 : file, most)
  } catch (error) {
    throw fileFault(error, name) ?? error
  }
  if (bytes === undefined)
    throw new Fault('file-unreadable', `${name} is longer than ${most >> 20} MB.`, {
      advice: 'Check the path: that is no file for this command.',
    })
  return bytes
}

/** The same as text. */
export const textIn = (file: string, most?: number): string => bytesIn(file, most).toString('utf8')

/** What went wrong when a file of the person's choice was written: the system's own error about a full disk does not say which. */
export const writeFault = (error: unknown, file: string): unknown => {
  if (!isSystemError(error)) return error
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return new Fault('disk-full', `${file} could not be written whole: there is no room left where it is.`, {
      cause: error,
      advice: 'Free space there, or name a file elsewhere, and run the command again.',
    })
  return fileFault(error, file) ?? error
}

/** @throws Fault that names the file */
export const writeOut = (file: string, content: string | Uint8Array, mode = 0o666): void => {
  try {
    writeFileSync(file, content, { mode })
  } catch (error) {
    throw writeFault(error, file)
  }
}

const listenFault = (error: NodeJS.ErrnoException & { address?: string; port?: number }): Fault | undefined => {
  const reason = error.syscall === 'listen' || error.syscall === 'bind' ? addressReasons[error.code ?? ''] : undefined
  if (reason === undefined) return undefined
  const { address = '', port } = error
  return new Fault(
    'usage',
    `${address}${port === undefined || port < 0 ? '' : `:${port}`} cannot be listened on: ${reason}.`,
    {
      cause: error,
      advice: 'Name another address or port, or end what listens there.',
    },
  )
}

/**
 * Any thrown value as the Fault a person reads. What nobody foresaw is logged whole, without secrets, and said in one sentence.
 * @param depth how many words of the command line name the command
 */
export const faultOf = (error: unknown, argv: readonly string[], depth = 1, log = logFile()): Fault => {
  if (error instanceof Fault) return error
  if (isSystemError(error)) {
    if (error.code === 'ENOSPC') return new Fault('disk-full', 'The disk is full.', { cause: error })
    if (error.code === 'ENOENT' && error.syscall?.startsWith('spawn') === true)
      return new Fault('library-missing', `The program ${error.path ?? ''} is not installed.`, { cause: error })
    const known = exhaustionOf(error) ?? listenFault(error) ?? fileFault(error)
    if (known !== undefined) return known
  }
  const what = withoutSecrets(messageOf(error))
  const first = what.split('\n')[0]!.replace(/[.:\s]*$/, '')
  return new Fault('internal', `Something unexpected happened: ${first}. ${keep(error, shapeOf(argv, depth), log)}`, {
    cause: error,
  })
}

/** The stack of the original error, for people who work on Bulkhead. */
export const traceOf = (fault: Fault): string => stackOf(fault.cause ?? fault)
