/**
 * The host's sources, compiled: they take two thirds of its start, and whoever ends hosts makes the edge start them. Node keeps them for
 * each user, and the host's may write nothing. So they are written for it, by who starts it, where only he can write
 * (docs/decisions/021).
 */
import { spawn } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const writer = fileURLToPath(new URL('../../decoy/write-cache.ts', import.meta.url))
const Note = z.object({ node: z.string(), files: z.array(z.tuple([z.string(), z.number()])) })

/** Nobody but this user can put anything there. */
const isOurs = (folder: string): boolean => {
  const { uid, mode } = lstatSync(folder)
  return uid === process.getuid?.() && (mode & 0o022) === 0
}

/** It was written by this Node from the sources as they are. */
const isFresh = (folder: string, flags: readonly string[]): boolean => {
  try {
    const { node, files } = Note.parse(JSON.parse(readFileSync(join(folder, 'note.json'), 'utf8')))
    return node === [process.version, ...flags].join(' ') && files.every(([path, at]) => statSync(path).mtimeMs === at)
  } catch {
    return false
  }
}

const write = (folder: string, user: string, flags: readonly string[]): void => {
  const child = spawn(process.execPath, [...flags, writer, folder, user], { cwd: '/', env: {}, stdio: 'ignore' })
  child.once('error', () => undefined)
  child.unref()
  if (child.pid !== undefined) setPriority(child.pid, 10)
}

/**
 * What is stale or missing is written meanwhile, for the next start.
 * @param beside the folder where Node keeps what this process compiled
 * @param user id of the host's user
 * @param flags those that Node is started with for the host
 * @returns the folder for the host; undefined where there can be none
 */
export const hostCache = (beside: string | undefined, user: string, flags: readonly string[]): string | undefined => {
  if (beside === undefined || beside === '') return undefined
  // What this process compiled may be for its eyes alone.
  const folder = `${beside.replace(/\/+$/, '')}-decoys`
  try {
    mkdirSync(folder, { recursive: true })
    if (!isOurs(dirname(folder)) || !isOurs(folder)) return undefined
    chmodSync(folder, 0o755)
    if (!isFresh(folder, flags)) write(folder, user, flags)
    return folder
  } catch {
    return undefined
  }
}
