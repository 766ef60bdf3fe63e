/** The records of a capture file, compressed or not, as they are read. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { Fault } from '#core/errors.ts'
import { AnyCaptureReader } from '#packet/capture.ts'
import type { CaptureRecord, Skip } from '#packet/records.ts'
import { gunzipped, isGzip, unpackFault } from './gunzip.ts'

export interface Progress {
  /** Bytes of the file read so far, and its size; 0 when unknown. */
  readonly read: number
  readonly size: number
}

/** Bytes read at once. */
const chunkBytes = 1 << 18

/**
 * The bytes of a file, decompressed where it is compressed, however small the pieces are in which it comes. Each piece is there until the
 * next is asked for.
 */
export async function* unpacked(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first: Uint8Array = new Uint8Array(0)
  while (first.length < 2) {
    const next = await chunks.next()
    if (next.done === true) break
    first = Buffer.concat([first, next.value])
  }
  if (first.length === 0) return
  const whole = rejoined(first, chunks)
  yield* isGzip(first) ? gunzipped(whole) : whole
}

/** Into one piece of memory again and again. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path)
  const buffer = new Uint8Array(chunkBytes)
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, null)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function* counted(
  raw: AsyncIterable<unknown>,
  progress: { read: number },
  hash: { update(bytes: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of raw) {
    if (!(chunk instanceof Uint8Array)) continue
    progress.read += chunk.length
    hash.update(chunk)
    yield chunk
  }
}

async function* rejoined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

export interface ReadFile {
  readonly skips: readonly Skip[]
  /** Why its compression could not be read to the end, for a person. */
  readonly broken: string | undefined
  /** Of the file as it lies there. */
  readonly bytes: number
  /** There is nothing in it, compressed or not. */
  readonly isEmpty: boolean
  /** SHA-256 of all of it, hex. */
  readonly digest: string
}

/**
 * Gives every record to `each`, and what was read so far to `told` after each piece of the file.
 * @throws Fault `file-unreadable` for a directory, and system errors of reading the file
 */
export const readCapture = async (
  file: string,
  each: (record: CaptureRecord) => void,
  told: (progress: Progress) => void,
): Promise<ReadFile> => {
  const hash = createHash('sha256')
  const reader = new AnyCaptureReader()
  const found = file === '-' ? undefined : statSync(file)
  if (found?.isDirectory() === true) throw new Fault('file-unreadable', `${file} is a directory.`)
  const progress = { read: 0, size: found?.size ?? 0 }
  let content = 0
  let broken: string | undefined
  try {
    const raw = file === '-' ? process.stdin : contentOf(file)
    for await (const chunk of unpacked(counted(raw, progress, hash))) {
      content += chunk.length
      reader.push(chunk, each)
      told(progress)
    }
  } catch (error) {
    broken = unpackFault(error)
    if (broken === undefined) throw error
  }
  const isEmpty = content === 0 && broken === undefined
  return { skips: reader.end(), broken, bytes: progress.read, isEmpty, digest: hash.digest('hex') }
}
