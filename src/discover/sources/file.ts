/** The records of a capture file, compressed or not, as they are read. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { pipeline } from 'node:stream'
import { Fault } from '#core/errors.ts'
import { AnyCaptureReader } from '#packet/capture.ts'
import type { CaptureRecord, Skip } from '#packet/records.ts'

export interface Progress {
  /** Bytes of the file read so far, and its size; 0 when unknown. */
  readonly read: number
  readonly size: number
}

/** Bytes read at once. */
const chunkBytes = 1 << 18

/** A name says nothing about what is inside: gzip says so in its first two bytes (RFC 1952, 2.3.1). */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

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
  if (!isGzip(first)) {
    yield* whole
    return
  }
  const gunzip = createGunzip()
  // The error, if any, comes out of reading from the decompressed end.
  pipeline(copies(whole), gunzip, () => {})
  for await (const chunk of gunzip) if (chunk instanceof Uint8Array) yield chunk
}

/** What waits in a pipeline must not be written over. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.slice()
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

const isCompressionError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')

export interface ReadFile {
  readonly skips: readonly Skip[]
  /** Its compression ends in the middle. */
  readonly cut: boolean
  readonly bytes: number
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
  let cut = false
  try {
    const raw = file === '-' ? process.stdin : contentOf(file)
    for await (const chunk of unpacked(counted(raw, progress, hash))) {
      reader.push(chunk, each)
      told(progress)
    }
  } catch (error) {
    if (!isCompressionError(error)) throw error
    cut = true
  }
  return { skips: reader.end(), cut, bytes: progress.read, digest: hash.digest('hex') }
}
