/**
 * Connections that nobody else can go on with, kept in memory that outlives the inspector: when it dies, each of them is reset at once
 * with the numbers its ends expect. All others go on untouched.
 */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { other, type Flow } from '#inspect/flow.ts'
import { isUnfinished } from '#inspect/flow-worth.ts'
import type { Injection } from '#inspect/output.ts'
import { tcpSegment } from '#inspect/segment.ts'
import { tcpFlags } from '#packet/numbers.ts'
import { mapFile, type SharedMemory } from '#linux/shared-memory.ts'

const records = 1024
const size = 128
/**
 * - `translated`: those whose two ends count differently
 * - `unfinished`: also those whose server has a part of a message. Whoever judges next would take the rest of it for another one
 */
export type Recorded = 'translated' | 'unfinished'

/** Offsets within a record: a flag, the conversation, and what each end expects next. */
const at = { used: 0, family: 4, vlan: 8, words: 12, ports: 44, side: 48, sideSize: 16 } as const

export class Ledger {
  readonly #memory: SharedMemory
  readonly #owners: (Flow | undefined)[] = Array.from({ length: records })
  #last = 0
  readonly #recorded: Recorded

  constructor(path: string, recorded: Recorded = 'translated') {
    this.#recorded = recorded
    this.#memory = mapFile(path, records * size)
  }

  /** Forgets what an earlier inspector left. */
  clear(): void {
    for (let record = 0; record < records; record++) this.#memory.view.setUint32(record * size, 0)
  }

  /** Writes down where both ends of such a connection stand; takes one out that is dead, or no longer one. */
  keep(flow: Flow): void {
    const isOne = this.#isOne(flow)
    if (flow.record < 0 && isOne) this.#take(flow)
    if (flow.record < 0) return
    if (!isOne) return this.#leave(flow)
    const { view } = this.#memory
    const base = flow.record * size
    for (const side of [0, 1] as const) {
      const from = flow.sides[other(side)]
      const to = flow.sides[side]
      const record = base + at.side + side * at.sideSize
      view.setInt32(record, from.numbering.toReceiver(from.stream.next))
      view.setInt32(record + 4, to.device)
      view.setInt32(record + 8, to.macHigh)
      view.setInt32(record + 12, to.macLow)
    }
    view.setUint32(base + at.used, 1)
  }

  /** Takes connections out that are over: nothing more comes of them that would. */
  sweep(): void {
    for (const flow of this.#owners) if (flow !== undefined && (flow.forgotten || !this.#isOne(flow))) this.#leave(flow)
  }

  get count(): number {
    return this.#owners.reduce((sum, flow) => sum + (flow === undefined ? 0 : 1), 0)
  }

  /**
   * Resets for both ends of connections in the ledger, which holds them no longer after.
   * @param between canonical addresses of the two ends; of every connection when absent
   */
  resets(between?: readonly [string, string]): Injection[] {
    const { view } = this.#memory
    const all: Injection[] = []
    for (let record = 0; record < records; record++) {
      const base = record * size
      if (view.getUint32(base + at.used) !== 1) continue
      if (between !== undefined && !endsOf(view, base).every((end) => between.includes(end))) continue
      view.setUint32(base + at.used, 0)
      all.push(...[0, 1].map((side) => resetOf(view, base, side)))
    }
    return all
  }

  close(): void {
    this.#memory.close()
  }

  #isOne(flow: Flow): boolean {
    const { dead, sides } = flow
    if (dead) return false
    return (
      !(sides[0].numbering.same && sides[1].numbering.same) || (this.#recorded === 'unfinished' && isUnfinished(flow))
    )
  }

  #leave(flow: Flow): void {
    this.#memory.view.setUint32(flow.record * size + at.used, 0)
    this.#owners[flow.record] = undefined
    flow.record = -1
  }

  #take(flow: Flow): void {
    for (let tried = 0; tried < records; tried++) {
      const slot = (this.#last + tried) % records
      if (this.#owners[slot] !== undefined) continue
      this.#last = slot + 1
      this.#owners[slot] = flow
      flow.record = slot
      const { view } = this.#memory
      const base = slot * size
      view.setUint32(base + at.family, flow.family)
      view.setInt32(base + at.vlan, flow.vlan)
      flow.words.forEach((word, index) => view.setInt32(base + at.words + 4 * index, word))
      flow.ports.forEach((port, index) => view.setUint16(base + at.ports + 2 * index, port))
      return
    }
  }
}

/** Canonical addresses of both ends; an IPv4 address is the last of its words. */
const endsOf = (view: DataView, base: number): string[] =>
  [0, 16].map((offset) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + base + at.words + offset, 16)
    return view.getUint32(base + at.family) === 6 ? formatIp6At(bytes, 0) : formatIp4At(bytes, 12)
  })

const resetOf = (view: DataView, base: number, side: number): Injection => {
  const words = Array.from({ length: 8 }, (_, index) => view.getInt32(base + at.words + 4 * index))
  const ports = [view.getUint16(base + at.ports), view.getUint16(base + at.ports + 2)] as const
  const ends = [words.slice(0, 4), words.slice(4)]
  const record = (of: number) => base + at.side + of * at.sideSize
  const [mine, theirs] = [record(side), record(1 - side)]
  return {
    bytes: tcpSegment({
      family: view.getUint32(base + at.family) === 6 ? 6 : 4,
      src: ends[1 - side] ?? [],
      dst: ends[side] ?? [],
      sport: ports[side === 0 ? 1 : 0],
      dport: ports[side === 0 ? 0 : 1],
      seq: view.getInt32(mine),
      ack: 0,
      flags: tcpFlags.rst,
      window: 0,
      payload: new Uint8Array(0),
    }),
    vlan: view.getInt32(base + at.vlan),
    device: view.getInt32(mine + 4),
    toHigh: view.getInt32(mine + 8),
    toLow: view.getInt32(mine + 12),
    fromHigh: view.getInt32(theirs + 8),
    fromLow: view.getInt32(theirs + 12),
  }
}
