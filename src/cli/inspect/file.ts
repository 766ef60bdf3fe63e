/** The records of a capture file, compressed or not, as they are read. */
import { createReadStream, statSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { pipeline, type Readable } from 'node:stream'
import { AnyCaptureReader } from '#packet/capture.ts'
import type { CaptureRecord, Skip } from '#packet/records.ts'

export interface Progress {
  /** Bytes of the file read so far, and its size; 0 when unknown. */
  readonly read: number
  readonly size: number
}

const isGzip = (chunk: Uint8Array): boolean => chunk[0] === 0x1f && chunk[1] === 0x8b

/** The bytes of a file, and the first two of them looked at: a name says nothing about what is inside. */
async function* bytesOf(file: string, progress: { read: number }): AsyncGenerator<Uint8Array> {
  const raw: Readable = file === '-' ? process.stdin : createReadStream(file)
  const chunks = counted(raw, progress)
  const first = await chunks.next()
  if (first.done === true) return
  const whole = rejoined(first.value, chunks)
  if (!isGzip(first.value)) {
    yield* whole
    return
  }
  const gunzip = createGunzip()
  // The error, if any, comes out of reading from the decompressed end.
  pipeline(whole, gunzip, () => {})
  for await (const chunk of gunzip) if (chunk instanceof Uint8Array) yield chunk
}

async function* counted(raw: Readable, progress: { read: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of raw) {
    if (!(chunk instanceof Uint8Array)) continue
    progress.read += chunk.length
    yield chunk
  }
}

async function* rejoined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

const isCompressionError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')

/**
 * Gives every record to `each`, and what was read so far to `told` after each piece of the file.
 * @returns what was skipped; `cut` when the compression ends in the middle
 * @throws system errors of reading the file
 */
export const readCapture = async (
  file: string,
  each: (record: CaptureRecord) => void,
  told: (progress: Progress) => void,
): Promise<{ readonly skips: readonly Skip[]; readonly cut: boolean }> => {
  const reader = new AnyCaptureReader()
  const progress = { read: 0, size: file === '-' ? 0 : statSync(file).size }
  let cut = false
  try {
    for await (const chunk of bytesOf(file, progress)) {
      for (const record of reader.push(chunk)) each(record)
      told(progress)
    }
  } catch (error) {
    if (!isCompressionError(error)) throw error
    cut = true
  }
  return { skips: reader.end(), cut }
}
