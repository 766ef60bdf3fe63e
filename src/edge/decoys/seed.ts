/** The secret of the site from which decoys get their names, serials and places. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '#core/errors.ts'
import { makeFolders } from '#core/folders.ts'
import { writeWhole } from '#core/whole-file.ts'
import { storeFault } from '#sqlite/fault.ts'

const seedBytes = 32

/** What decoys keep lies in a folder of their own beside the store. */
export const decoyFolder = (state: string): string => join(state, 'decoys')

/**
 * Reads it, or makes one on the first call; it never changes by itself, or every decoy would be another device.
 * @param onDamage told, as a sentence, that what is there is no seed and another one takes its place
 * @throws Fault `store-unreadable`, `disk-full`
 */
export const siteSeed = (state: string, onDamage: (sentence: string) => void = () => {}): Uint8Array => {
  const folder = decoyFolder(state)
  const file = join(folder, 'seed')
  let damage: string | undefined
  try {
    const seed = readFileSync(file)
    if (seed.length === seedBytes) return seed
    damage = `${file} has ${seed.length} bytes and not ${seedBytes}: it was damaged, and a new one was made. Every decoy is another device from now on; to have them as they were, put the file back from a backup and restart the daemon.`
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw storeFault(error, file)
  }
  try {
    makeFolders(folder, 0o700)
    const seed = randomBytes(seedBytes)
    writeWhole(file, seed)
    if (damage !== undefined) onDamage(damage)
    return seed
  } catch (error) {
    throw storeFault(error, file)
  }
}
