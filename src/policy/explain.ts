/** Why a conversation or a command is permitted or not: the rule that decided, every step, and the nearest conduit. */
import type { Site } from '#schema/site.ts'
import { commandReasons, type CommandReasonId } from './command-entry.ts'
import type { Step } from './verdict.ts'
import { contextOf, type Resolved } from './check/context.ts'
import { everyScenario } from './every-scenario.ts'
import { enforced, judge, plansAbout, raised, type Answer, type Judgement } from './judge.ts'
import type { Source } from './locate.ts'
import { pairModeOf } from './pair-mode.ts'
import { nearestConduits, type Condition, type Nearest } from './nearest-conduit.ts'
import type { Plan } from './plan.ts'
import type { Path } from './problem.ts'
import { readQuery, type Query, type QueryFault } from './query.ts'
import { reasons, type ReasonId } from './reasons.ts'
import type { Scenario } from './scenario.ts'
import type { State } from './state.ts'
import { scenarioText } from './test.ts'
import { wallText, wallTime } from './wall-time.ts'

export type AnyReason = ReasonId | CommandReasonId

export interface Explained {
  readonly answer: Answer
  readonly reason: AnyReason
  /** The reason in words. */
  readonly because: string
  /** The rule or zone whose default decided. */
  readonly rule?: Rule
  readonly trace: readonly { readonly check: string; readonly result: string; readonly line?: number }[]
  /** Passed, but somebody should know. */
  readonly events: readonly string[]
}

export interface Rule {
  /** `pool` and `deceive` are of `decoys:`. */
  readonly kind: 'conduit' | 'deny' | 'redirect' | 'pool' | 'deceive' | 'zone'
  readonly id: string
  readonly line: number
}

export interface Explanation {
  readonly asked: string
  readonly edge: string
  /** What happens now, with every zone in the mode it has. */
  readonly now: Explained
  /** What would happen if everything were enforced; absent when it is the same. */
  readonly pending?: Explained
  /** The conduit that would have permitted it, and what it lacks; absent when it is permitted or none comes near. */
  readonly nearest?: {
    readonly conduit: string
    readonly line: number
    readonly failed: readonly { readonly condition: Condition; readonly detail: string; readonly line: number }[]
  }
}

export const reasonText = (reason: AnyReason): string => ({ ...reasons, ...commandReasons })[reason]

const indexOf = (site: Site, list: 'conduits' | 'denies' | 'redirects', id: string) =>
  site[list].findIndex((entry) => entry.id === id)

/** Where `decoys:` says it. */
const decoyPath = (site: Site, { verdict, pool }: Judgement): Path | undefined => {
  const at = (list: 'pools' | 'deceive', id: string): Path | undefined => {
    const index = site.decoys?.[list].findIndex((entry) => entry.id === id) ?? -1
    return index < 0 ? undefined : ['decoys', list, index]
  }
  if (pool !== undefined) return at('pools', pool)
  return verdict.reason === 'deceived' && verdict.redirect !== undefined ? at('deceive', verdict.redirect) : undefined
}

const ruleOf = (site: Site, source: Source, judgement: Judgement): Rule | undefined => {
  const { verdict, command, pool } = judgement
  const at = (kind: Rule['kind'], id: string, path: Path): Rule => ({ kind, id, line: source.at(path).line })
  const conduit = command?.conduit ?? verdict.conduit
  if (conduit !== undefined) return at('conduit', conduit, ['conduits', indexOf(site, 'conduits', conduit)])
  if (verdict.deny !== undefined) return at('deny', verdict.deny, ['denies', indexOf(site, 'denies', verdict.deny)])
  const decoy = decoyPath(site, judgement)
  if (decoy !== undefined)
    return pool === undefined ? at('deceive', verdict.redirect ?? '', decoy) : at('pool', pool, decoy)
  if (verdict.redirect !== undefined)
    return at('redirect', verdict.redirect, ['redirects', indexOf(site, 'redirects', verdict.redirect)])
  if (verdict.zone !== undefined && Object.hasOwn(site.zones, verdict.zone))
    return at('zone', verdict.zone, ['zones', verdict.zone])
  return undefined
}

/** Line of the rule that a step speaks of. */
const lineOf = (site: Site, source: Source, step: Step, judgement: Judgement): number | undefined => {
  const { verdict, command } = judgement
  const decoy = step.check === 'decoys' ? decoyPath(site, judgement) : undefined
  if (decoy !== undefined) return source.at(decoy).line
  const line = (list: 'conduits' | 'denies' | 'redirects', id: string | undefined, rest: Path = []) => {
    const index = id === undefined ? -1 : indexOf(site, list, id)
    return index < 0 ? undefined : source.at([list, index, ...rest]).line
  }
  const entry = /^allow\[(\d+)\]$/.exec(step.check)
  if (entry !== null) return line('conduits', command?.conduit, ['allow', Number(entry[1])])
  if (step.check === 'conduits' || step.check === 'answers' || step.check === 'command')
    return line('conduits', verdict.conduit)
  if (step.check === 'denies') return line('denies', verdict.deny)
  if (step.check === 'redirects') return line('redirects', verdict.redirect)
  if (
    (step.check === 'zone' || step.check === 'zone default') &&
    verdict.zone !== undefined &&
    Object.hasOwn(site.zones, verdict.zone)
  )
    return source.at(['zones', verdict.zone], 'key').line
  return undefined
}

/** Out of scope only because of the time, or of the risk, is a reason of its own. */
const reasonOf = ({ reason }: Judgement, near: Nearest | undefined): AnyReason => {
  if (reason !== 'out-of-scope' || near === undefined) return reason
  const only = (...allowed: readonly Condition[]) => near.failed.every(({ condition }) => allowed.includes(condition))
  if (only('risk-below')) return 'risk-too-high'
  return only('when', 'risk-below') ? 'window-closed' : reason
}

/** A conduit's own mode decides in the place of the zone's about what flows between its ends beside it. */
const byPairMode = (
  source: Source,
  { verdict, trace }: Judgement,
  pair: Resolved | undefined,
): { readonly rule: Rule; readonly trace: Explained['trace'] } | undefined => {
  if (pair?.conduit.mode === undefined || verdict.deny !== undefined) return undefined
  if (trace.every(({ check }) => check !== 'zone default')) return undefined
  const { index, conduit } = pair
  // An isolated zone has another.
  if (verdict.mode !== pair.conduit.mode && verdict.mode !== raised(pair.conduit.mode)) return undefined
  const { line } = source.at(['conduits', index, 'mode'])
  const result = `conduit ${conduit.id} has mode ${conduit.mode} for what else flows between its ends`
  return { rule: { kind: 'conduit', id: conduit.id, line }, trace: [{ check: 'mode', result, line }] }
}

const explained = (
  site: Site,
  source: Source,
  judgement: Judgement,
  near: Nearest | undefined,
  pair: Resolved | undefined,
): Explained => {
  const { answer, detail, command, verdict } = judgement
  const reason = reasonOf(judgement, near)
  const mode = byPairMode(source, judgement, pair)
  const rule = mode?.rule ?? ruleOf(site, source, judgement)
  const words = reasonText(reason)
  return {
    answer,
    reason,
    because: command === undefined || detail === '' ? words : `${words}: ${detail}`,
    ...(rule === undefined ? {} : { rule }),
    trace: [
      ...judgement.trace.map((step) => {
        const line = lineOf(site, source, step, judgement)
        return line === undefined ? step : { ...step, line }
      }),
      ...(mode?.trace ?? []),
    ],
    events: [
      ...(command?.events ?? []),
      ...(verdict.contains === undefined ? [] : [`the source is contained (${verdict.contains})`]),
    ],
  }
}

const isSame = (a: Judgement, b: Judgement) => a.answer === b.answer && a.reason === b.reason

/** An edge as it is: its plan with what was changed at it, and what its kernel remembers. */
export interface Running {
  readonly plan: Plan
  readonly state: Partial<State>
}

interface Judged {
  readonly scenario: Scenario
  readonly state: Partial<State>
  readonly judged: Judgement
  readonly pending: Judgement
}

/** Conversations beyond which nobody reads what comes out. */
const maxConversations = 4096

/** Of each pair of hosts the conversations that come out differently; one speaks for all that come out alike. */
const distinct = (scenarios: Iterable<Scenario>, judgedOne: (scenario: Scenario) => Judged): readonly Judged[] => {
  const pairs = new Map<string, Map<string, Judged>>()
  let count = 0
  for (const scenario of scenarios) {
    if (++count > maxConversations) break
    const one = judgedOne(scenario)
    const { plan, from, to } = scenario
    const outcomes = [one.judged, one.pending].map(({ answer, reason, detail }) => [answer, reason, detail])
    const pair = JSON.stringify([plan.edge, from.name, to.name])
    const found = pairs.get(pair) ?? new Map<string, Judged>()
    pairs.set(pair, found)
    const outcome = JSON.stringify(outcomes)
    if (!found.has(outcome)) found.set(outcome, one)
  }
  return [...pairs.values()].flatMap((found) => {
    const [first, ...more] = found.values()
    if (first === undefined || more.length > 0) return [...found.values()]
    const { part: _part, ...scenario } = first.scenario
    return [{ ...first, scenario }]
  })
}

/**
 * Explains a question, once for each pair of hosts and edge it stands for, and again where not all of its addresses and ports come out alike.
 * @param now ms since 1970, which the question is about unless it says `at`
 * @param running judged instead of what the policy makes of that edge
 * @returns faults when the question itself cannot be understood; no explanations when no edge stands between the two
 */
export const explain = (
  site: Site,
  source: Source,
  query: Query,
  now = Date.now(),
  running?: Running,
): { explanations: readonly Explanation[]; faults: readonly QueryFault[] } => {
  const { asked, faults } = readQuery(site, { ...query, at: query.at ?? wallText(wallTime(site.timezone, now)) })
  if (asked === undefined) return { explanations: [], faults }
  const written = plansAbout(site, asked)
  const meant = enforced(site)
  const later = meant === site ? written : plansAbout(meant, asked)
  const plans = written.map((plan) => (plan.edge === running?.plan.edge ? running.plan : plan))
  const context = contextOf(site, now)
  const nearest = nearestConduits(site, now, context)
  const judgedOne = (scenario: Scenario): Judged => {
    const state = scenario.plan === running?.plan ? running.state : {}
    const { risks } = state
    const plan = later.find(({ edge }) => edge === scenario.plan.edge) ?? scenario.plan
    return {
      scenario,
      state,
      judged: judge(scenario, asked, now, state),
      pending: judge({ ...scenario, plan }, asked, now, risks === undefined ? {} : { risks }),
    }
  }
  const one = ({ scenario, state: { risks }, judged, pending }: Judged): Explanation => {
    const isDenied = pending.answer !== 'permit' && pending.answer !== 'redirect'
    const near = isDenied ? nearest(scenario, asked, risks) : undefined
    const pair = pairModeOf(context, scenario)
    return {
      asked: scenarioText(scenario),
      edge: scenario.plan.edge,
      now: explained(site, source, judged, near, pair),
      ...(isSame(judged, pending) ? {} : { pending: explained(site, source, pending, near, pair) }),
      ...(near === undefined
        ? {}
        : {
            nearest: {
              conduit: near.conduit,
              line: source.at(['conduits', near.index]).line,
              failed: near.failed.map(({ condition, detail, path }) => ({
                condition,
                detail,
                line: source.at(path).line,
              })),
            },
          }),
    }
  }
  return { explanations: distinct(everyScenario(plans, asked), judgedOne).map(one), faults: [] }
}
