/** Walks the audit once, in the order of its numbers. Pure: the caller reads the database or a backup. */
import * as z from 'zod'
import type { AuditReport } from '#schema/manager-api.ts'
import { genesis } from '#schema/chain.ts'
import { type AuditRecord, rowHash, type Verifier } from './chain.ts'

const findingLimit = 100
const Body = z.object({
  time: z.string(),
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
})
export type ReadBody = z.output<typeof Body>

/** What a row's text says, or nothing when it is no audit row. */
export const readBody = (text: string): ReadBody | undefined => {
  try {
    return Body.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** A place that knows how far the chain went. */
export interface Witness {
  readonly what: string
  readonly sequence: number
  readonly hash: string
}

export const auditVerifier = (keys: readonly Verifier[]) => {
  const findings: { sequence: number; what: string }[] = []
  const byPrint = new Map(keys.map((key) => [key.fingerprint, key]))
  const known = new Map<number, string>()
  let head: { sequence: number; hash: string } = { sequence: 0, hash: genesis }
  let rows = 0
  let ok = true

  const tell = (sequence: number, what: string): void => {
    ok = false
    if (findings.length < findingLimit) findings.push({ sequence, what })
  }

  /** @param watched numbers whose hashes a witness will ask for */
  const row = (record: AuditRecord, watched: ReadonlySet<number> = new Set()): void => {
    rows++
    const { sequence } = record
    if (sequence !== head.sequence + 1)
      tell(head.sequence + 1, `Rows ${head.sequence + 1} to ${sequence - 1} are missing.`)
    else if (record.previous !== head.hash) tell(sequence, `Row ${sequence} does not continue row ${sequence - 1}.`)
    const body = readBody(record.body)
    if (rowHash(record.previous, sequence, record.body) !== record.hash)
      tell(sequence, `Row ${sequence} does not give its own hash: it was changed.`)
    else if (byPrint.get(record.key)?.verify(record.hash, record.signature) !== true)
      tell(sequence, `Row ${sequence} has no valid signature of a known key.`)
    if (
      body === undefined ||
      body.actor !== record.actor ||
      body.action !== record.action ||
      body.object !== record.object ||
      Date.parse(body.time) !== record.time.getTime()
    )
      tell(sequence, `Row ${sequence} is filed under something else than it says.`)
    head = { sequence, hash: record.hash }
    if (watched.has(sequence)) known.set(sequence, record.hash)
  }

  /** After the rows. */
  const witness = ({ what, sequence, hash }: Witness, exact = false): void => {
    if (sequence > head.sequence)
      tell(head.sequence + 1, `The audit ends at row ${head.sequence}; ${what} knew of ${sequence}.`)
    else if (exact && sequence < head.sequence)
      tell(sequence + 1, `There are rows after ${sequence}, which ${what} calls the last.`)
    else {
      const found = sequence === head.sequence ? head.hash : (known.get(sequence) ?? hash)
      if (found !== hash)
        tell(sequence, `Row ${sequence} is not the one that ${what} speaks of: the chain was written anew.`)
    }
  }

  const report = (): AuditReport => ({ ok, rows, head: head.hash, findings })
  return { row, witness, report, head: () => head }
}
