/** Exact counts of what was denied: the kernel counts every packet per conversation, the daemon reads the differences. */
import { table } from '#policy/nft/names.ts'
import { endOf, record, type Edge } from '../context.ts'
import { listSet, type Element } from '../kernel/elements.ts'

const transport: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', tcp: 'tcp', udp: 'udp', icmp: 'icmp', 'ipv6-icmp': 'icmpv6' }

/** Conversations told apart per summary; the rest is one sum. */
const told = 50

/** Follows the kernel's counters of denied conversations. */
export class DenialCounts {
  readonly #seen = new Map<string, number>()
  #total: number | undefined

  /** Packets since the last call, per conversation; conversations the kernel forgot are forgotten here. */
  differences(elements: readonly Element[]): { readonly element: Element; readonly packets: number }[] {
    const now = new Map(elements.map((element) => [element.key.join(' '), element.packets ?? 0]))
    const changed = elements.flatMap((element) => {
      const name = element.key.join(' ')
      // The first packet has been told by its record.
      const before = this.#seen.get(name) ?? 1
      const packets = (element.packets ?? 0) - before
      return packets > 0 ? [{ element, packets }] : []
    })
    this.#seen.clear()
    for (const [name, packets] of now) this.#seen.set(name, Math.max(1, packets))
    return changed
  }

  /** Packets denied in all since the last call. */
  sinceLast(total: number): number {
    const before = this.#total ?? total
    this.#total = total
    return Math.max(0, total - before)
  }
}

/** Writes one summary per conversation that went on, and the rest as one sum. */
export const summarise = (edge: Edge, counts: DenialCounts): void => {
  const elements = ([4, 6] as const).flatMap((family) => [
    ...listSet(edge.nft, edge.family, table, `denials${family}`),
    ...listSet(edge.nft, edge.family, table, `denials_plain${family}`),
  ])
  const changed = counts.differences(elements).toSorted((a, b) => b.packets - a.packets)
  const enforced = edge.plan.zones.some(({ mode }) => mode === 'enforce' || mode === 'contain')
  const drafts = changed.slice(0, told).map(({ element: { key: [, src = '', dst = '', proto = '', port] }, packets }) => ({
    kind: enforced ? ('denial' as const) : ('would-deny' as const),
    reason: 'repeated',
    source: endOf(edge.plan, src),
    destination: endOf(edge.plan, dst),
    protocol: transport[proto] ?? proto,
    ...(Number(port) > 0 ? { port: Number(port) } : {}),
    count: packets,
  }))
  const rest = changed.slice(told).reduce((sum, { packets }) => sum + packets, 0)
  record(
    edge,
    ...drafts,
    ...(rest > 0 ? [{ kind: 'overflow' as const, count: rest, text: `${rest} more packets of ${changed.length - told} conversations were denied.` }] : []),
  )
}
