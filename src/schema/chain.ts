/** The hash that chains records of class P0: the edge makes it, the manager makes it again. docs/events.md, "By hand". */
import { createHash } from 'node:crypto'

/** Hex SHA-256. */
export type Hash = string

/** Stands before the first record, whose n is 1. */
export const genesis: Hash = '0'.repeat(64)

export const sha256 = (text: string): Hash => createHash('sha256').update(text).digest('hex')

/** SHA-256 over: previous hash in hex, the number in decimal, the canonical JSON of the event; one line each. */
export const recordHash = (prev: Hash, n: number, body: string): Hash => sha256(`${prev}\n${n}\n${body}`)
