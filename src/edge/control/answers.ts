/** Schemas of what the operations answer: a client reads nothing it did not check. */
import * as z from 'zod'
import { ApplyReport, EdgeStatus, Finding, type Operation, OrderReport, Permit, StickReport } from '#schema/control.ts'
import { decoyAnswers } from '#schema/decoys-control.ts'
import type { Answers } from '../operations.ts'

const Explanation = z.object({
  text: z.string(),
  verdict: z.string(),
  reason: z.string(),
  trace: z.array(z.object({ check: z.string(), result: z.string() })),
})

export const answers: { readonly [O in Operation]: z.ZodType<Answers[O]> } = {
  status: EdgeStatus,
  explain: Explanation,
  contain: OrderReport,
  release: OrderReport,
  permit: OrderReport,
  permits: z.array(Permit),
  revoke: OrderReport,
  apply: ApplyReport,
  confirm: OrderReport,
  rollback: OrderReport,
  bypass: OrderReport,
  'bypass-end': OrderReport,
  isolate: ApplyReport,
  rejoin: ApplyReport,
  'replace-asset': ApplyReport,
  qualify: ApplyReport,
  doctor: z.array(Finding),
  export: StickReport,
  import: StickReport,
  ...decoyAnswers,
}
