/** Directories, as several rooms make them that may not import each other. */
import { codeOf } from './errors.ts'

const parentOf = (path: string): string => path.replace(/\/+[^/]*\/*$/, '')

/**
 * Makes a directory and those above it that are missing. `mkdirSync` with `recursive` does the same, and tries for ever where a directory
 * that is there says that it is not, as those of /proc do.
 * @returns the first directory that was made, undefined when all were there
 * @throws what `mkdirSync` throws
 */
export const makeFolders = (path: string, mode = 0o777): string | undefined => {
  const { mkdirSync, statSync } = process.getBuiltinModule('node:fs')
  const one = (folder: string): string | undefined => {
    try {
      mkdirSync(folder, mode)
      return folder
    } catch (error) {
      if (codeOf(error) === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true)
        return undefined
      throw error
    }
  }
  const make = (folder: string): string | undefined => {
    try {
      return one(folder)
    } catch (error) {
      const parent = parentOf(folder)
      if (codeOf(error) !== 'ENOENT' || parent === '' || parent === folder) throw error
      const first = make(parent)
      // Once more, and not again: the directory above is there now.
      const made = one(folder)
      return first ?? made
    }
  }
  return make(path)
}

/** Returns when the names in a directory are on the disk: of a file that is, a power cut could leave no name. */
export const syncFolder = (folder: string): void => {
  const { closeSync, fsyncSync, openSync } = process.getBuiltinModule('node:fs')
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
