/** Where the chain stands and how it grows. Read from the database each time: the daemon is not the only writer. */
import * as z from 'zod'
import { type ChainRecord, type Checkpoint, checkpointHash, claimText, genesis, link } from '../audit/chain.ts'
import { CheckpointBody } from '../audit/jsonl.ts'
import type { SigningKey } from '../audit/key.ts'
import type { Database } from '#sqlite/database.ts'
import { corrupt } from '#sqlite/fault.ts'
import { keys, type Kv } from './kv.ts'
import { text } from '#sqlite/row.ts'

const Hash = z.string().regex(/^[0-9a-f]{64}$/)
export const Head = z.strictObject({ n: z.int().min(0), hash: Hash })
export type Head = z.infer<typeof Head>
export interface ChainHead {
  head(): Head
  /** The next record, with the head moved to it. Only inside a durable transaction. */
  extend(body: string): ChainRecord
  newestCheckpoint(): Checkpoint | undefined
  /** Signs everything up to the head. Only inside a durable transaction. Nothing new since the last one: nothing is signed. */
  sign(key: SigningKey, time: string): Checkpoint | undefined
}

export const chainOf = (database: Database, kv: Kv): ChainHead => {
  const head = (): Head => {
    const found = kv.get(keys.auditHead, Head)
    if (found !== undefined) return found
    const begun = database.statement('SELECT 1 FROM events WHERE n IS NOT NULL LIMIT 1').get()
    if (begun !== undefined) throw corrupt(database.path, 'the head of the audit chain is gone')
    return { n: 0, hash: genesis }
  }
  const newestCheckpoint = (): Checkpoint | undefined => {
    const row = database.statement('SELECT body FROM checkpoints ORDER BY k DESC LIMIT 1').get()
    if (row === undefined) return undefined
    try {
      return CheckpointBody.parse(JSON.parse(text(row, 'body')))
    } catch {
      throw corrupt(database.path, 'the newest checkpoint is not readable')
    }
  }
  return {
    head,
    newestCheckpoint,
    extend: (body) => {
      const record = link(head(), body)
      kv.set(keys.auditHead, { n: record.n, hash: record.hash })
      return record
    },
    sign: (key, time) => {
      const { n, hash } = head()
      const previous = newestCheckpoint()
      if (n === (previous?.n ?? 0)) return undefined
      const claim = {
        k: (previous?.k ?? 0) + 1,
        n,
        hash,
        time,
        previous: previous === undefined ? genesis : checkpointHash(previous),
        key: key.fingerprint,
      }
      const checkpoint = { ...claim, signature: key.sign(claimText(claim)) }
      database
        .statement('INSERT INTO checkpoints (k, n, body) VALUES (?, ?, ?)')
        .run(claim.k, n, JSON.stringify(checkpoint))
      return checkpoint
    },
  }
}
