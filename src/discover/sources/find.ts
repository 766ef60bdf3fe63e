/** The captures that a person means: files as named, and all captures below a folder. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'

export interface CaptureFile {
  readonly path: string
  readonly size: number
  /** Named by itself: then it must be a capture. */
  readonly named: boolean
}

/** Folders below folders that are looked into. */
const deepest = 16
const isCaptureName = (name: string): boolean => /\.(pcap|pcapng|cap|dmp|ntar)(\d+)?(\.gz)?$/i.test(name)

const below = (folder: string, depth: number): CaptureFile[] =>
  readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return depth < deepest ? below(path, depth + 1) : []
      return entry.isFile() && isCaptureName(entry.name) ? [{ path, size: statSync(path).size, named: false }] : []
    })

/** @throws Fault `file-unreadable` for what is not there or holds no capture */
export const findCaptures = (sources: readonly string[]): readonly CaptureFile[] =>
  sources.flatMap((source) => {
    const found = statSync(source, { throwIfNoEntry: false })
    if (found === undefined)
      throw new Fault('file-unreadable', `${source}: there is no such file or folder.`, {
        advice: 'Give captures, folders of captures, iface:NAME for a mirror port, or edge: for a running edge.',
      })
    if (!found.isDirectory()) return [{ path: source, size: found.size, named: true }]
    const all = below(source, 0)
    if (all.length === 0)
      throw new Fault('file-unreadable', `${source} holds no captures.`, {
        advice: 'Captures are files named *.pcap, *.pcapng or *.cap, also with .gz behind it.',
      })
    return all
  })
