/** Which conduit's `mode` holds for what flows between its two ends beside it. */
import { modes } from '#schema/site-words.ts'
import type { Context, Resolved } from './check/context.ts'
import { within } from './check/span.ts'
import { spansOf } from './nearest-conduit.ts'
import type { Scenario } from './scenario.ts'

/** The mildest of those between the two, whichever of them opens the conversation: it is the one that decides. */
export const pairModeOf = (context: Context, scenario: Scenario): Resolved | undefined => {
  const [source, target] = [spansOf(scenario.source, scenario, context), spansOf(scenario.target, scenario, context)]
  if (source.length === 0 || target.length === 0) return undefined
  const between = ({ sources, targets }: Resolved) =>
    (within(source, sources) && within(target, targets)) || (within(source, targets) && within(target, sources))
  const strictness = ({ conduit: { mode } }: Resolved) => modes.findIndex((each) => each === mode)
  return context.conduits
    .filter((resolved) => resolved.conduit.mode !== undefined && between(resolved))
    .toSorted((a, b) => strictness(a) - strictness(b))[0]
}
