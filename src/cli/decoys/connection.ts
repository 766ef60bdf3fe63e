import type { Command } from 'commander'
import type * as z from 'zod'
import { callDocument } from '#edge/control/client.ts'
import { decoyAnswers, type DecoyOperation, type decoyRequests } from '#schema/decoys-control.ts'
import { socketOf, type Target } from '../edge/connection.ts'

type Body<O extends DecoyOperation> = z.input<(typeof decoyRequests)[O]>
type Answer<O extends DecoyOperation> = z.output<(typeof decoyAnswers)[O]>

/** ms. Namespaces of many decoys are taken down and put up again. */
const movingMs = 120_000

/** Asks the edge that the command's options mean about its decoys. */
export const ask = <O extends DecoyOperation>(command: Command, operation: O, body: Body<O>): Promise<Answer<O>> => {
  const answers: { readonly [P in DecoyOperation]: z.ZodType<Answer<P>> } = decoyAnswers
  const timeoutMs = operation === 'decoys-shuffle' || operation === 'decoys-return' ? movingMs : undefined
  return callDocument<Answer<O>>(socketOf(command.opts<Target>()), operation, body, answers[operation], timeoutMs)
}
