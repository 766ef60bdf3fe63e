/** Recorded conversations with the conduit that permits each: edges count who speaks with whom, the policy says why they may. */
import { initialState } from '#policy/state.ts'
import { judge, plansOf } from '#policy/judge.ts'
import type { Plan } from '#policy/plan.ts'
import { readQuery } from '#policy/query.ts'
import { scenariosOf } from '#policy/scenario.ts'
import { wallText, wallTime } from '#policy/wall-time.ts'
import type { Conversation } from '../events/conversations.ts'
import type { PublishedSite } from './published.ts'

export interface Talk extends Conversation {
  readonly conduit?: string
}

/** Judged one by one; beyond that a person reads no further. */
const mostJudged = 500

const serviceOf = ({ protocol, port }: Conversation): string =>
  port > 0 ? `${protocol}/${port}` : /^\d+$/.test(protocol) ? `ip/${protocol}` : protocol

const conduitOf = ({ policy }: PublishedSite, plans: readonly Plan[], talk: Conversation): string | undefined => {
  const { source, destination, last } = talk
  const at = wallText(wallTime(policy.timezone, last.getTime()))
  const { asked } = readQuery(policy, { from: source, to: destination, service: serviceOf(talk), at })
  if (asked === undefined) return undefined
  const [scenario] = scenariosOf(
    plans.filter(({ edge }) => edge === talk.edge),
    asked,
  )
  return scenario === undefined ? undefined : judge(scenario, asked, last.getTime(), initialState()).verdict.conduit
}

/** @param talks of one site, the busiest first */
export const withConduits = (site: PublishedSite, talks: readonly Conversation[]): Talk[] => {
  const plans = plansOf(site.policy)
  return talks.map((talk, at) => {
    const conduit = at < mostJudged ? conduitOf(site, plans, talk) : undefined
    return conduit === undefined ? talk : { ...talk, conduit }
  })
}
