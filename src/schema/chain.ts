/**
 * Hashes that edge and manager both make: the one that chains records of class P0 (docs/events.md, "By hand"), and that of what is in
 * force (docs/link.md).
 */
import { createHash } from 'node:crypto'

/** Hex SHA-256. */
export type Hash = string

/** Stands before the first record, whose n is 1. */
export const genesis: Hash = '0'.repeat(64)

export const sha256 = (text: string): Hash => createHash('sha256').update(text).digest('hex')

/** SHA-256 over: previous hash in hex, the number in decimal, the canonical JSON of the event; one line each. */
export const recordHash = (prev: Hash, n: number, body: string): Hash => sha256(`${prev}\n${n}\n${body}`)

/** SHA-256 over ids and revisions of what is in force of a stream, in hex: one a line, sorted as text. */
export const stateDigest = (objects: readonly { readonly id: string; readonly revision: number }[]): Hash =>
  sha256(
    objects
      .map(({ id, revision }) => `${id} ${revision}\n`)
      .toSorted()
      .join(''),
  )
