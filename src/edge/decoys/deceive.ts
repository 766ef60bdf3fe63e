/** Decoys in the place of real assets: what the kernel must know of it, and who was meant by a contact. */
import { cidrContains } from '#core/address.ts'
import { deleteConntrackWhere, findConntrack } from '#linux/conntrack.ts'
import { pinnedNeighbours, pinNeighbours, unpinNeighbours } from '#linux/pinned-neighbours.ts'
import type { Station } from '#policy/decoys/placement.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import type { HostSession } from '#schema/decoy-host.ts'
import type { Edge } from '../context.ts'
import { setStandIns } from './kernel.ts'
import { standIns, stillStanding, type StandIn } from './stand-ins.ts'

/** Conversations whose meaning is remembered, and how many are looked up in one second at most. */
const remembered = 4096
const perSecond = 500

const numbers = { tcp: 6, udp: 17 } as const

export class Deceive {
  readonly #edge: Edge
  /** Original destinations by session; undefined where the decoy itself was meant. */
  readonly #meant = new Map<string, string | undefined>()
  #all: readonly StandIn[] = []
  #second = 0
  #lookups = 0
  /** An earlier plan or process may have left something. */
  #settled = false

  constructor(edge: Edge) {
    this.#edge = edge
  }

  get standIns(): readonly StandIn[] {
    return this.#all
  }

  /** Takes away those whose decoy is about to leave. The others go on. */
  leave(stations: readonly Station[]): void {
    const stay = stillStanding(this.#all, stations)
    if (stay.length < this.#all.length) this.#set(stay)
  }

  /**
   * For each port of each real asset a decoy of those that stand. Entries of ARP are set, not asked for: the edge would ask aloud
   * where its decoys are, and would follow an answer to whoever else has the address.
   */
  async fill(plan: Pick<PlanDecoys, 'deceive' | 'pools'>, stations: readonly Station[]): Promise<void> {
    if (plan.deceive.length === 0 && this.#settled && this.#all.length === 0) return
    const { address, bridge } = this.#edge.plan
    const reaches = (decoy: string): boolean => address !== undefined && cidrContains(address, decoy)
    const found = standIns({ plan, stations, earlier: this.#all, reaches })
    const place = { device: bridge }
    const wanted = new Map(found.standIns.map(({ decoy, mac }) => [decoy, mac]))
    const set = await pinnedNeighbours(place)
    const right = new Set(set.flatMap(({ ip, mac }) => (wanted.get(ip) === mac ? [ip] : [])))
    await pinNeighbours(
      place,
      [...wanted].flatMap(([ip, mac]) => (right.has(ip) ? [] : [{ ip, mac }])),
    )
    if (plan.deceive.length > 0) this.#set(found.standIns)
    else this.#forget(found.standIns)
    await unpinNeighbours(
      place,
      set.filter(({ ip }) => !wanted.has(ip)),
    )
    this.#settled = true
    this.#alarm(found.missing.map(({ rule, persona }) => `${rule} (${persona})`))
  }

  /** Nobody stands in for anybody. */
  async clear(): Promise<void> {
    try {
      this.#set([])
    } catch {
      // Rules without it have no such map.
    }
    await clearNeighbours(this.#edge)
    this.#alarm([])
  }

  /**
   * Address of the asset that somebody meant who came to a decoy; undefined where it was the decoy itself. The kernel's own entry of
   * the connection says it: one is read by its key, once for each conversation.
   */
  meant({ id, source, sourcePort, decoy, transport, port }: HostSession): string | undefined {
    const protocol = numbers[transport]
    if (!this.#all.some((one) => one.decoy === decoy && one.proto === protocol && one.port === port)) return undefined
    if (this.#meant.has(id)) return this.#meant.get(id)
    if (!this.#mayLook()) return undefined
    const answer = { source: decoy, sourcePort: port, destination: source, destinationPort: sourcePort, protocol }
    const found = findConntrack(answer)?.original
    const real = found?.source === source && found.destination !== decoy ? found.destination : undefined
    this.#meant.set(id, real)
    const [oldest] = this.#meant.keys()
    if (this.#meant.size > remembered && oldest !== undefined) this.#meant.delete(oldest)
    return real
  }

  #mayLook(): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) this.#lookups = 0
    this.#second = second
    return ++this.#lookups <= perSecond
  }

  #set(next: readonly StandIn[]): void {
    setStandIns(this.#edge.nft, next)
    this.#forget(next)
  }

  /** Connections to decoys that stand in no more end: whoever has the address next must not be sent what is left of them. */
  #forget(next: readonly StandIn[]): void {
    const before = new Set(this.#all.map(({ decoy }) => decoy))
    for (const { decoy } of next) before.delete(decoy)
    this.#all = next
    if (before.size > 0)
      deleteConntrackWhere(
        ({ original, reply }) =>
          reply !== undefined && before.has(reply.source) && reply.source !== original.destination,
      )
  }

  #alarm(missing: readonly string[]): void {
    const { alarms } = this.#edge
    if (missing.length === 0) alarms.delete('decoy-deceive')
    else
      alarms.set(
        'decoy-deceive',
        `No decoy stands in by the deceive rule ${missing.join(', ')}: none of its persona stands in the network of the edge’s address. What comes there is denied.`,
      )
  }
}

/** Also those of an earlier process. */
export const clearNeighbours = async ({ plan }: Pick<Edge, 'plan'>): Promise<void> => {
  const place = { device: plan.bridge }
  await unpinNeighbours(place, await pinnedNeighbours(place))
}
