/** What a verification found: two questions that are answered apart, because they fail for different reasons. */

/** Nothing was altered. */
const integrityFindings = [
  'record-altered', // the event's text does not give its own hash
  'link-broken', // a record does not continue the one before it
  'record-moved', // records are not in the order in which their ids were given out
  'index-altered', // a search column says something else than the event
  'record-unreadable', // not an event at all
  'checkpoint-forged', // the signature is not by the expected key
  'checkpoint-contradicted', // the signed hash is not the record's
  'checkpoint-unreadable',
] as const
/** Nothing is missing. */
const completenessFindings = [
  'records-missing', // numbers are left out in the middle
  'tail-missing', // the end is known to have been later: by the head, a checkpoint or the witness file
  'checkpoints-missing',
  'export-cut', // an export without its last line
  'never-signed', // no checkpoint although there are records
] as const
export type IntegrityFinding = (typeof integrityFindings)[number]
export type CompletenessFinding = (typeof completenessFindings)[number]

export interface Finding<K extends string> {
  readonly kind: K
  /** Record (or checkpoint) number, where there is one. */
  readonly n?: number
  /** One sentence. */
  readonly what: string
}

export interface Verdict<K extends string> {
  readonly ok: boolean
  /** At most 100; `found` counts all. */
  readonly findings: readonly Finding<K>[]
  readonly found: number
}

export interface AuditReport {
  readonly integrity: Verdict<IntegrityFinding>
  readonly completeness: Verdict<CompletenessFinding> & {
    /** Records there should be. */
    readonly expected: number
    readonly missing: number
  }
  readonly records: number
  readonly checkpoints: number
  /** Newest valid checkpoint. Records after it are chained but not yet signed. */
  readonly lastCheckpoint?: {
    readonly k: number
    readonly n: number
    readonly time: string
    readonly ageSeconds: number
  }
  readonly unsigned: number
  readonly key?: {
    readonly fingerprint: string
    /** False when the key came with what it is meant to check. */
    readonly trusted: boolean
  }
}

export const findingLimit = 100

/** Collects findings; keeps the first {@link findingLimit} and counts the rest. */
export const findings = <K extends string>() => {
  const kept: Finding<K>[] = []
  let found = 0
  return {
    add: (kind: K, what: string, n?: number): void => {
      found++
      if (kept.length < findingLimit) kept.push(n === undefined ? { kind, what } : { kind, n, what })
    },
    verdict: (): Verdict<K> => ({ ok: found === 0, findings: kept, found }),
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const rows = ({ findings: list, found }: Verdict<string>): string[] => [
  ...list.map(({ kind, what }) => `  - ${kind}: ${what}`),
  ...(found > list.length ? [`  - and ${found - list.length} more`] : []),
]

const duration = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : seconds < 172_800
        ? `${Math.round(seconds / 3600)} h`
        : `${Math.round(seconds / 86_400)} days`

/** The report for a terminal. */
export const reportText = (report: AuditReport): string => {
  const { integrity, completeness, lastCheckpoint, key } = report
  const signed =
    lastCheckpoint === undefined
      ? 'No checkpoint yet.'
      : `Last checkpoint: ${lastCheckpoint.k}, over record ${lastCheckpoint.n}, ${duration(lastCheckpoint.ageSeconds)} ago; ${counted(report.unsigned, 'record')} after it not signed yet.`
  return [
    `INTEGRITY     ${integrity.ok ? 'ok: nothing was altered' : `FAILED: ${counted(integrity.found, 'finding')}`}`,
    ...rows(integrity),
    `COMPLETENESS  ${completeness.ok ? 'ok: nothing is missing' : `FAILED: ${completeness.missing === 0 ? counted(completeness.found, 'finding') : `${completeness.missing} of ${completeness.expected} records missing`}`}`,
    ...rows(completeness),
    '',
    `${counted(report.records, 'record')}, ${counted(report.checkpoints, 'checkpoint')}. ${signed}`,
    key === undefined
      ? 'No key: signatures were not checked. Give one with --key.'
      : `Key ${key.fingerprint.slice(0, 16)}${key.trusted ? '' : ' came along with what it checks; give the one you know with --key to be sure'}.`,
  ].join('\n')
}
