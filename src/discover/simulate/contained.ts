/** Sources that a policy would have contained, and what that would have stopped. */
import type { ReasonId } from '#policy/reasons.ts'
import type { Decision } from './packet-judge.ts'
import type { Met } from './tally.ts'

/** Told apart at most; more are counted. */
const maxContained = 10_000

export interface Contained {
  readonly ip: string
  readonly mac: string
  readonly vlan: number
  /** Device it came in by. */
  readonly device: string
  readonly kind: 'stranger' | 'known'
  readonly seconds: number
  /** The packet that contained it: whom it was for. */
  readonly target: string
  readonly reason: ReasonId
  readonly met: Met
  /** Packets of it that were denied because it was contained. */
  stopped: number
}

export class ContainedSources {
  readonly #sources = new Map<string, Contained>()
  /** The first one of each Ethernet address. */
  readonly #links = new Map<string, Contained>()
  more = 0

  get all(): IterableIterator<Contained> {
    return this.#sources.values()
  }

  /** A decision that was just made: it contains, or is a consequence of a containment. */
  note({ packet, vlan, verdict }: Decision, met: () => Met): void {
    const ip = packet.ip?.src ?? ''
    const key = `${vlan} ${packet.in} ${packet.srcMac} ${ip}`
    const known = this.#sources.get(key)
    if (verdict.contains === undefined || known !== undefined) return
    if (this.#sources.size >= maxContained) {
      this.more++
      return
    }
    const contained: Contained = {
      ip,
      mac: packet.srcMac,
      vlan,
      device: packet.in,
      kind: verdict.contains,
      seconds: verdict.seconds ?? 0,
      target: packet.ip?.dst ?? packet.dstMac,
      reason: verdict.reason,
      met: met(),
      stopped: 0,
    }
    this.#sources.set(key, contained)
    const link = `${vlan} ${packet.in} ${packet.srcMac}`
    if (!this.#links.has(link)) this.#links.set(link, contained)
  }

  /** The containment that stops a packet: of its address, or of all that its Ethernet address sends. */
  stopping({ packet, vlan, verdict }: Decision): Contained | undefined {
    if (verdict.reason !== 'contained') return undefined
    const link = `${vlan} ${packet.in} ${packet.srcMac}`
    return this.#sources.get(`${link} ${packet.ip?.src ?? ''}`) ?? this.#links.get(link)
  }
}
