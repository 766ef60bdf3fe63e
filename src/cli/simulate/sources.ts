/** The capture files that a command line means: files, and folders of them. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'

export interface CaptureFile {
  readonly path: string
  /** bytes; 0 when unknown. */
  readonly size: number
  /** Named by a person, not found in a folder: it must be a capture. */
  readonly named: boolean
}

/** As tcpdump, Wireshark and their rings name them: `line.pcap`, `line.pcapng.gz`, `line.pcap00017`. */
const captureName = /\.(pcap|pcapng|cap)\d*(\.gz)?$/i

/** @returns every file of a folder and those in it whose name is that of a capture, in the order of names */
const inFolder = (folder: string): readonly CaptureFile[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && captureName.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => ({ path, size: statSync(path).size, named: false }))

/**
 * @param sources files, folders, or `-` for standard input
 * @throws Fault `file-unreadable` for a folder without captures, and system errors for what is not there
 */
export const captureFiles = (sources: readonly string[]): readonly CaptureFile[] =>
  sources.flatMap((source): readonly CaptureFile[] => {
    if (source === '-') return [{ path: source, size: 0, named: true }]
    const found = statSync(source)
    if (!found.isDirectory()) return [{ path: source, size: found.size, named: true }]
    const files = inFolder(source)
    if (files.length > 0) return files
    throw new Fault('file-unreadable', `${source} has no captures in it.`, {
      advice: 'Give a folder of files that end in .pcap, .pcapng or .cap, also with .gz.',
    })
  })
