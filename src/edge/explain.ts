/** Why the running edge permits or denies a conversation. */
import { Fault } from '#core/errors.ts'
import { explain } from '#policy/explain.ts'
import { parsePolicy } from '#policy/parse.ts'
import type { RequestOf } from '#schema/control.ts'
import { steadyNow, type Edge } from './context.ts'
import type { Answers } from './operations.ts'

export const explainRunning = (edge: Edge, { from, to, service, op }: RequestOf<'explain'>): Answers['explain'] => {
  const { source } = parsePolicy(edge.text, 'the running policy')
  const { explanations, faults } = explain(
    edge.site,
    source,
    { from, to, service, ...(op === undefined ? {} : { op }) },
    steadyNow(edge.store),
  )
  const [fault] = faults
  if (fault !== undefined) throw new Fault('usage', fault.message)
  const mine = explanations.find((explanation) => explanation.edge === edge.plan.edge) ?? explanations[0]
  if (mine === undefined) throw new Fault('not-found', `This edge does not stand between ${from} and ${to}.`)
  const near =
    mine.nearest === undefined
      ? ''
      : ` The nearest conduit is ${mine.nearest.conduit}: ${mine.nearest.failed.map(({ detail }) => detail).join('; ')}.`
  return {
    text: `${mine.asked}: ${mine.now.because}.${near}`,
    verdict: mine.now.answer,
    reason: mine.now.reason,
    trace: mine.now.trace,
  }
}
