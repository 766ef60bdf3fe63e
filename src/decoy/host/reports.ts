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
  const write = (report: HostReport): void => {
    const line = JSON.stringify(report)
    if (line.length > lineLimit || stream.destroyed) lost++
    else stream.write(`${line}\n`)
  }
  return {
    tell: (report) => {
      if (stream.writableLength > roomInAll) lost++
      else write(report)
    },
    offer: (report) => {
      if (stream.writableLength > room) return false
      write(report)
      return true
    },
    hasRoom: () => stream.writableLength <= room,
    get lost() {
      return lost
    },
  }
}
