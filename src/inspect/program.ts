/** What an inspector works by, compiled from the same plan that `evaluate` uses: who talks to whom under which rules. */
import { canonicalIp, cidrContains } from '#core/address.ts'
import type { Codec } from '#core/codec.ts'
import { codecs } from '#protocols/codecs.ts'
import { isProtocolName } from '#protocols/index.ts'
import { isCyclic } from '#policy/cyclic.ts'
import { covers, isDenied } from '#policy/compile/conduits.ts'
import type { Family, Plan, PlanConduit } from '#policy/plan.ts'
import { inspectedMode, isWatched } from '#policy/inspection.ts'
import { windowState } from '#policy/windows.ts'
import { Rules } from './rules.ts'
import type { TermsSource } from './terms-source.ts'

/** One direction of asking: `client` opens the conversation with `server`. */
export interface Ends {
  readonly vlan: number
  readonly client: string
  readonly server: string
  readonly family: Family
  readonly proto: number
  readonly port: number
}

/** What holds for a conversation. */
export interface Terms {
  readonly codec: Codec
  readonly rules: readonly Rules[]
  /** Nothing is withheld or rewritten: the zone is only observed or shadowed. */
  readonly passive: boolean
  /** Rules that ask for values of this server, whoever's conduit they belong to: what anybody is shown of it counts for all. */
  readonly watching: readonly Rules[]
  /** What becomes of a denied command, and of one that cannot be judged: the strictest of the conduits decides. */
  readonly denyAction: DenyAction
  readonly closedOn: ReadonlySet<FailureCause>
  /** ms since 1970 up to which they hold: windows open and close. */
  readonly until: number
  /** The client asks by itself now and then only: where the other end may ask as well, that one is the client. */
  readonly companion?: boolean
}

/** What a denied command gets, from what disturbs a device least; what lets it pass is last. */
const actions = ['exception', 'neutralise', 'reset', 'drop', 'log'] as const
export type DenyAction = (typeof actions)[number]

interface Inspected {
  readonly conduit: PlanConduit
  readonly index: number
  readonly rules: Rules
  readonly codec: Codec
}

type FailureCause = NonNullable<PlanConduit['closedOn']>[number]

const key = ({ vlan, client, server, proto, port }: Ends) => `${vlan} ${client} ${server} ${proto} ${port}`

/** What of a plan concerns commands. */
export type InspectedPlan = Pick<
  Plan,
  'conduits' | 'exact' | 'ranges' | 'denies' | 'zones' | 'windows' | 'timezone' | 'qualified'
>

export class Program implements TermsSource {
  readonly plan: InspectedPlan
  readonly #inspected = new Map<number, Inspected>()
  readonly #exact = new Map<string, number[]>()
  readonly #reversed = new Map<string, number[]>()
  readonly #anyReversed: boolean
  /** Keys of what a service is about, as opposed to what goes along with it. */
  readonly #primary = new Set<string>()
  #timed = false

  constructor(plan: InspectedPlan) {
    this.plan = plan
    for (const [index, conduit] of plan.conduits.entries()) {
      const codec = isProtocolName(conduit.service) ? codecs[conduit.service] : undefined
      if (conduit.allow === undefined || codec === undefined) continue
      if (conduit.window !== undefined) this.#timed = true
      this.#inspected.set(index, { conduit, index, rules: new Rules(codec.vocabulary, conduit), codec })
    }
    this.#anyReversed = plan.ranges.some(({ reversed }) => reversed === true)
    for (const element of plan.exact) {
      const { conduit, vlan, src, dst, proto, port } = element
      const service = this.#inspected.get(conduit)?.conduit.service
      if (service === undefined || port === undefined || isCyclic(service, element)) continue
      const name = key({ vlan, client: src, server: dst, proto, port, family: 4 })
      const map = element.reversed === true ? this.#reversed : this.#exact
      if (element.companion !== true) this.#primary.add(name)
      const list = map.get(name)
      if (list === undefined) map.set(name, [conduit])
      else if (!list.includes(conduit)) list.push(conduit)
    }
  }

  /** What is allowed depends on the time: some conduit has a window. */
  get timed(): boolean {
    return this.#timed
  }

  /** Conduits with `allow:` whose protocol can be inspected. */
  get conduits(): readonly PlanConduit[] {
    return [...this.#inspected.values()].map(({ conduit }) => conduit)
  }

  /**
   * The terms of a conversation at a moment; undefined when no conduit with commands covers it. Where all of them are closed by their
   * windows nothing is allowed: the kernel closes a window by another clock, and packets may come for a moment longer.
   * @param now ms since 1970
   * @param riskBelow as in {@link PacketSource}
   */
  terms(ends: Ends, now: number, riskBelow = 1): Terms | undefined {
    return this.#find(ends, now, riskBelow, false)
  }

  /** As in {@link TermsSource}. */
  reversed(ends: Ends, now: number, riskBelow = 1): Terms | undefined {
    return this.#reversed.size === 0 && !this.#anyReversed ? undefined : this.#find(ends, now, riskBelow, true)
  }

  #find(ends: Ends, now: number, riskBelow: number, reversed: boolean): Terms | undefined {
    const name = key(ends)
    const indices = new Set((reversed ? this.#reversed : this.#exact).get(name))
    let companion = !this.#primary.has(name)
    for (const range of this.plan.ranges)
      if (
        (range.reversed === true) === reversed &&
        this.#inspected.has(range.conduit) &&
        !isCyclic(this.#inspected.get(range.conduit)?.conduit.service ?? '', range) &&
        covers(range, { ...ends, src: ends.client, dst: ends.server })
      ) {
        indices.add(range.conduit)
        if (range.companion !== true) companion = false
      }
    let until = Infinity
    const all = [...indices].flatMap((index) => this.#inspected.get(index) ?? [])
    const essential = all.filter(({ conduit }) => conduit.essential)
    const isCut = essential.length > 0 && isDenied(this.plan.denies, { ...ends, src: ends.client, dst: ends.server })
    const covering = isCut ? essential : all
    const open = covering.filter(({ conduit }) => {
      const window = conduit.window === undefined ? undefined : this.plan.windows[conduit.window]
      const state = window === undefined ? undefined : windowState(window, this.plan.timezone, now)
      until = Math.min(until, state?.until ?? Infinity)
      const isLow = conduit.riskBelow === undefined || (riskBelow > 0 && riskBelow <= conduit.riskBelow)
      return state?.open !== false && isLow
    })
    const [first] = open.length > 0 ? open : covering
    if (first === undefined) return undefined
    const same = (open.length > 0 ? open : covering).filter(({ codec }) => codec === first.codec)
    const asked = reversed ? { ...ends, server: ends.client } : ends
    const enforced = same.filter(({ conduit }) => !isWatched(conduit, inspectedMode(this.plan, conduit, ends)))
    return {
      codec: first.codec,
      rules: open.length > 0 ? same.map(({ rules }) => rules) : [],
      watching: this.#watching(first.codec, asked),
      passive: enforced.length === 0,
      denyAction: this.#denyAction(
        (enforced.length === 0 ? same : enforced).map(({ conduit }) => conduit),
        asked.server,
      ),
      closedOn: new Set(same.flatMap(({ conduit }) => conduit.closedOn ?? [])),
      until,
      companion,
    }
  }

  #watching(codec: Codec, { vlan, server, family }: Ends): readonly Rules[] {
    return [...this.#inspected.values()].flatMap((one) => {
      if (one.codec !== codec || !one.rules.stateful) return []
      const here =
        this.plan.exact.some(
          (element) => element.conduit === one.index && element.vlan === vlan && element.dst === server,
        ) ||
        this.plan.ranges.some(
          ({ conduit, dst, ...range }) =>
            conduit === one.index &&
            range.family === family &&
            (range.vlans === undefined || range.vlans.includes(vlan)) &&
            (dst === undefined || dst.some((network) => cidrContains(network, server))),
        )
      return here ? [one.rules] : []
    })
  }

  /**
   * Of several conduits the action that comes first in {@link actions}, whichever stands first in the document. `neutralise` only for
   * assets that were qualified for it; else the protocol's own refusal.
   */
  #denyAction(conduits: readonly PlanConduit[], server: string): DenyAction {
    const wanted = new Set(conduits.map(({ denyAction }) => denyAction ?? 'exception'))
    const action = actions.find((one) => wanted.has(one)) ?? 'exception'
    if (action !== 'neutralise') return action
    return this.plan.qualified.includes(canonicalIp(server) ?? server) ? action : 'exception'
  }
}
