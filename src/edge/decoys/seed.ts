/** The secret of the site from which decoys get their names, serials and places. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '#core/folders.ts'
import { writeWhole } from '#core/whole-file.ts'
import { storeFault } from '#sqlite/fault.ts'

const seedBytes = 32

/** What decoys keep lies in a folder of their own beside the store. */
export const decoyFolder = (state: string): string => join(state, 'decoys')

/**
 * Reads it, or makes one on the first call; it never changes by itself, or every decoy would be another device.
 * @throws Fault `store-unreadable`, `disk-full`
 */
export const siteSeed = (state: string): Uint8Array => {
  const folder = decoyFolder(state)
  const file = join(folder, 'seed')
  try {
    const seed = readFileSync(file)
    if (seed.length === seedBytes) return seed
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw storeFault(error, file)
  }
  try {
    makeFolders(folder, 0o700)
    const seed = randomBytes(seedBytes)
    writeWhole(file, seed)
    return seed
  } catch (error) {
    throw storeFault(error, file)
  }
}
