/** One owner per store or server: a lock of the kernel that ends with the process, however it ends. */
import { DatabaseSync } from 'node:sqlite'
import { storeFault } from './fault.ts'

export interface OwnerLock {
  release(): void
}

/**
 * Takes the lock beside `path`. SQLite's exclusive lock on an otherwise empty file is used because Node has no flock;
 * nothing is ever written to it, so it also works on a full disk.
 * @returns undefined when another process (or another part of this one) is the owner
 * @throws Fault `store-unreadable`, `disk-full` when the file cannot be made
 */
export const takeOwnership = (path: string): OwnerLock | undefined => {
  const file = `${path}.lock`
  let handle: DatabaseSync | undefined
  try {
    handle = new DatabaseSync(file, { timeout: 0 })
    handle.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    handle?.close()
    const fault = storeFault(error, file)
    if (fault.code === 'store-busy') return undefined
    throw fault
  }
  const held = handle
  return { release: () => held.close() }
}
