/**
 * The trail as JSON lines, to take to another place and check there: a head line, the checkpoints, the records, an end line
 * that is signed like a checkpoint.
 */
import * as z from 'zod'
import { canonical } from '#core/canonical.ts'
import type { ChainRecord, Checkpoint } from './chain.ts'
import { parsePublicKey, type PublicKey, type SigningKey } from './key.ts'
import type { AuditReport } from './report.ts'
import { verifier } from './verify.ts'

const Hash = z.string().regex(/^[0-9a-f]{64}$/)
export const CheckpointBody = z.strictObject({
  k: z.int().min(1),
  n: z.int().min(0),
  hash: Hash,
  time: z.string(),
  previous: Hash,
  key: Hash,
  signature: z.string(),
})

const HeadLine = z.strictObject({
  bulkhead: z.literal('audit'),
  version: z.literal(1),
  exported: z.string(),
  /** SubjectPublicKeyInfo, DER, base64. */
  key: z.string().optional(),
})
const CheckpointLine = z.strictObject({ checkpoint: CheckpointBody })
const RecordLine = z.strictObject({
  n: z.int().min(1),
  prev: Hash,
  hash: Hash,
  event: z.record(z.string(), z.json()),
})
const EndLine = z.strictObject({
  end: z.strictObject({
    n: z.int().min(0),
    hash: Hash,
    records: z.int().min(0),
    checkpoints: z.int().min(0),
    exported: z.string(),
  }),
  signature: z.string().optional(),
})
type End = z.infer<typeof EndLine>['end']

export interface ExportSource {
  readonly head: { readonly n: number; readonly hash: string }
  readonly checkpoints: Iterable<Checkpoint>
  readonly records: Iterable<ChainRecord>
  readonly key?: SigningKey
  /** Time of the export, ISO. */
  readonly exported: string
}

const der = (pem: string): string => pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')

/** Lines without line ends. */
export function* exportLines({ head, checkpoints, records, key, exported }: ExportSource): Generator<string, void> {
  const count = { records: 0, checkpoints: 0 }
  yield JSON.stringify({ bulkhead: 'audit', version: 1, exported, ...(key && { key: der(key.pem) }) })
  for (const checkpoint of checkpoints) {
    count.checkpoints++
    yield JSON.stringify({ checkpoint })
  }
  for (const { n, prev, hash, body } of records) {
    count.records++
    yield `{"n":${n},"prev":"${prev}","hash":"${hash}","event":${body}}`
  }
  const end: End = { ...head, ...count, exported }
  yield JSON.stringify({ end, ...(key && { signature: key.sign(canonical(end)) }) })
}

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}

/**
 * Checks an export.
 * @param key the key that the reader trusts; without one the key in the file is used, which proves less (the report says so)
 * @param now milliseconds since 1970
 */
export const verifyLines = async (
  lines: AsyncIterable<string> | Iterable<string>,
  { key: known, now }: { readonly key?: PublicKey; readonly now: number },
): Promise<AuditReport> => {
  let check: ReturnType<typeof verifier> | undefined
  let key = known
  let exported: string | undefined
  let end: End | undefined
  let at = 0
  const seen = { records: 0, checkpoints: 0 }
  for await (const line of lines) {
    if (line === '') continue
    at++
    const value = parse(line)
    if (at === 1) {
      const head = HeadLine.safeParse(value)
      key ??= head.data?.key === undefined ? undefined : parsePublicKey(head.data.key)
      exported = head.data?.exported
      check = verifier({ now, keyTrusted: known !== undefined, ...(key && { key }) })
      if (!head.success) check.completeness.add('export-cut', 'The first line is not the head of an audit export.')
      if (head.success) continue
    }
    if (check === undefined) break
    if (end !== undefined) {
      check.integrity.add('record-unreadable', `Line ${at} comes after the end.`)
      continue
    }
    const record = RecordLine.safeParse(value)
    if (record.success) {
      seen.records++
      const { n, prev, hash, event } = record.data
      check.record({ n, prev, hash, body: canonical(event) })
      continue
    }
    const checkpoint = CheckpointLine.safeParse(value)
    if (checkpoint.success) {
      seen.checkpoints++
      check.checkpoint(checkpoint.data.checkpoint)
      continue
    }
    const last = EndLine.safeParse(value)
    if (!last.success) {
      check.integrity.add('record-unreadable', `Line ${at} is neither a record nor a checkpoint.`)
      continue
    }
    end = last.data.end
    const signature = last.data.signature
    if (key !== undefined && !(signature !== undefined && key.verify(canonical(end), signature))) {
      check.integrity.add('checkpoint-forged', 'The end line has a signature that is not valid.')
    }
    if (end.exported !== exported) check.integrity.add('checkpoint-forged', 'Head and end are from different exports.')
  }
  check ??= verifier({ now })
  if (end === undefined) check.completeness.add('export-cut', 'The export has no end line: it was cut off.')
  else {
    check.witness({ what: 'the end line', n: end.n, hash: end.hash })
    if (seen.checkpoints < end.checkpoints) {
      check.completeness.add(
        'checkpoints-missing',
        `${end.checkpoints - seen.checkpoints} of ${end.checkpoints} checkpoints are missing.`,
      )
    }
  }
  return check.report()
}
