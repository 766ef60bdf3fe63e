/** Recorded conversations, judged by a policy that is to be published and by the one in force. */
import { setImmediate as pause } from 'node:timers/promises'
import { initialState } from '#policy/state.ts'
import { type Answer, judge, plansOf } from '#policy/judge.ts'
import type { Plan } from '#policy/plan.ts'
import { readQuery } from '#policy/query.ts'
import { scenariosOf } from '#policy/scenario.ts'
import { wallText, wallTime } from '#policy/wall-time.ts'
import type { Site } from '#schema/site.ts'
import type { SimulatedFlow, SimulationView } from '#schema/manager-review.ts'

export interface RecordedFlow {
  readonly edge: string
  /** Kind of the events that told it. */
  readonly kind: string
  readonly source: string
  readonly destination: string
  /** `tcp`, `udp`, `icmp`, or the number of an IP protocol. */
  readonly protocol: string
  readonly port?: number
  readonly packets: number
  /** ms since 1970 */
  readonly first: number
  readonly last: number
}

/** Flows that are judged; the most frequent come first. */
export const mostFlows = 5000
/** Told of each list. */
const mostTold = 200
/** Judged in one go: requests of others are served in between. */
const slice = 50
const hourMs = 3_600_000

const serviceOf = ({ protocol, port }: RecordedFlow): string =>
  port !== undefined ? `${protocol}/${port}` : /^\d+$/.test(protocol) ? `ip/${protocol}` : protocol

interface Judged {
  readonly verdict: Answer
  readonly reason: string
}

/** What a policy makes of a flow as its zones are now; undefined when its edge does not stand between the two ends. */
const judgeFlow = (site: Site, plans: readonly Plan[], flow: RecordedFlow): Judged | undefined => {
  const { asked } = readQuery(site, {
    from: flow.source,
    to: flow.destination,
    service: serviceOf(flow),
    at: wallText(wallTime(site.timezone, flow.last)),
  })
  if (asked === undefined) return undefined
  const [scenario] = scenariosOf(
    plans.filter(({ edge }) => edge === flow.edge),
    asked,
  )
  if (scenario === undefined) return undefined
  const { answer, reason, detail } = judge(scenario, asked, flow.last, initialState())
  return { verdict: answer, reason: detail === '' ? reason : `${reason}: ${detail}` }
}

const isDenied = ({ verdict }: Judged): boolean => verdict === 'deny' || verdict === 'contain' || verdict === 'spoof'

/**
 * @param flows the most frequent first
 * @param left how many more there are
 */
export const simulate = async (
  flows: readonly RecordedFlow[],
  left: number,
  after: Site,
  before: Site | undefined,
): Promise<SimulationView> => {
  const newlyDenied: SimulatedFlow[] = []
  const newlyPermitted: SimulatedFlow[] = []
  const counts = { newlyDenied: 0, newlyPermitted: 0, denied: 0, notJudged: 0 }
  const denied = new Map<string, number>()
  const [plans, former] = [plansOf(after), before === undefined ? [] : plansOf(before)]
  for (const [index, flow] of flows.entries()) {
    if (index % slice === slice - 1) await pause()
    const now = judgeFlow(after, plans, flow)
    if (now === undefined) {
      counts.notJudged++
      continue
    }
    const then = before === undefined ? undefined : judgeFlow(before, former, flow)
    const bad = isDenied(now)
    const was = then !== undefined && isDenied(then)
    if (bad) {
      counts.denied++
      denied.set(flow.edge, (denied.get(flow.edge) ?? 0) + flow.packets)
    }
    if (bad === was) continue
    const told: SimulatedFlow = {
      edge: flow.edge,
      kind: flow.kind,
      source: flow.source,
      destination: flow.destination,
      service: serviceOf(flow),
      packets: flow.packets,
      last: new Date(flow.last).toISOString(),
      verdict: now.verdict,
      reason: now.reason,
      before: then?.verdict ?? null,
    }
    const [list, key] = bad ? ([newlyDenied, 'newlyDenied'] as const) : ([newlyPermitted, 'newlyPermitted'] as const)
    counts[key]++
    if (list.length < mostTold) list.push(told)
  }
  const from = Math.min(...flows.map(({ first }) => first))
  const to = Math.max(...flows.map(({ last }) => last))
  // At least an hour: a rate of a moment says nothing about a day.
  const hours = Math.max(1, (to - from) / hourMs)
  return {
    flows: flows.length,
    left,
    from: flows.length === 0 ? null : new Date(from).toISOString(),
    to: flows.length === 0 ? null : new Date(to).toISOString(),
    newlyDenied,
    newlyPermitted,
    counts,
    expected: Object.fromEntries(
      [...denied].map(([edge, packets]) => [edge, Math.round((packets / hours) * 100) / 100]),
    ),
  }
}
