/** Conversations by their exact ends: looking one up allocates nothing. Bounded: a full table is summed up and begun anew. */
import type { Headers } from '#packet/headers.ts'
import type { Connection } from './connection.ts'

/** Conversations told apart by both ports at once, some 20 MB of them. */
export const mostConnections = 24_576
const buckets = 1 << 17

const hashOf = (headers: Headers, vlan: number): number => {
  const src = headers.src0 ^ headers.src1 ^ headers.src2 ^ headers.src3
  const dst = headers.dst0 ^ headers.dst1 ^ headers.dst2 ^ headers.dst3
  const a = Math.imul(src ^ (headers.sport << 16), 0x9e3779b1)
  const b = Math.imul(dst ^ (headers.dport << 16), 0x9e3779b1)
  const sum = ((a ^ (a >>> 15)) + (b ^ (b >>> 15)) + vlan + headers.protocol * 31 + headers.etherType) | 0
  return (sum ^ (sum >>> 13)) & (buckets - 1)
}

export class Connections {
  /** Place of the newest connection of a bucket in {@link #all}, counted from 1. */
  readonly #heads = new Int32Array(buckets)
  #all: Connection[] = []
  /** Side that sent the packet looked up last. */
  side: 0 | 1 = 0
  #last: Connection | undefined

  get size(): number {
    return this.#all.length
  }

  find(headers: Headers, vlan: number): Connection | undefined {
    // Packets come in bursts of one conversation.
    const { protocol, etherType, sport, dport } = headers
    let one = this.#last
    if (one === undefined || !this.#is(one, headers, vlan)) {
      one = this.#all[(this.#heads[hashOf(headers, vlan)] ?? 0) - 1]
      while (
        one !== undefined &&
        !(
          one.protocol === protocol &&
          one.vlan === vlan &&
          one.etherType === etherType &&
          (one.sport === sport || one.sport === dport) &&
          this.#is(one, headers, vlan)
        )
      )
        one = one.following
    }
    if (one !== undefined) this.#last = one
    return one
  }

  add(headers: Headers, connection: Connection): void {
    const hash = hashOf(headers, connection.vlan)
    connection.following = this.#all[(this.#heads[hash] ?? 0) - 1]
    this.#heads[hash] = this.#all.push(connection)
    this.#last = connection
    this.side = 0
  }

  /** All of them, which are then forgotten. */
  take(): readonly Connection[] {
    const all = this.#all
    this.#all = []
    this.#heads.fill(0)
    this.#last = undefined
    return all
  }

  /** Whether a packet is of it; sets {@link side}. */
  #is(one: Connection, headers: Headers, vlan: number): boolean {
    if (one.protocol !== headers.protocol || one.vlan !== vlan || one.etherType !== headers.etherType) return false
    if (
      one.sport === headers.sport &&
      one.dport === headers.dport &&
      one.src3 === headers.src3 &&
      one.dst3 === headers.dst3 &&
      one.src2 === headers.src2 &&
      one.dst2 === headers.dst2 &&
      one.src1 === headers.src1 &&
      one.dst1 === headers.dst1 &&
      one.src0 === headers.src0 &&
      one.dst0 === headers.dst0
    ) {
      this.side = 0
      return true
    }
    if (
      one.sport === headers.dport &&
      one.dport === headers.sport &&
      one.src3 === headers.dst3 &&
      one.dst3 === headers.src3 &&
      one.src2 === headers.dst2 &&
      one.dst2 === headers.src2 &&
      one.src1 === headers.dst1 &&
      one.dst1 === headers.src1 &&
      one.src0 === headers.dst0 &&
      one.dst0 === headers.src0
    ) {
      this.side = 1
      return true
    }
    return false
  }
}
