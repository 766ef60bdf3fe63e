/** When the chain is signed, and the witness file beside the database that remembers how far it went. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { timestamp } from '#schema/event.ts'
import { type Checkpoint, genesis, recordHash } from '../audit/chain.ts'
import { CheckpointBody } from '../audit/jsonl.ts'
import type { SigningKey } from '../audit/key.ts'
import type { ChainHead } from './chain-head.ts'
import type { Database } from '#sqlite/database.ts'
import { hex, integer, text } from '#sqlite/row.ts'

/** A checkpoint is due after so many records, */
const everyRecords = 256
/** or after so many milliseconds when there is at least one. */
const everyMs = 15 * 60_000

export const witnessFile = (path: string): string => join(dirname(path), 'audit.checkpoint')

export const readWitness = (path: string): Checkpoint | undefined => {
  try {
    const parsed = CheckpointBody.safeParse(JSON.parse(readFileSync(witnessFile(path), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

const writeWitness = (path: string, checkpoint: Checkpoint): void => {
  const draft = `${witnessFile(path)}.new`
  try {
    const file = openSync(draft, 'w', 0o600)
    try {
      writeFileSync(file, JSON.stringify(checkpoint))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, witnessFile(path))
  } catch {
    // An older witness is still a witness; the next checkpoint tries again.
    rmSync(draft, { force: true })
  }
}

export interface Signer {
  /** Signs now if there is anything new. */
  sign(now: number): Checkpoint | undefined
  /** Signs when enough records or time have passed. */
  signIfDue(now: number): Checkpoint | undefined
}

export const signerOf = (database: Database, chain: ChainHead, key: SigningKey): Signer => {
  const newest = chain.newestCheckpoint()
  let signed = newest?.n ?? 0
  let signedAt = newest === undefined ? -Infinity : Date.parse(newest.time)
  const sign = (now: number): Checkpoint | undefined => {
    const made = database.atomically(() => chain.sign(key, timestamp(now)))
    // Nothing new: another process has signed it.
    signed = made?.n ?? chain.head().n
    signedAt = now
    if (made === undefined) return undefined
    writeWitness(database.path, made)
    return made
  }
  return {
    sign,
    signIfDue: (now) => {
      const waiting = chain.head().n - signed
      // A clock that went back must not put signing off.
      const old = waiting > 0 && Math.abs(now - signedAt) >= everyMs
      return waiting >= everyRecords || old ? sign(now) : undefined
    },
  }
}

/**
 * Looks at what was not signed yet before it gets signed: the records after the newest checkpoint.
 * @returns one sentence per thing that is wrong
 */
export const checkTail = (database: Database, chain: ChainHead): readonly string[] => {
  const found: string[] = []
  const head = chain.head()
  const newest = chain.newestCheckpoint()
  const witness = readWitness(database.path)
  if (witness !== undefined && witness.n > head.n) {
    found.push(
      `The audit trail ends at record ${head.n}, but record ${witness.n} was signed: the store was replaced by an older one.`,
    )
  }
  let prev = newest?.hash ?? genesis
  let n = newest?.n ?? 0
  for (const row of database.rows('SELECT n, prev, hash, body FROM events WHERE n > ? ORDER BY n', n)) {
    const hash = hex(row, 'hash')
    const here = integer(row, 'n')
    const before = hex(row, 'prev')
    if (here !== n + 1 || before !== prev || recordHash(prev, here, text(row, 'body')) !== hash) {
      found.push(`Audit record ${here} does not continue the signed chain: records were altered or taken out.`)
      return found
    }
    n = here
    prev = hash
  }
  if (n !== head.n || prev !== head.hash) found.push(`The audit trail ends at record ${n}, but ${head.n} were written.`)
  return found
}

/** Runs what may fail for lack of room without failing what came before it. */
export const withoutFault = (work: () => void): void => {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
  }
}
