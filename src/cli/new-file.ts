/** A file of the person's choice that is made by a command, line by line. */
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '#core/folders.ts'
import { writeFault } from './failure.ts'

/**
 * Makes a file that must not exist, readable by its owner only, and on the disk when this returns. Where `work` fails it is not left
 * there: half of it would be taken for the whole.
 * @throws Fault `disk-full`, `refused` or `file-unreadable` that names the file; what `work` throws
 */
export const newFile = async <T>(file: string, work: (line: (text: string) => void) => T | Promise<T>): Promise<T> => {
  let out: number
  try {
    out = openSync(file, 'wx', 0o600)
  } catch (error) {
    throw writeFault(error, file)
  }
  const line = (text: string): void => {
    try {
      writeFileSync(out, `${text}\n`)
    } catch (error) {
      throw writeFault(error, file)
    }
  }
  try {
    const value = await work(line)
    fsyncSync(out)
    syncFolder(dirname(file))
    return value
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(out)
  }
}
