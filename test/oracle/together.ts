/** Many captures read by one tshark: it takes a second of processor to start, and a few milliseconds for most captures. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Headers } from '#packet/headers.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { ipProtocols } from '#packet/numbers.ts'
import { recordsOf } from './captures.ts'
import type { Oracle, Row } from './oracle.ts'
import { type Answer, askTshark } from './tshark.ts'

/** Captures of which no two hold the same conversation: what tshark remembers of one says nothing about another. */
export interface Group {
  readonly files: string[]
  /** Records of each file. */
  readonly counts: number[]
  readonly conversations: Set<string>
}

/** Counts the records of a capture and names its conversations: both addresses, of TCP with their ports. */
const conversationsOf = (file: string): { count: number; conversations: ReadonlySet<string> } => {
  const headers = new Headers()
  const link = new LinkLayer()
  const conversations = new Set<string>()
  let count = 0
  for (const { bytes, linkType } of recordsOf(file)) {
    count++
    const { content, offset } = link.read(linkType, bytes)
    if (content === 'ethernet') headers.readFrame(bytes, offset, bytes.length)
    else if (content === 'ip') headers.readIp(bytes, offset, bytes.length)
    else continue
    if (!headers.ok && headers.problem !== 'cut-short') continue
    const length = headers.family === 4 ? 4 : 16
    const end = (at: number, port: number) =>
      `${Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1')}${headers.protocol === ipProtocols.tcp ? port : ''}`
    const ends = [end(headers.srcOffset, headers.sport), end(headers.dstOffset, headers.dport)]
    conversations.add(ends.toSorted().join(' '))
  }
  return { count, conversations }
}

/** A capture that is asked about by itself. */
export const alone = (file: string): Group => ({ files: [file], counts: [], conversations: new Set() })

/** Puts each capture into the first group that has none of its conversations. */
export const grouped = (files: readonly string[]): readonly Group[] => {
  const groups: Group[] = []
  for (const file of files) {
    const { count, conversations } = conversationsOf(file)
    const group = groups.find((one) => one.conversations.isDisjointFrom(conversations))
    if (group === undefined) groups.push({ files: [file], counts: [count], conversations: new Set(conversations) })
    else {
      group.files.push(file)
      group.counts.push(count)
      for (const conversation of conversations) group.conversations.add(conversation)
    }
  }
  return groups
}

/** @returns false where one of them is cut short: mergecap ends with it */
const merge = (into: string, files: readonly string[]): Promise<boolean> =>
  promisify(execFile)('mergecap', ['-a', '-w', into, ...files]).then(
    () => true,
    () => false,
  )

/** The answer to each file of a group, with the frame numbers of that file. */
export const askTogether = async ({ files, counts }: Group, oracle: Oracle): Promise<readonly Answer[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-oracle-'))
  try {
    const merged = join(folder, 'merged.pcapng')
    if (files.length === 1 || !(await merge(merged, files))) {
      const answers: Answer[] = []
      for (const file of files) answers.push(await askTshark(file, oracle))
      return answers
    }
    const { rows, unread } = await askTshark(merged, oracle)
    let before = 0
    return counts.map((count) => {
      const [from, to] = [before, (before += count)]
      const own = (frame: number) => frame > from && frame <= to
      return {
        rows: new Map<number, Row>(
          rows.entries().flatMap(([frame, row]) => (own(frame) ? [[frame - from, row] as const] : [])),
        ),
        unread: new Set(unread.values().flatMap((frame) => (own(frame) ? [frame - from] : []))),
      }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
