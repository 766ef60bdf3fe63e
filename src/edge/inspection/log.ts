/** What inspectors and their watchdog say on standard error: kept in files that do not grow without end. */
import { appendFileSync, renameSync, statSync } from 'node:fs'

/** Bytes after which a log is begun anew; the one before is kept beside it. */
const longest = 1 << 20

/** Puts a log that has become long aside. */
export const rotateLog = (path: string): void => {
  try {
    if (statSync(path).size > longest) renameSync(path, `${path}.1`)
  } catch {
    // There is none yet, or the disk is ill: neither is a reason to stop.
  }
}

export const appendLog = (path: string, text: Uint8Array): void => {
  rotateLog(path)
  try {
    appendFileSync(path, text, { mode: 0o600 })
  } catch {
    // A full disk is no reason to stop judging.
  }
}
