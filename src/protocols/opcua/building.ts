/** Units for tests: those of the golden rows with other numbers, and a channel that they belong to. */
import { putU32le } from '#core/bytes.ts'
import type { Golden } from '../golden.ts'
import { bytesOf, Reader } from '../reading.ts'
import { opcuaGolden } from './golden.ts'
import { opcuaCodec } from './opcua.ts'

/** Throws a RangeError for a name that no row has. */
export const golden = (name: string): Golden => {
  const row = opcuaGolden.find((candidate) => candidate.name === name)
  if (row === undefined) throw new RangeError(`no row is named ${name}`)
  return row
}

export const read = bytesOf(golden('an attribute is read').hex)
export const write = bytesOf(golden('a value is written').hex)
/** To a read with another request number than {@link read}. */
export const answer = bytesOf(golden('the answer to a read shows numbers of the node that was asked for').hex)

/** The chunk with other numbers. */
export const numbered = (chunk: Uint8Array, sequence: number, request: number): Uint8Array => {
  const copy = chunk.slice()
  putU32le(copy, 16, sequence)
  putU32le(copy, 20, request)
  return copy
}

/** A conversation whose channel is open, without security. */
export const opened = (whole = true): Reader => {
  const reader = new Reader(opcuaCodec, 'tcp', whole)
  for (const { from, hex } of golden('an attribute is read').after ?? []) reader.read(bytesOf(hex), from === 'client')
  return reader
}
