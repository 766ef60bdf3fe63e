/** Room set aside for P0: a file that is given up when the disk is full, so that what must be written still can be. */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'

export interface Reserve {
  /** Gives the room up; false when it is already gone. */
  release(): boolean
  /** Sets it aside again once there is twice as much room. */
  restore(): void
  /** Whether the room is there. */
  held(): boolean
}

export const reserveBeside = (path: string, size: number): Reserve => {
  const file = `${path}.reserve`
  const held = () => size > 0 && existsSync(file)
  return {
    held,
    release: () => {
      if (!held()) return false
      rmSync(file, { force: true })
      return true
    },
    restore: () => {
      if (size === 0 || existsSync(file)) return
      try {
        const { bavail, bsize } = statfsSync(dirname(path))
        if (bavail * bsize < size * 2) return
        // Random, because zeros take no room on a file system that compresses.
        writeFileSync(file, randomBytes(size), { mode: 0o600 })
      } catch {
        // Without reserve the store works all the same until the disk is full.
        rmSync(file, { force: true })
      }
    },
  }
}
