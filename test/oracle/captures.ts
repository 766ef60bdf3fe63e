/** The public captures beside the project, as their INDEX.md lists them. They are not part of it: who wants them and finds none skips. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const capturesFolder = join(import.meta.dirname, '..', '..', '..', 'shared', 'pcaps')

export interface Capture {
  /** Path below the folder of captures. */
  readonly name: string
  readonly file: string
  /** Packets by the index; undefined where it lists several files in one row. */
  readonly packets: number | undefined
  /** Names of tshark's dissectors that found something in it. */
  readonly dissectors: readonly string[]
}

/** `| pcaps/x.pcap | 1956 | 26 | 23.0 | bvlc:22 bacnet:18 |`, and for many at once `| pcaps/dir/** (141 files) | 245575 | 3197 | - | dnp3 (…) |`. */
const row = /^\| (?<path>\S+\.pcap(?:ng)?|\S+\*\*)(?: \(.*?\))? \| \d+ \| (?<packets>\d+) \|.*?\| (?<found>[^|]*) \|$/

/** Why there are none, or undefined when they are there. */
export const withoutCaptures = (): string | undefined =>
  existsSync(join(capturesFolder, 'INDEX.md')) ? undefined : 'the public captures are not there (../shared/pcaps)'

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
      captures.push({ name, file: join(capturesFolder, name), packets: many ? undefined : Number(packets), dissectors })
  }
  return captures
}
