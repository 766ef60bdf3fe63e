/** From counted reasons to a verdict with its rule and the nearest conduit. */
import { reasonText } from '#policy/explain.ts'
import { initialCommandState } from '#policy/command-state.ts'
import { nearestConduits, type Nearest } from '#policy/nearest-conduit.ts'
import type { Host } from '#policy/host.ts'
import type { Source } from '#policy/locate.ts'
import type { Packet } from '#policy/packet.ts'
import type { Plan } from '#policy/plan.ts'
import type { Asked } from '#policy/query.ts'
import { rangeMatches } from '#policy/tables.ts'
import { wallTime } from '#policy/wall-time.ts'
import type { Site } from '#schema/site.ts'
import type { Conversation } from './conversations.ts'
import type { Near, Outcome, Rule, Verdict } from './result.ts'
import type { Reason, Tally } from './tally.ts'

/** A policy that is simulated: its document, and the plan of the edge as it is judged. */
export interface Policy {
  readonly site: Site
  readonly plan: Plan
  /** For the lines of rules. */
  readonly source?: Source
}

export const verdictOf = (permitted: number, denied: number): Verdict =>
  denied === 0 ? 'permitted' : permitted === 0 ? 'denied' : 'partly'

/** Conversations whose nearest conduit is looked for: it tries every conduit of the policy. */
const maxNearest = 2000

const indexOf = (site: Site, list: 'conduits' | 'denies' | 'redirects', id: string) =>
  site[list].findIndex((entry) => entry.id === id)

/** From the client to the server, whoever sent it: what a conduit is asked about. */
const asAsked = (packet: Packet, { client, server, port }: Conversation): Packet => {
  const { ip } = packet
  if (ip === undefined || port === undefined) return packet
  const { sport: _, dport: __, ...rest } = ip
  return { ...packet, ip: { ...rest, src: client, dst: server, dport: port } }
}

const essentialEnds = (plan: Plan): ((packet: Packet) => boolean) => {
  const isEssential = ({ conduit }: { readonly conduit: number }) => plan.conduits[conduit]?.essential === true
  const exact = new Set(
    plan.exact.filter(isEssential).map(({ src, dst, proto, port }) => `${src} ${dst} ${proto} ${port ?? ''}`),
  )
  // Also where the VLAN is another one.
  const ranges = plan.ranges.filter(isEssential).map(({ vlans: _vlans, ...range }) => range)
  return ({ ip }) =>
    ip !== undefined &&
    (exact.has(`${ip.src} ${ip.dst} ${ip.proto} ${ip.dport ?? ''}`) ||
      exact.has(`${ip.src} ${ip.dst} ${ip.proto} `) ||
      ranges.some((range) => rangeMatches(range, 0, ip, 'there')))
}

/** Ready to word what one policy makes of conversations. */
export const outcomes = (policy: Policy) => {
  const { site, plan, source } = policy
  const names = new Map(plan.known.map(({ vlan, ip, asset }) => [`${vlan} ${ip}`, asset]))
  const essentials = new Set(site.conduits.flatMap(({ id, essential }) => (essential === true ? [id] : [])))
  let nearest: ReturnType<typeof nearestConduits> | undefined
  let asked = 0
  const assetOf = (vlan: number, address: string) => names.get(`${vlan} ${address}`)
  const hostOf = (vlan: number, address: string): Host => {
    const asset = assetOf(vlan, address)
    return { name: asset ?? address, ips: [address], ...(asset === undefined ? {} : { asset }) }
  }

  const find = (conversation: Conversation, { decision, met }: Reason): Nearest | undefined => {
    const { packet, vlan } = decision
    if (packet.ip === undefined || conversation.folded || asked++ >= maxNearest) return undefined
    nearest ??= nearestConduits(site, met.at)
    const { client, server } = conversation
    const [from, to] = [hostOf(vlan, client), hostOf(vlan, server)]
    const question: Asked = {
      from: [from],
      to: [to],
      service: { flows: [], etherTypes: [] },
      fields: {},
      at: wallTime(site.timezone, met.at),
      given: () => initialCommandState,
      authenticated: false,
    }
    return nearest({ plan, packet: asAsked(packet, conversation), from, to, source: client, target: server }, question)
  }

  const lineOf = (path: Parameters<Source['at']>[0]) => (source === undefined ? {} : { line: source.at(path).line })
  const nearOf = ({ conduit, failed }: Nearest): Near => ({
    conduit,
    essential: essentials.has(conduit),
    failed: failed.map(({ condition, detail, path }) => ({ condition, detail, ...lineOf(path) })),
  })

  const ruleOf = ({ decision: { verdict } }: Reason): Rule | undefined => {
    const { conduit, deny, redirect, zone } = verdict
    const at = (kind: Rule['kind'], list: 'conduits' | 'denies' | 'redirects', id: string): Rule => ({
      kind,
      id,
      ...lineOf([list, indexOf(site, list, id)]),
    })
    if (conduit !== undefined) return at('conduit', 'conduits', conduit)
    if (deny !== undefined) return at('deny', 'denies', deny)
    if (redirect !== undefined) return at('redirect', 'redirects', redirect)
    if (zone === undefined || !Object.hasOwn(site.zones, zone)) return undefined
    return { kind: 'zone', id: zone, ...lineOf(['zones', zone]) }
  }

  const carried = essentialEnds(plan)
  /** Whether an essential conduit is about it, whatever else is wrong with its packets: their MACs, VLANs or ports. */
  const isOfEssential = (conversation: Conversation, tally: Tally): boolean => {
    const packet = tally.main?.decision.packet
    return packet !== undefined && !conversation.folded && carried(asAsked(packet, conversation))
  }

  const outcomeOf = (conversation: Conversation, tally: Tally): Outcome => {
    const { main, permitted, denied, byMode, stayed } = tally
    const isDenied = main?.decision.verdict.outcome === 'deny'
    const found = main !== undefined && isDenied ? find(conversation, main) : undefined
    const onlyClosed = found?.failed.every(({ condition }) => condition === 'when') === true
    const met = main?.decision.verdict.reason
    const reason = met === 'out-of-scope' && onlyClosed ? 'window-closed' : met
    const rule = main === undefined ? undefined : ruleOf(main)
    const { zone, mode } = main?.decision.verdict ?? {}
    const reasons: Record<string, number> = {}
    for (const { decision, packets } of tally.reasons.values()) {
      const { reason: id } = decision.verdict
      reasons[id] = (reasons[id] ?? 0) + packets
    }
    return {
      verdict: verdictOf(permitted + stayed, denied),
      permitted,
      denied,
      byMode,
      notCrossing: stayed,
      reason: reason ?? 'not-crossing',
      because: reason === undefined ? 'this edge does not see it' : reasonText(reason),
      reasons,
      ...(rule === undefined ? {} : { rule }),
      ...(zone === undefined ? {} : { zone }),
      ...(mode === undefined ? {} : { mode }),
      ...(found === undefined ? {} : { nearest: nearOf(found) }),
      ...(main !== undefined && isDenied ? { evidence: main.met } : {}),
    }
  }

  /** Conduits that carry some of the conversation. */
  const carriersOf = (tally: Tally): readonly string[] =>
    [...tally.reasons.values()].flatMap(({ decision }) => decision.verdict.conduit ?? [])

  return { outcomeOf, assetOf, carriersOf, isOfEssential, essentials }
}
export type Outcomes = ReturnType<typeof outcomes>
