/** Schemas of what the operations answer: a client reads nothing it did not check. */
import * as z from 'zod'
import type { Operation } from '#schema/control.ts'
import { ApplyReport, EdgeStatus, Finding, OrderReport, Permit, StickReport } from '#schema/control-answers.ts'
import type { DecoyOperation } from '#schema/decoys-control.ts'
import type { Answers } from '../operations.ts'

const Explanation = z.object({
  text: z.string(),
  verdict: z.string(),
  reason: z.string(),
  trace: z.array(z.object({ check: z.string(), result: z.string() })),
})

type Documents<O extends Operation> = { readonly [P in O]: z.ZodType<Answers[P]> }

const answers: Documents<Exclude<Operation, DecoyOperation>> = {
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
  import: StickReport,
}

/** Those about decoys are loaded only when they are asked for. */
export const answerOf = async <O extends Operation>(operation: O): Promise<z.ZodType<Answers[O]>> => {
  const own: Partial<Documents<Operation>> = answers
  const found = own[operation]
  if (found !== undefined) return found
  const { decoyAnswers } = await import('#schema/decoys-control.ts')
  const all: Documents<Operation> = { ...answers, ...decoyAnswers }
  return all[operation]
}
