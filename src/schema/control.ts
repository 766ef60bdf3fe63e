/**
 * The edge's control API: JSON over HTTP on a unix socket. One operation per POST /v1/NAME; events follow on GET /v1/events.
 * An operation with a `file` has its JSON on the first line of the body, and the bytes of the file after it.
 */
import * as z from 'zod'
import { Address, Duration, Mac, Reason } from './address.ts'
import { decoyRequests } from './decoys-control.ts'
import { RiskBelow } from './site.ts'

export { ApplyReport, Containment, EdgeStatus, Finding, OrderReport, Permit, StickReport } from './control-answers.ts'

const DigestStart = z.string().regex(/^[0-9a-f]{8,64}$/, 'the first 8 or more hex digits of the digest of a policy')
const By = z.string().min(1).max(100)
/** Who asks reads the file, with rights of its own: the daemon, which is root, reads none for others. */
const file = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'the bytes of the file, after the first line')
/** As whoever asks knows the file: only words for the daemon. */
const name = z.string().min(1).max(4096)

/** Bodies of requests, by operation. */
export const requests = {
  status: z.strictObject({}),
  explain: z.strictObject({ from: z.string(), to: z.string(), service: z.string(), op: z.string().optional() }),
  contain: z.strictObject({ ip: Address, for: Duration.default('1h'), reason: Reason, by: By }),
  release: z.strictObject({ ip: Address, reason: Reason, by: By }),
  permit: z.strictObject({
    from: Address,
    to: Address,
    service: z.string(),
    mac: Mac.optional(),
    /** It ends when the risk of `from` is not below this any more. */
    'risk-below': RiskBelow.optional(),
    for: Duration,
    reason: Reason,
    by: By,
  }),
  permits: z.strictObject({}),
  revoke: z.strictObject({ id: z.string(), by: By }),
  /** The deadline after which an unconfirmed plan rolls back. */
  apply: z.strictObject({
    name,
    file,
    confirm: Duration.default('60s'),
    by: By,
    'dry-run': z.boolean().default(false),
  }),
  /** `digest`: the one that is meant, or how it begins; another that waits by now is not confirmed. */
  confirm: z.strictObject({ by: By, force: z.boolean().default(false), digest: DigestStart.optional() }),
  /** `plan`: the one that is meant; another that waits by now is left alone. */
  rollback: z.strictObject({ by: By, reason: Reason, plan: z.int().optional() }),
  bypass: z.strictObject({ for: Duration, reason: Reason, by: By }),
  'bypass-end': z.strictObject({ by: By }),
  isolate: z.strictObject({ zone: z.string(), reason: Reason, by: By }),
  rejoin: z.strictObject({ zone: z.string(), by: By }),
  'replace-asset': z.strictObject({ asset: z.string(), mac: Mac.optional(), by: By }),
  qualify: z.strictObject({ asset: z.string(), reason: Reason, by: By, undo: z.boolean().default(false) }),
  doctor: z.strictObject({}),
  /** A file from a manager that cannot be reached. */
  import: z.strictObject({ name, file, by: By }),
  ...decoyRequests,
} as const
export type Operation = keyof typeof requests
export type RequestOf<O extends Operation> = z.output<(typeof requests)[O]>
