/** Walks a trail once, record by record, in the order of n. Pure: the caller reads the store or the export. */
import * as z from 'zod'
import { canonical, type Json } from '#core/canonical.ts'
import {
  type ChainRecord,
  type Checkpoint,
  checkpointHash,
  claimText,
  genesis,
  type Hash,
  recordHash,
} from './chain.ts'
import type { PublicKey } from './key.ts'
import { type AuditReport, type CompletenessFinding, findings, type IntegrityFinding } from './report.ts'

export interface VerifyOptions {
  /** Milliseconds since 1970, for the age of the last checkpoint. */
  readonly now: number
  readonly key?: PublicKey
  readonly keyTrusted?: boolean
}

/** A place that states how far the chain went: the store's head, the witness file, an export's last line. */
export interface Witness {
  readonly what: string
  readonly n: number
  readonly hash: Hash
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

// Only what the chain needs: an export may hold kinds of events that this version does not know.
const Recorded = z.looseObject({ id: z.string() })

/** The event as it was recorded, or nothing if the text is not an event in canonical form. */
const readBody = (body: string): z.infer<typeof Recorded> | undefined => {
  try {
    const value: Json = JSON.parse(body)
    return canonical(value) === body ? Recorded.parse(value) : undefined
  } catch {
    return undefined
  }
}

export const verifier = ({ now, key, keyTrusted = true }: VerifyOptions) => {
  const integrity = findings<IntegrityFinding>()
  const completeness = findings<CompletenessFinding>()
  /** What checkpoints and witnesses say about records to come. */
  const claims = new Map<number, Witness[]>()
  let last: ChainRecord | undefined
  let lastId = ''
  let records = 0
  let missing = 0
  let checkpoints = 0
  let previousCheckpoint: Checkpoint | undefined
  let newest: Checkpoint | undefined

  const compare = ({ n, hash, what }: Witness, found: Hash): void => {
    if (hash === found) return
    integrity.add(
      'checkpoint-contradicted',
      `Record ${n} is not the one that ${what} speaks of: the chain was written anew.`,
      n,
    )
  }

  /** Takes the next record, in the order of n. */
  const record = (next: ChainRecord): void => {
    records++
    const expected = (last?.n ?? 0) + 1
    const continuous = next.n === expected
    if (next.n > expected) {
      const gap = next.n - expected
      missing += gap
      completeness.add(
        'records-missing',
        `${plural(gap, 'record')} missing: ${expected}${gap > 1 ? ` to ${next.n - 1}` : ''}.`,
        expected,
      )
    }
    if (next.n < expected) integrity.add('record-moved', `Record ${next.n} comes after record ${expected - 1}.`, next.n)
    const sound = recordHash(next.prev, next.n, next.body) === next.hash
    const event = readBody(next.body)
    if (!sound)
      integrity.add(
        'record-altered',
        `Record ${next.n} does not give its own hash: its text or number was changed.`,
        next.n,
      )
    else if (event === undefined)
      integrity.add('record-unreadable', `Record ${next.n} is not an event in canonical form.`, next.n)
    if (continuous && next.prev !== (last?.hash ?? genesis)) {
      integrity.add(
        'link-broken',
        `Record ${next.n} does not continue record ${next.n - 1}: one of the two was replaced.`,
        next.n,
      )
    }
    if (event !== undefined && event.id <= lastId) {
      integrity.add('record-moved', `Record ${next.n} is older than the record before it.`, next.n)
    }
    lastId = event === undefined ? lastId : event.id
    for (const claim of claims.get(next.n) ?? []) compare(claim, next.hash)
    claims.delete(next.n)
    last = next
  }

  /** Takes the next checkpoint. All of them come before the records. */
  const checkpoint = (next: Checkpoint): void => {
    checkpoints++
    const expected = (previousCheckpoint?.k ?? 0) + 1
    if (next.k > expected) {
      completeness.add(
        'checkpoints-missing',
        `${plural(next.k - expected, 'checkpoint')} missing from number ${expected} on.`,
        expected,
      )
    } else if (next.previous !== (previousCheckpoint === undefined ? genesis : checkpointHash(previousCheckpoint))) {
      integrity.add('checkpoint-forged', `Checkpoint ${next.k} does not continue the checkpoint before it.`, next.k)
    }
    previousCheckpoint = next
    if (key !== undefined) {
      if (next.key !== key.fingerprint) {
        integrity.add(
          'checkpoint-forged',
          `Checkpoint ${next.k} is signed with another key (${next.key.slice(0, 16)}).`,
          next.k,
        )
        return
      }
      if (!key.verify(claimText(next), next.signature)) {
        integrity.add('checkpoint-forged', `Checkpoint ${next.k} has a signature that is not valid.`, next.k)
        return
      }
    }
    newest = next
    witness({ n: next.n, hash: next.hash, what: `checkpoint ${next.k}` })
  }

  /** Takes what else knows how far the chain went. One that comes after the records must speak of the last one or a later one. */
  const witness = (claim: Witness): void => {
    if (last !== undefined && claim.n === last.n) compare(claim, last.hash)
    else if (last !== undefined && claim.n < last.n) {
      integrity.add(
        'checkpoint-contradicted',
        `There are records after ${claim.n}, which ${claim.what} calls the last.`,
        claim.n,
      )
    } else claims.set(claim.n, [...(claims.get(claim.n) ?? []), claim])
  }

  const report = (): AuditReport => {
    const end = last?.n ?? 0
    const later = [...claims.values()].flat().filter(({ n }) => n > end)
    const tail = Math.max(end, ...later.map(({ n }) => n))
    if (tail > end) {
      const by = later.filter(({ n }) => n === tail).map(({ what }) => what)
      completeness.add(
        'tail-missing',
        `The trail ends at record ${end}; ${by.slice(0, 3).join(' and ')} knew of ${tail}.`,
        end + 1,
      )
    }
    if (records > 0 && checkpoints === 0)
      completeness.add('never-signed', 'There is no checkpoint: nothing was signed.')
    const checked = { expected: tail, missing: missing + tail - end }
    return {
      integrity: integrity.verdict(),
      completeness: { ...completeness.verdict(), ...checked },
      records,
      checkpoints,
      ...(newest && {
        lastCheckpoint: {
          k: newest.k,
          n: newest.n,
          time: newest.time,
          ageSeconds: Math.max(0, Math.round((now - Date.parse(newest.time)) / 1000)),
        },
      }),
      unsigned: Math.max(0, end - (newest?.n ?? 0)),
      ...(key && { key: { fingerprint: key.fingerprint, trusted: keyTrusted } }),
    }
  }

  return { record, checkpoint, witness, report, integrity, completeness }
}
