/** The public captures, as their INDEX.md lists them. */
import { closeSync, globSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { AnyCaptureReader } from '#packet/capture.ts'
import type { CaptureRecord } from '#packet/records.ts'
import { capturesFolder } from '../fixtures/captures.ts'

export interface Capture {
  /** Path below the folder of captures. */
  readonly name: string
  readonly file: string
  /** The index's row, which may list several files, and the packets of all of them. */
  readonly row: string
  readonly packetsOfRow: number
  /** Names of tshark's dissectors that found something in it. */
  readonly dissectors: readonly string[]
}

/** `| pcaps/x.pcap | 1956 | 26 | 23.0 | bvlc:22 bacnet:18 |`, and for many at once `| pcaps/dir/** (141 files) | 245575 | 3197 | - | dnp3 (…) |`. */
const row = /^\| (?<path>\S+\.pcap(?:ng)?|\S+\*\*)(?: \(.*?\))? \| \d+ \| (?<packets>\d+) \|.*?\| (?<found>[^|]*) \|$/

export const readIndex = (): readonly Capture[] => {
  const captures: Capture[] = []
  let folder = ''
  for (const line of readFileSync(join(capturesFolder, 'INDEX.md'), 'utf8').split('\n')) {
    const heading = /^### github:(\S+?)\/(\S+)/.exec(line)
    if (heading !== null) folder = `${heading[1] ?? ''}-${heading[2] ?? ''}`
    const { path, packets, found = '' } = row.exec(line)?.groups ?? {}
    if (path === undefined) continue
    const many = path.endsWith('**')
    const names = many
      ? globSync(`${folder}/${path}/*.pcap{,ng}`, { cwd: capturesFolder }).toSorted()
      : [`${folder}/${path}`]
    const dissectors = [...found.replace(/\(.*/, '').matchAll(/[\w.-]+/g)].map(([word]) => word)
    for (const name of names)
      captures.push({ name, file: join(capturesFolder, name), row: path, packetsOfRow: Number(packets), dissectors })
  }
  return captures
}

/** Every record of a capture, in pieces as a socket would give it. */
export const recordsOf = function* (file: string): Generator<CaptureRecord> {
  const reader = new AnyCaptureReader()
  const chunk = new Uint8Array(65_536)
  const descriptor = openSync(file, 'r')
  try {
    for (let length; (length = readSync(descriptor, chunk)) > 0;) {
      const records: CaptureRecord[] = []
      reader.push(chunk.subarray(0, length), (record) => records.push(record.copy()))
      yield* records
    }
  } finally {
    closeSync(descriptor)
  }
}
