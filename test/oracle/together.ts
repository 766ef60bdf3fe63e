/** Many captures read by one tshark: it takes a second of processor to start, and a few milliseconds for most captures. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { contentsOf } from './contents.ts'
import type { Oracle, Row } from './oracle.ts'
import { type Answer, askTshark } from './tshark.ts'

/** Captures of which no two hold the same conversation: what tshark remembers of one says nothing about another. */
export interface Group {
  readonly files: string[]
  readonly conversations: Set<string>
}

/** A capture that is asked about by itself. */
export const alone = (file: string): Group => ({ files: [file], conversations: new Set() })

/** Puts each capture into the first group that has none of its conversations. */
export const grouped = (files: readonly string[]): readonly Group[] => {
  const groups: Group[] = []
  for (const file of files) {
    const { conversations } = contentsOf(file)
    const group = groups.find((one) => one.conversations.isDisjointFrom(conversations))
    if (group === undefined) groups.push({ files: [file], conversations: new Set(conversations) })
    else {
      group.files.push(file)
      for (const conversation of conversations) group.conversations.add(conversation)
    }
  }
  return groups
}

/**
 * Puts captures one after the other.
 * @returns those it could not: mergecap ends with one that is cut short, and names it
 */
const merge = async (into: string, files: readonly string[]): Promise<readonly string[]> => {
  try {
    await promisify(execFile)('mergecap', ['-a', '-w', into, ...files])
    return []
  } catch (error) {
    const named = files.filter((file) => String(error).includes(`"${file}"`))
    return named.length > 0 ? named : files
  }
}

/** The answer to each file, with the frame numbers of that file. */
const askMerged = async (
  merged: string,
  files: readonly string[],
  oracle: Oracle,
): Promise<readonly (readonly [string, Answer])[]> => {
  const { rows, unread } = await askTshark(merged, oracle)
  let before = 0
  return files.map((file) => {
    const [from, to] = [before, (before += contentsOf(file).count)]
    const own = (frame: number) => frame > from && frame <= to
    const answer: Answer = {
      rows: new Map<number, Row>(
        rows.entries().flatMap(([frame, row]) => (own(frame) ? [[frame - from, row] as const] : [])),
      ),
      unread: new Set(unread.values().flatMap((frame) => (own(frame) ? [frame - from] : []))),
    }
    return [file, answer] as const
  })
}

/** Asks about all files of a group. */
export const askTogether = async ({ files }: Group, oracle: Oracle): Promise<ReadonlyMap<string, Answer>> => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-oracle-'))
  const answers = new Map<string, Answer>()
  try {
    const merged = join(folder, 'merged.pcapng')
    let left: readonly string[] = files
    while (left.length > 1) {
      const cut = await merge(merged, left)
      if (cut.length === 0) {
        for (const [file, answer] of await askMerged(merged, left, oracle)) answers.set(file, answer)
        break
      }
      left = left.filter((file) => !cut.includes(file))
    }
    for (const file of files) if (!answers.has(file)) answers.set(file, await askTshark(file, oracle))
    return answers
  } finally {
    rmSync(folder, { recursive: true })
  }
}
