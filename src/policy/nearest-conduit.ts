/** The conduit that would have permitted something, had one condition been different. */
import { overlap, spanOf, within, type Spans } from './check/span.ts'
import { contextOf, type Context, type Resolved } from './check/context.ts'
import { resolveDeny, type ResolvedDeny } from './check/flows.ts'
import { evaluateCommand } from './commands.ts'
import type { Packet } from './packet.ts'
import type { Path } from './problem.ts'
import type { Asked } from './query.ts'
import type { Scenario } from './scenario.ts'
import type { Flow } from './service.ts'
import type { State } from './state.ts'
import { zoneAt } from './tables.ts'
import { vlanOf } from './verdict.ts'
import { isOpenAt, wallTime } from './wall-time.ts'
import { riskBelowOf, timesOf, whenPath } from './when.ts'
import type { Site } from '#schema/site.ts'

/** What a conduit asks of a conversation: a closed list. */
export const conditions = ['from', 'to', 'service', 'when', 'risk-below', 'expires', 'deny', 'allow'] as const
export type Condition = (typeof conditions)[number]

export interface Failed {
  readonly condition: Condition
  readonly detail: string
  readonly path: Path
}
export interface Nearest {
  readonly conduit: string
  readonly index: number
  readonly failed: readonly Failed[]
}

/** Who may talk weighs more than when and what: those are the smaller changes to a policy. */
const weights: Readonly<Record<Condition, number>> = {
  from: 4,
  to: 4,
  service: 3,
  deny: 2,
  when: 1,
  'risk-below': 1,
  expires: 1,
  allow: 1,
}

const matches = (flow: Flow, { ip }: Packet): boolean =>
  ip !== undefined &&
  flow.from === 'client' &&
  (flow.proto === undefined || flow.proto === ip.proto) &&
  (flow.family === undefined || flow.family === ip.family) &&
  (flow.ports === undefined ||
    flow.ports.some(([from, to]) => ip.dport !== undefined && ip.dport >= from && ip.dport <= to))

/** The address of an end of the conversation, as that of the zone which it is in on this edge. */
export const spansOf = (ip: string | undefined, { plan, packet }: Scenario, { places }: Context): Spans => {
  const span = ip === undefined ? undefined : spanOf(ip)
  if (ip === undefined || span === undefined) return []
  const zone = zoneAt(plan, plan.kind === 'bridge' ? vlanOf(plan, packet) : 0, ip)
  const line = zone === undefined ? 0n : places.of(zone.name)
  return [{ first: span.first + line, last: span.last + line }]
}

interface Question {
  readonly context: Context
  readonly denies: readonly ResolvedDeny[]
  readonly scenario: Scenario
  readonly asked: Asked
  readonly source: Spans
  readonly target: Spans
  readonly now: number
  /** Of the source. */
  readonly risk: number
}

const timeFailures = ({ context: { site }, asked, now }: Question, { conduit }: Resolved, path: Path): Failed[] => {
  const today = asked.at ?? wallTime(site.timezone, now)
  const failed: Failed[] = []
  if (conduit.expires !== undefined && today.day >= conduit.expires)
    failed.push({ condition: 'expires', detail: `it expired on ${conduit.expires}`, path: [...path, 'expires'] })
  const group = timesOf(conduit.when)
  if (group === undefined) return failed
  const times = site.groups[group]?.times ?? []
  const at = [...path, ...whenPath(conduit.when, 'times')]
  if (asked.at === undefined)
    failed.push({ condition: 'when', detail: `it is open during \`${group}\` only; ask with a time`, path: at })
  else if (!isOpenAt({ id: group, times }, site.timezone, asked.at))
    failed.push({ condition: 'when', detail: `\`${group}\` is closed at that time`, path: at })
  return failed
}

const riskFailures = ({ risk }: Question, { conduit }: Resolved, path: Path): Failed[] => {
  const below = riskBelowOf(conduit.when)
  if (below === undefined || risk < below) return []
  return [
    {
      condition: 'risk-below',
      detail: `risk ${risk} is not below ${below}`,
      path: [...path, ...whenPath(conduit.when, 'risk-below')],
    },
  ]
}

const failures = (question: Question, resolved: Resolved): Failed[] => {
  const { scenario, asked, source, target, denies, now } = question
  const { conduit, index, service, vocabulary } = resolved
  const path = ['conduits', index]
  const failed: Failed[] = []
  if (!within(source, resolved.sources))
    failed.push({
      condition: 'from',
      detail: `it is from \`${conduit.from}\`, not ${scenario.from.name}`,
      path: [...path, 'from'],
    })
  if (!within(target, resolved.targets))
    failed.push({
      condition: 'to',
      detail: `it is to \`${conduit.to}\`, not ${scenario.to.name}`,
      path: [...path, 'to'],
    })
  const served =
    service.flows.some((flow) => matches(flow, scenario.packet)) ||
    service.etherTypes.includes(scenario.packet.etherType)
  if (!served)
    failed.push({ condition: 'service', detail: `its service is \`${conduit.service}\``, path: [...path, 'service'] })
  failed.push(...timeFailures(question, resolved, path), ...riskFailures(question, resolved, path))
  const deny =
    conduit.essential === true
      ? undefined
      : denies.find(
          (each) =>
            each.service.flows.some((flow) => matches(flow, scenario.packet)) &&
            overlap(source, each.sources) &&
            overlap(target, each.targets),
        )
  if (deny !== undefined)
    failed.push({ condition: 'deny', detail: `deny \`${deny.id}\` covers the conversation`, path })
  if (served && asked.op !== undefined && vocabulary !== undefined && conduit.allow !== undefined) {
    const to = scenario.target ?? ''
    const command = evaluateCommand(
      vocabulary,
      conduit,
      { op: asked.op, from: scenario.source ?? '', to, at: now, fields: asked.fields },
      asked.given(to),
    )
    if (command.outcome === 'deny')
      failed.push({
        condition: 'allow',
        detail: command.detail,
        path: [
          ...path,
          'allow',
          ...(command.reason === 'command-not-allowed' || command.entry === undefined ? [] : [command.entry]),
        ],
      })
  }
  return failed
}

const costOf = (failed: readonly Failed[]) => failed.reduce((sum, { condition }) => sum + weights[condition], 0)

/** Ready to be asked about many conversations of one policy. */
export const nearestConduits = (site: Site, now: number, context: Context = contextOf(site, now)) => {
  const denies = site.denies.flatMap((deny) => resolveDeny(site, deny, context.places) ?? [])
  return (scenario: Scenario, asked: Asked, risks?: State['risks']): Nearest | undefined => {
    const question = {
      context,
      denies,
      scenario,
      asked,
      source: spansOf(scenario.source, scenario, context),
      target: spansOf(scenario.target, scenario, context),
      now,
      risk: asked.risk ?? risks?.get(scenario.source ?? '') ?? 0,
    }
    let best: { nearest: Nearest; cost: number } | undefined
    for (const resolved of context.conduits) {
      const failed = failures(question, resolved)
      const cost = costOf(failed)
      if (failed.length > 0 && (best === undefined || cost < best.cost))
        best = { nearest: { conduit: resolved.conduit.id, index: resolved.index, failed }, cost }
    }
    // With two of from, to and service wrong it is another conduit altogether.
    const wrong = best?.nearest.failed.filter(({ condition }) => weights[condition] >= 3).length ?? 0
    return wrong > 1 ? undefined : best?.nearest
  }
}
