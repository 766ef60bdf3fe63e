/** What a policy makes of a conversation, and of a command in it. */
import { canonicalIp } from '#core/address.ts'
import type { Mode, Site } from '#schema/site.ts'
import type { CommandReasonId } from './command-entry.ts'
import { evaluateCommands, type CommandVerdict } from './commands.ts'
import { isDenied } from './compile/conduits.ts'
import { layoutOf } from './compile/topology.ts'
import { compile } from './compile.ts'
import { evaluate } from './evaluate.ts'
import { vlanOf, type Step, type Verdict } from './verdict.ts'
import type { Exact, Plan, PlanConduit, PlanPool } from './plan.ts'
import type { Asked } from './query.ts'
import type { ReasonId } from './reasons.ts'
import { standsBetween, type Scenario } from './scenario.ts'
import { initialState, type State } from './state.ts'
import { guardOf } from './nft/guards.ts'
import { holds, isOpen, rangeMatches } from './tables.ts'
import { openAllDay, openAt, wallTime } from './wall-time.ts'

export type Answer = 'permit' | 'deny' | 'contain' | 'redirect' | 'decoy' | 'spoof'

export interface Judgement {
  readonly answer: Answer
  readonly reason: ReasonId | CommandReasonId
  readonly detail: string
  readonly verdict: Verdict
  /** Pool of the decoy that was spoken to. */
  readonly pool?: string
  readonly command?: CommandVerdict & { readonly conduit?: string }
  readonly trace: readonly Step[]
}

const isMild = (mode: Mode | undefined): boolean => mode === 'observe' || mode === 'shadow'

/** The mode that stands for it once everything is enforced. */
export const raised = (mode: Mode): Mode => (isMild(mode) ? 'enforce' : mode)

/** The policy as it will be when every zone is enforced: what tests are written against, and what is pending. Itself, where it is that already. */
export const enforced = (site: Site): Site =>
  [...Object.values(site.zones), ...site.conduits].some(({ mode }) => isMild(mode))
    ? {
        ...site,
        zones: Object.fromEntries(
          Object.entries(site.zones).map(([name, zone]) => [name, { ...zone, mode: raised(zone.mode) }]),
        ),
        conduits: site.conduits.map((conduit) =>
          conduit.mode === undefined ? conduit : { ...conduit, mode: raised(conduit.mode) },
        ),
      }
    : site

/**
 * Plans of the edges that stand between the ends of a question. A plan takes as long as the policy is large: it is compiled when the first
 * question needs it.
 */
export const plansFor = (site: Site): ((asked: Asked) => readonly Plan[]) => {
  const plans = new Map<string, Plan | undefined>()
  const between = edgesBetween(site)
  return (asked) =>
    between(asked).flatMap((edge) => {
      if (!plans.has(edge)) plans.set(edge, compile(site, edge))
      return plans.get(edge) ?? []
    })
}

/** The same for one question alone: what is not about its ends is not compiled. */
export const plansAbout = (site: Site, asked: Asked): readonly Plan[] => {
  const about = new Set([...asked.from, ...asked.to].flatMap(({ ips }) => ips.map((ip) => canonicalIp(ip) ?? ip)))
  return edgesBetween(site)(asked).flatMap((edge) => compile(site, edge, [], false, about) ?? [])
}

const edgesBetween = (site: Site): ((asked: Asked) => readonly string[]) => {
  const layouts = Object.keys(site.edges).map((edge) => ({ edge, layout: layoutOf(site, edge) }))
  return (asked) =>
    layouts
      .filter(({ edge, layout }) => (asked.edge === undefined || asked.edge === edge) && standsBetween(layout, asked))
      .map(({ edge }) => edge)
}

export const plansOf = (site: Site): readonly Plan[] =>
  Object.keys(site.edges).flatMap((edge) => compile(site, edge) ?? [])

/** Windows open at the time asked about; without one, those that are open all day. */
const openFor = (plan: Plan, asked: Asked, now: number): ReadonlySet<number> =>
  asked.at === undefined ? openAllDay(plan, wallTime(plan.timezone, now).day) : openAt(plan, asked.at)

/** `vlan src dst proto [port]` → conduits, which unlike the kernel's map keeps all of them: commands of all add up. */
type Covered = Pick<Exact, 'conduit' | 'mirrored'>
const indexes = new WeakMap<Plan, ReadonlyMap<string, readonly Covered[]>>()
const exactIndex = (plan: Plan): ReadonlyMap<string, readonly Covered[]> => {
  let index = indexes.get(plan)
  if (index === undefined) {
    const all = new Map<string, Covered[]>()
    for (const element of plan.exact) {
      const { vlan, src, dst, proto, port } = element
      const key = `${vlan} ${src} ${dst} ${proto} ${port ?? ''}`
      const there = all.get(key)
      if (there === undefined) all.set(key, [element])
      else there.push(element)
    }
    index = all
    indexes.set(plan, index)
  }
  return index
}

/** Every conduit that permits the conversation as things are. */
const covering = ({ plan, packet }: Scenario, state: Pick<State, 'openWindows' | 'risks'>): readonly PlanConduit[] => {
  const { ip } = packet
  if (ip === undefined) return []
  const vlan = plan.kind === 'bridge' ? vlanOf(plan, packet) : 0
  const key = `${vlan} ${ip.src} ${ip.dst} ${ip.proto} ${ip.dport ?? ''}`
  const exact = (exactIndex(plan).get(key) ?? []).flatMap(({ conduit, ...element }) =>
    holds(state, guardOf(plan.conduits[conduit] ?? {}, element), ip, 'there') ? [conduit] : [],
  )
  const ranges = plan.ranges
    .filter((range) => isOpen(plan, state, range, ip, 'there') && rangeMatches(range, vlan, ip, 'there'))
    .map(({ conduit }) => conduit)
  const all = [...new Set([...exact, ...ranges])]
    .toSorted((a, b) => a - b)
    .flatMap((index) => plan.conduits[index] ?? [])
  return isDenied(plan.denies, { ...ip, vlan, port: ip.dport }) ? all.filter(({ essential }) => essential) : all
}

const answerOf = ({ outcome, reason, contains }: Verdict): Answer => {
  if (reason === 'decoy' || reason === 'deceived') return 'decoy'
  if (outcome !== 'deny') return outcome
  if (contains !== undefined) return 'contain'
  return reason === 'spoof' || reason === 'arp-forged' ? 'spoof' : 'deny'
}

/** Where decoys may stand; where they do is known at the edge alone. */
const poolAddresses = ({ decoys }: Plan): ReadonlySet<string> =>
  new Set(decoys?.pools.flatMap(({ addresses }) => addresses))

const poolAt = ({ decoys }: Plan, address: string | undefined): PlanPool | undefined =>
  address === undefined ? undefined : decoys?.pools.find(({ addresses }) => addresses.includes(address))

const maySteps = (steps: readonly Step[], pool: PlanPool, address: string): readonly Step[] =>
  steps.map((step) =>
    step.check === 'decoys' ? { ...step, result: `${address} is in pool ${pool.id}: decoys may stand there` } : step,
  )

/** Why no decoy answers, for who expected one. */
export const noDecoyText = ({ plan, packet: { ip } }: Scenario): string => {
  if (plan.decoys === undefined) return 'this edge has none'
  if (ip === undefined) return 'they speak IP only'
  const known = plan.known.find((row) => row.ip === ip.dst)
  if (known === undefined) return `${ip.dst} is in no pool, or is denied there`
  const rows = plan.decoys.deceive.filter(({ dst }) => dst.includes(ip.dst))
  const ports = rows.map(({ id, proto, port }) => `${id} ${proto === 6 ? 'tcp' : 'udp'}/${port}`)
  return rows.length === 0
    ? `no row of \`decoys.deceive\` stands in for ${known.asset}`
    : `what stands in for ${known.asset}, where nothing permits it: ${[...new Set(ports)].join(', ')}`
}

/** Reasons after which a conversation's commands are those of its conduits. */
const byConduit: ReadonlySet<ReasonId> = new Set(['permitted'])

/**
 * Judges one scenario as the policy's plan has it.
 * @param given what the kernel remembers; nothing when absent
 */
export const judge = (scenario: Scenario, asked: Asked, now: number, given: Partial<State> = {}): Judgement => {
  const { plan, packet, source = '', target = '' } = scenario
  const open = openFor(plan, asked, now)
  const state = initialState({
    decoys: poolAddresses(plan),
    ...given,
    openWindows: open,
    ...(asked.risk === undefined ? {} : { risks: new Map([[source, asked.risk]]) }),
    authenticated: new Set(asked.authenticated ? [source] : []),
  })
  const verdict = evaluate(plan, state, packet)
  const pool = verdict.reason === 'decoy' ? poolAt(plan, packet.ip?.dst) : undefined
  const conversation: Judgement = {
    answer: answerOf(verdict),
    reason: verdict.reason,
    detail: pool === undefined ? detailOf(verdict) : `pool ${pool.id}`,
    verdict,
    trace:
      pool === undefined || given.decoys !== undefined
        ? verdict.trace
        : maySteps(verdict.trace, pool, packet.ip?.dst ?? ''),
    ...(pool === undefined ? {} : { pool: pool.id }),
  }
  if (asked.op === undefined || asked.vocabulary === undefined || !byConduit.has(verdict.reason)) return conversation
  const command = evaluateCommands(
    asked.vocabulary,
    covering(scenario, state),
    { op: asked.op, from: source, to: target, at: now, fields: asked.fields },
    asked.given(target),
  )
  const steps = command.trace.map(({ entry, detail, reason }): Step => ({
    check: entry === undefined ? 'command' : `allow[${entry}]`,
    result: `${reason}: ${detail}`,
  }))
  return {
    answer: command.outcome,
    reason: command.reason,
    detail: command.detail,
    verdict,
    command,
    trace: [...verdict.trace, ...steps],
  }
}

const detailOf = ({ conduit, deny, zone, mode, redirect, reason }: Verdict): string =>
  [
    ...(conduit === undefined ? [] : [`conduit ${conduit}`]),
    ...(deny === undefined ? [] : [`deny ${deny}`]),
    ...(redirect === undefined ? [] : [`${reason === 'deceived' ? 'deceive' : 'redirect'} ${redirect}`]),
    ...(zone === undefined ? [] : [`zone ${zone}`]),
    ...(mode === undefined ? [] : [`mode ${mode}`]),
  ].join(', ')
