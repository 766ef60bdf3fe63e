/** Small files that must never be half there, as rooms write them that may not import each other. */

const folderOf = (path: string): string => {
  const end = path.lastIndexOf('/')
  return end < 0 ? '.' : path.slice(0, end) || '/'
}

/**
 * Writes a file whole or not at all, readable by its owner only, and on the disk with its name when this returns.
 * @throws what the system calls throw; what was there before is there then, and nothing else
 */
export const writeWhole = (path: string, content: string | Uint8Array): void => {
  const { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } = process.getBuiltinModule('node:fs')
  const draft = `${path}.${crypto.randomUUID().slice(0, 8)}`
  const synced = (file: number): void => {
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
  try {
    const file = openSync(draft, 'wx', 0o600)
    try {
      // A disk with little room takes a part: only this writes the rest, or says that there is no room.
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  synced(openSync(folderOf(path), 'r'))
}
