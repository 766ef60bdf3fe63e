/** Decompresses gzip (RFC 1952), and gives what could be read of a damaged or cut file before it says so. */
import { createGunzip } from 'node:zlib'
import { codeOf } from '#core/errors.ts'

/** A name says nothing about what is inside: gzip says so in its first two bytes (RFC 1952, 2.3.1). */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Bytes decompressed at once: they become a thousand times as many at most, all of which wait. */
const pieceBytes = 1 << 14

/** Of the checksum and the length at the end of a member (RFC 1952, 2.3.1). Where they are wrong, what came before is none the worse. */
const trailerBytes = 8

/** @returns why `error` ended the reading of a compressed file, for a person; undefined where it is an error of another kind */
export const unpackFault = (error: unknown): string | undefined => {
  const code = codeOf(error)
  if (code === 'Z_BUF_ERROR') return 'the compressed file ends in the middle'
  return code?.startsWith('Z_') === true
    ? 'the compressed file is damaged, or has something else behind its end'
    : undefined
}

/**
 * zlib keeps to itself what it made of the piece in which it finds an error: pieces are small, and the trailer of the file is one of its own.
 * They are copies, for their memory is filled again before zlib is done with them.
 */
async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const whole = Buffer.concat([held, chunk])
    const ready = Math.max(0, whole.length - trailerBytes)
    for (let at = 0; at < ready; at += pieceBytes) yield whole.subarray(at, Math.min(ready, at + pieceBytes))
    held = whole.subarray(ready)
  }
  yield held
}

/** @throws what zlib says of a file that is cut or damaged (`unpackFault`), after all that it gave was given */
export async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const made: Uint8Array[] = []
  let failure: unknown
  gunzip.on('data', (bytes: Uint8Array) => made.push(bytes))
  gunzip.on('error', (error) => (failure = error))
  const closed = new Promise<void>((resolve) => gunzip.once('close', resolve))
  try {
    for await (const piece of pieces(chunks)) {
      await Promise.race([new Promise((resolve) => gunzip.write(piece, resolve)), closed])
      yield* made.splice(0)
      if (failure !== undefined || gunzip.destroyed) break
    }
    gunzip.end()
    await closed
    yield* made
    if (failure !== undefined) throw failure
  } finally {
    gunzip.destroy()
  }
}
