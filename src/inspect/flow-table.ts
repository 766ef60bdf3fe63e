/** Conversations by their ends, both directions in one place. Looking one up allocates nothing. */
import type { Headers } from '#packet/headers.ts'
import type { Flow } from './flow.ts'
import { worth, worthOf } from './flow-worth.ts'

/** 31 bits, so that the number needs no memory of its own; the same for both directions. */
const hashOf = (headers: Headers, vlan: number): number => {
  const src = headers.src0 ^ headers.src1 ^ headers.src2 ^ headers.src3
  const dst = headers.dst0 ^ headers.dst1 ^ headers.dst2 ^ headers.dst3
  const a = Math.imul(src ^ (headers.sport << 16), 0x9e3779b1)
  const b = Math.imul(dst ^ (headers.dport << 16), 0x9e3779b1)
  return ((a ^ (a >>> 15)) + (b ^ (b >>> 15)) + vlan + headers.protocol * 31) & 0x3fffffff
}

/** Which side of the flow sent the packet; -1 when it is of another conversation. */
const sideOf = ({ words, ports }: Flow, headers: Headers): 0 | 1 | -1 => {
  if (
    ports[0] === headers.sport &&
    ports[1] === headers.dport &&
    words[3] === headers.src3 &&
    words[7] === headers.dst3 &&
    words[0] === headers.src0 &&
    words[1] === headers.src1 &&
    words[2] === headers.src2 &&
    words[4] === headers.dst0 &&
    words[5] === headers.dst1 &&
    words[6] === headers.dst2
  )
    return 0
  if (
    ports[0] === headers.dport &&
    ports[1] === headers.sport &&
    words[3] === headers.dst3 &&
    words[7] === headers.src3 &&
    words[0] === headers.dst0 &&
    words[1] === headers.dst1 &&
    words[2] === headers.dst2 &&
    words[4] === headers.src0 &&
    words[5] === headers.src1 &&
    words[6] === headers.src2
  )
    return 1
  return -1
}

export const wordsOf = (headers: Headers): readonly number[] => [
  headers.src0,
  headers.src1,
  headers.src2,
  headers.src3,
  headers.dst0,
  headers.dst1,
  headers.dst2,
  headers.dst3,
]

/** Buckets looked at for a flow that makes room: most of them hold what fills the table. */
const candidates = 64

/** Whether a flow is less worth keeping than another. */
const isLess = (flow: Flow, than: Flow): boolean => {
  const less = worthOf(flow) - worthOf(than)
  return less === 0 ? flow.lastSeen < than.lastSeen : less < 0
}

export class FlowTable {
  readonly #buckets = new Map<number, Flow>()
  /** Where the next flow that makes room is looked for. */
  #hand = this.#buckets.entries()
  readonly limit: number
  #size = 0
  /** Flows forgotten to make room. */
  forgotten = 0
  /** Side that sent the packet looked up last. */
  side: 0 | 1 = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get size(): number {
    return this.#size
  }

  find(headers: Headers, vlan: number): Flow | undefined {
    let flow = this.#buckets.get(hashOf(headers, vlan))
    while (flow !== undefined) {
      if (flow.vlan === vlan && (flow.transport === 'tcp') === (headers.protocol === 6)) {
        const side = sideOf(flow, headers)
        if (side !== -1) {
          this.side = side
          return flow
        }
      }
      flow = flow.following
    }
    return undefined
  }

  /**
   * Adds a flow. Where there is no room, one that was seen long ago makes it: what still comes of it is taken up in its midst. Whoever
   * opens many connections can therefore not have the next one pass unjudged.
   * @returns one that cannot be taken up again and has to end
   */
  add(headers: Headers, flow: Flow): Flow | undefined {
    const ended = this.#size >= this.limit ? this.#makeRoom() : undefined
    const hash = hashOf(headers, flow.vlan)
    flow.following = this.#buckets.get(hash)
    this.#buckets.set(hash, flow)
    this.#size++
    this.side = 0
    return ended
  }

  /** The next bucket in turn, whoever filled the first ones. */
  #turn(): [number, Flow] | undefined {
    const next = this.#hand.next()
    if (next.done !== true) return next.value
    this.#hand = this.#buckets.entries()
    return this.#hand.next().value
  }

  /** Forgets, of some flows, the one whose loss matters least, and of equal ones the one seen longest ago. */
  #makeRoom(): Flow | undefined {
    let found: { readonly hash: number; readonly flow: Flow } | undefined
    for (let looked = 0; looked < candidates; looked++) {
      const bucket = this.#turn()
      if (bucket === undefined) break
      const [hash, first] = bucket
      for (let flow: Flow | undefined = first; flow !== undefined; flow = flow.following)
        if (found === undefined || isLess(flow, found.flow)) found = { hash, flow }
    }
    if (found === undefined) return undefined
    const { hash, flow } = found
    this.#keep(hash, (one) => one !== flow)
    this.forgotten++
    return worthOf(flow) === worth.all ? flow : undefined
  }

  /** Forgets the flows of a bucket that are not to be kept. */
  #keep(hash: number, isKept: (flow: Flow) => boolean): void {
    let chain: Flow | undefined
    for (let flow = this.#buckets.get(hash); flow !== undefined;) {
      const next: Flow | undefined = flow.following
      if (isKept(flow)) {
        flow.following = chain
        chain = flow
      } else {
        flow.forgotten = true
        this.#size--
      }
      flow = next
    }
    if (chain === undefined) this.#buckets.delete(hash)
    else this.#buckets.set(hash, chain)
  }

  *[Symbol.iterator](): Generator<Flow> {
    for (const first of this.#buckets.values())
      for (let flow: Flow | undefined = first; flow !== undefined; flow = flow.following) yield flow
  }

  /** Forgets flows idle for longer than `idleMs` of which nothing is lost: a connection may be idle for days. @returns how many */
  sweep(now: number, idleMs: number): number {
    const before = this.#size
    for (const hash of this.#buckets.keys())
      this.#keep(hash, (flow) => now - flow.lastSeen <= idleMs || worthOf(flow) !== worth.nothing)
    return before - this.#size
  }
}
