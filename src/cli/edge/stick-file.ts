/** A file for a manager, written by whoever asked for it. */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fault, messageOf } from '#core/errors.ts'
import { syncFolder } from '#core/folders.ts'
import { endOfStick, type StickEnd } from '#edge/link/stick-out.ts'
import type { StickReport } from '#schema/control.ts'
import { plural } from '../output.ts'

const unwritable = (path: string, error: unknown): Fault =>
  error instanceof Fault
    ? error
    : new Fault('file-unreadable', `${path} cannot be written.`, {
        cause: error,
        details: [messageOf(error)],
        advice: 'Name a file in a directory that you may write to, with room for it.',
      })

/** Bytes gathered before they are written. */
const chunk = 65_536

const writeLines = async (file: FileHandle, lines: AsyncIterable<string>): Promise<StickEnd | undefined> => {
  let waiting = ''
  for await (const line of lines) {
    const end = endOfStick(line)
    if (end !== undefined || waiting.length > chunk) {
      await file.appendFile(waiting)
      waiting = ''
    }
    if (end !== undefined) return end
    waiting += `${line}\n`
  }
  return undefined
}

/**
 * Writes the file whole or not at all, readable by its owner only. What is there already is replaced, a link too.
 * @param lines as link/stick-out has them
 * @throws Fault `file-unreadable`, and those that the lines bring
 */
export const writeStick = async (path: string, lines: AsyncIterable<string>): Promise<StickReport> => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const body = `${draft}.lines`
  try {
    const file = await open(body, 'wx', 0o600)
    let end: StickEnd | undefined
    try {
      end = await writeLines(file, lines)
    } finally {
      await file.close()
    }
    if (end === undefined) throw new Fault('edge-unreachable', 'The edge ended in the middle of the file.')
    const whole = await open(draft, 'wx', 0o600)
    try {
      await whole.appendFile(`${JSON.stringify(end.head)}\n`)
      for await (const part of createReadStream(body)) if (Buffer.isBuffer(part)) await whole.appendFile(part)
      await whole.sync()
    } finally {
      await whole.close()
    }
    await rename(draft, path)
    syncFolder(dirname(path))
    const { events, lines: count } = end
    return { path, lines: count, events, text: `${plural(events, 'event')} and ${plural(count, 'line')} in all` }
  } catch (error) {
    await rm(draft, { force: true })
    throw unwritable(path, error)
  } finally {
    await rm(body, { force: true })
  }
}
