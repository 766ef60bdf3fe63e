/** Two Ethernet addresses that say they have one IP address, at the same time. */
import { byText, sortedUnique } from '#core/order.ts'
import type { Binding, Conversation, Evidence, Observed, Sign } from '../model.ts'
import { count, technique } from './sign.ts'

/** Virtual routers share an address on purpose: RFC 5798, 7.3; HSRP. */
const shared = /^00:00:(5e:00:0[12]|0c:07:ac|0c:9f:f)/
/** IP addresses of one Ethernet address from which on it is a router that carries what others send. */
const routed = 8

const isBogus = (ip: string) => ip === '0.0.0.0' || ip === '::' || ip.startsWith('169.254.')

export interface Conflict {
  readonly vlan: number
  readonly ip: string
  readonly owner: Binding
  readonly other: Binding
}

const overlap = (a: Binding, b: Binding) => a.first <= b.last && b.first <= a.last
/** Conflicts, the one with more packets as the owner. A device that was replaced has its address after the other, not beside it. */
export const conflictsOf = ({ bindings }: Pick<Observed, 'bindings'>): readonly Conflict[] => {
  const addresses = new Map<string, number>()
  for (const { vlan, mac } of bindings) addresses.set(`${vlan} ${mac}`, (addresses.get(`${vlan} ${mac}`) ?? 0) + 1)
  // A router sends packets of many without ever claiming their addresses.
  const carries = ({ vlan, mac, claims }: Binding) => claims === 0 && (addresses.get(`${vlan} ${mac}`) ?? 0) >= routed
  return [...Map.groupBy(bindings, ({ vlan, ip }) => `${vlan} ${ip}`).values()].flatMap((all) => {
    const [owner, ...others] = all
      .filter((each) => !shared.test(each.mac) && !isBogus(each.ip) && !carries(each))
      .toSorted((a, b) => b.packets - a.packets || a.first - b.first || byText(a.mac, b.mac))
    if (owner === undefined) return []
    return others
      .filter((other) => overlap(owner, other) && (owner.claims > 0 || other.claims > 0))
      .map((other) => ({ vlan: owner.vlan, ip: owner.ip, owner, other }))
  })
}

const evidenceOf = (conflict: Conflict, named: readonly Conversation[], captures: Observed['captures']): Evidence => {
  const [seen] = named
  if (seen !== undefined) return seen.evidence
  const at = conflict.other.first
  const capture = captures.find(({ first, last }) => at >= first && at <= last) ?? captures[0]
  return { capture: capture?.name ?? '', packet: 0, at }
}

export const addressConflicts = (observed: Observed, conflicts: readonly Conflict[]): readonly Sign[] =>
  conflicts.map((conflict): Sign => {
    const { vlan, ip, owner, other } = conflict
    // Whoever is at the other address may have one of its own.
    const own = observed.bindings
      .filter((each) => each.vlan === vlan && each.mac === other.mac && each.ip !== ip && !isBogus(each.ip))
      .toSorted((a, b) => b.packets - a.packets || byText(a.ip, b.ip))[0]
    const spoken = observed.conversations.filter(
      ({ vlan: where, client, server, clientMacs, serverMacs }) =>
        where === vlan &&
        ((client === ip && clientMacs.length > 0 && clientMacs.every((mac) => mac === other.mac)) ||
          (server === ip && serverMacs.length > 0 && serverMacs.every((mac) => mac === other.mac))),
    )
    return {
      kind: 'address-conflict',
      techniques: [technique.adversaryInTheMiddle],
      vlan,
      source: own?.ip ?? other.mac,
      targets: [ip],
      conversations: sortedUnique(spoken.map(({ id }) => id)),
      commands: [],
      text: `${other.mac} says it is ${ip}, which belongs to ${owner.mac}: ${count(other.claims, 'claim')}, ${count(other.packets, 'packet')}`,
      confidence: other.claims > 0 && owner.claims > 0 ? 0.85 : 0.6,
      first: other.first,
      last: other.last,
      evidence: evidenceOf(conflict, spoken, observed.captures),
    }
  })
