/** What the daemon can be asked to do. The control socket carries exactly these; every answer is a document of schema/control. */
import type {
  ApplyReport,
  EdgeStatus,
  Finding,
  Operation,
  OrderReport,
  Permit,
  RequestOf,
  StickReport,
} from '#schema/control.ts'
import type { DecoyList, DecoySession, RecordedSession, ReturnReport, ShuffleReport } from '#schema/decoys-control.ts'

export interface Answers {
  status: EdgeStatus
  explain: { text: string; verdict: string; reason: string; trace: readonly { check: string; result: string }[] }
  contain: OrderReport
  release: OrderReport
  permit: OrderReport
  permits: readonly Permit[]
  revoke: OrderReport
  apply: ApplyReport
  confirm: OrderReport
  rollback: OrderReport
  bypass: OrderReport
  'bypass-end': OrderReport
  isolate: ApplyReport
  rejoin: ApplyReport
  'replace-asset': ApplyReport
  qualify: ApplyReport
  doctor: readonly Finding[]
  import: StickReport
  decoys: DecoyList
  'decoys-shuffle': ShuffleReport
  'decoys-return': ReturnReport
  'decoys-sessions': DecoySession[]
  'decoys-session': RecordedSession
}

/** Handlers, one per operation. A refusal is a thrown `Fault`. */
export type Operations = { readonly [O in Operation]: (request: RequestOf<O>) => Promise<Answers[O]> }
