/** Who spoke with whom past the edge, as the policy has it: an edge in its place never sees that, and one elsewhere denies it. */
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes } from '#packet/numbers.ts'
import { packetOf } from '#inspect/packet.ts'
import { infrastructureName } from '#policy/evaluate-infrastructure.ts'
import { infrastructureEtherTypes } from '#policy/nft/infrastructure.ts'
import type { Packet } from '#policy/packet.ts'
import type { Stay } from './places.ts'

/** Pairs told apart at most; more are counted together. */
const maxPairs = 10_000

export interface UnjudgedPair {
  /** IP addresses, or Ethernet addresses of what is not IP. */
  readonly ends: readonly [string, string]
  readonly why: Stay
  packets: number
}

const passing = new Set<number>([etherTypes.arp, ...Object.values(infrastructureEtherTypes)])

/** It passes wherever it crosses. LLC is spanning tree and the like, between neighbours. */
const passes = ({ ip, etherType }: Packet): boolean =>
  ip === undefined ? etherType < 0x600 || passing.has(etherType) : infrastructureName(ip) !== undefined

export class Unjudged {
  readonly #pairs = new Map<string, UnjudgedPair>()
  /** Packets of pairs beyond those that are told apart. */
  readonly #more: UnjudgedPair = { ends: ['others', 'others'], why: 'one-port', packets: 0 }

  /** The pair that a frame belongs to; none for infrastructure. */
  of(frame: Uint8Array, why: Stay): UnjudgedPair | undefined {
    const packet = packetOf(decodeFrame(frame), '', '')
    if (passes(packet)) return undefined
    const [one, other] = [packet.ip?.src ?? packet.srcMac, packet.ip?.dst ?? packet.dstMac]
    const ends = one < other ? ([one, other] as const) : ([other, one] as const)
    const key = `${why} ${ends.join(' ')}`
    const known = this.#pairs.get(key)
    if (known !== undefined) return known
    if (this.#pairs.size >= maxPairs) return this.#more
    const pair = { ends, why, packets: 0 }
    this.#pairs.set(key, pair)
    return pair
  }

  /** The most packets first. */
  get all(): readonly UnjudgedPair[] {
    const more = this.#more.packets === 0 ? [] : [this.#more]
    return [...this.#pairs.values(), ...more].toSorted((a, b) => b.packets - a.packets)
  }
}
