/** Lines to the edge. What it does not read in time must neither stop the host nor fill its memory. */
import type { Writable } from 'node:stream'
import { lineLimit, type HostReport } from '#schema/decoy-host.ts'

/** Bytes that wait: above the first nothing that can wait is written, above the second nothing at all. */
const room = 1 << 20
const roomInAll = 16 << 20

export interface Reports {
  /** Writes what must be known at once. */
  readonly tell: (report: HostReport) => void
  /** Writes what can wait. @returns false, and nothing written, when there is no room for it now */
  offer(report: HostReport): boolean
  hasRoom(): boolean
  /** Reports that were lost because nobody read. */
  readonly lost: number
}

export const reports = (stream: Writable): Reports => {
  let lost = 0
  // What one turn of the event loop has to tell is one system call.
  let gathered = ''
  const waiting = (): number => stream.writableLength + gathered.length
  const flush = (): void => {
    const text = gathered
    gathered = ''
    if (!stream.destroyed) stream.write(text)
  }
  const write = (report: HostReport): void => {
    const line = JSON.stringify(report)
    if (line.length > lineLimit) {
      lost++
      return
    }
    if (gathered === '') setImmediate(flush)
    gathered += `${line}\n`
  }
  return {
    tell: (report) => {
      if (waiting() > roomInAll) lost++
      else write(report)
    },
    offer: (report) => {
      if (waiting() > room) return false
      write(report)
      return true
    },
    hasRoom: () => waiting() <= room,
    get lost() {
      return lost
    },
  }
}
