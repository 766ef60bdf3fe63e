/** Walks a trail once, record by record, in the order of n. Pure: the caller reads the store or the export. */
import { Event } from '#schema/event.ts'
import { canonical } from './canonical.ts'
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

export const verifier = ({ now, key, keyTrusted = true }: VerifyOptions) => {
  const integrity = findings<IntegrityFinding>()
  const completeness = findings<CompletenessFinding>()
  /** Hashes that checkpoints and witnesses speak about; checked when their record comes, or at the end. */
  const claims: { readonly n: number; readonly hash: Hash; readonly what: string }[] = []
  let last: ChainRecord | undefined
  let lastId = ''
  let records = 0
  let missing = 0
  let expectedTail = 0
  let checkpoints = 0
  let previousCheckpoint: Checkpoint | undefined
  let newest: Checkpoint | undefined
  const hashAt = new Map<number, Hash>()
  const wanted = new Set<number>()

  const readEvent = (record: ChainRecord): Event | undefined => {
    try {
      const parsed = Event.safeParse(JSON.parse(record.body))
      // An event of a newer version still has its text hashed; only its meaning is unknown here.
      return parsed.success ? parsed.data : undefined
    } catch {
      return undefined
    }
  }

  const record = (next: ChainRecord): Event | undefined => {
    records++
    const expected = (last?.n ?? 0) + 1
    const continuous = next.n === expected
    if (next.n > expected) {
      const gap = next.n - expected
      missing += gap
      completeness.add('records-missing', `${plural(gap, 'record')} missing: ${expected}${gap > 1 ? ` to ${next.n - 1}` : ''}.`, expected)
    }
    if (next.n < expected) integrity.add('record-moved', `Record ${next.n} comes after record ${expected - 1}.`, next.n)
    const sound = recordHash(next.prev, next.n, next.body) === next.hash
    const event = readEvent(next)
    if (!sound) integrity.add('record-altered', `Record ${next.n} does not give its own hash: its text or number was changed.`, next.n)
    else if (event === undefined) integrity.add('record-unreadable', `Record ${next.n} is not an event.`, next.n)
    else if (canonical(event) !== next.body) integrity.add('record-unreadable', `Record ${next.n} is not in canonical form.`, next.n)
    if (continuous && next.prev !== (last?.hash ?? genesis)) {
      integrity.add('link-broken', `Record ${next.n} does not continue record ${next.n - 1}: one of the two was replaced.`, next.n)
    }
    if (event !== undefined && event.id <= lastId) {
      integrity.add('record-moved', `Record ${next.n} is older than the record before it.`, next.n)
    }
    lastId = event === undefined ? lastId : event.id
    if (wanted.has(next.n) || next.n % 1 === 0) hashAt.set(next.n, next.hash)
    last = next
    return event
  }

  const checkpoint = (next: Checkpoint): void => {
    checkpoints++
    const expected = (previousCheckpoint?.k ?? 0) + 1
    if (next.k > expected) {
      completeness.add('checkpoints-missing', `${plural(next.k - expected, 'checkpoint')} missing from number ${expected} on.`, expected)
    } else if (next.previous !== (previousCheckpoint === undefined ? genesis : checkpointHash(previousCheckpoint))) {
      integrity.add('checkpoint-forged', `Checkpoint ${next.k} does not continue the checkpoint before it.`, next.k)
    }
    previousCheckpoint = next
    if (key !== undefined) {
      if (next.key !== key.fingerprint) {
        integrity.add('checkpoint-forged', `Checkpoint ${next.k} is signed with another key (${next.key.slice(0, 16)}).`, next.k)
        return
      }
      if (!key.verify(claimText(next), next.signature)) {
        integrity.add('checkpoint-forged', `Checkpoint ${next.k} has a signature that is not valid.`, next.k)
        return
      }
    }
    newest = next
    claims.push({ n: next.n, hash: next.hash, what: `checkpoint ${next.k}` })
  }

  const witness = ({ what, n, hash }: Witness): void => {
    claims.push({ n, hash, what })
  }

  const report = (): AuditReport => {
    const end = last?.n ?? 0
    for (const { n, hash, what } of claims) {
      if (n > end) {
        if (n > expectedTail) expectedTail = n
        continue
      }
      const found = n === 0 ? genesis : hashAt.get(n)
      if (found !== undefined && found !== hash) {
        integrity.add('checkpoint-contradicted', `Record ${n} is not the one that ${what} speaks of: the chain was written anew.`, n)
      }
    }
    if (expectedTail > end) {
      const by = claims.filter(({ n }) => n > end).map(({ what }) => what)
      missing += expectedTail - end
      completeness.add('tail-missing', `The trail ends at record ${end}; ${by.slice(0, 3).join(' and ')} knew of ${expectedTail}.`, end + 1)
    }
    if (records > 0 && checkpoints === 0) completeness.add('never-signed', 'There is no checkpoint: nothing was signed.')
    const checked = { expected: Math.max(end, expectedTail), missing }
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
