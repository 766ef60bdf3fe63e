/** Lines of a file of any size, each of bounded length. */
import { type FileHandle, open } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { frameLimit } from '#schema/link-values.ts'

export interface Line {
  readonly text: string
  /** Place of the byte after it. */
  readonly end: number
}

const chunk = 256 << 10
const longest = frameLimit.fromEdge + 1024

async function* read(file: FileHandle, from: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(chunk)
  for (let at = from; ;) {
    const { bytesRead } = await file.read(buffer, 0, chunk, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** @returns the lines from a place on; `undefined` in place of one that is too long or has no end, and then no more */
export async function* linesFrom(path: string, from: number): AsyncGenerator<Line | undefined> {
  const file = await open(path, 'r')
  try {
    let rest = Buffer.alloc(0)
    let end = from
    for await (const bytes of read(file, from)) {
      rest = Buffer.concat([rest, bytes])
      let start = 0
      for (let at = rest.indexOf(10, start); at >= 0; at = rest.indexOf(10, start)) {
        end += at + 1 - start
        const line = rest.subarray(start, at)
        start = at + 1
        if (line.length > longest) {
          yield undefined
          return
        }
        yield { text: line.toString('utf8'), end }
      }
      rest = rest.subarray(start)
      if (rest.length > longest) {
        yield undefined
        return
      }
    }
    if (rest.length > 0) yield undefined
  } finally {
    await file.close()
  }
}

export const fileHash = async (path: string): Promise<string> => {
  const file = await open(path, 'r')
  const hash = createHash('sha256')
  try {
    for await (const bytes of read(file, 0)) hash.update(bytes)
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}
