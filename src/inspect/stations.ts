/** Where on the wire addresses were seen: a refusal of the very first packet of a conversation goes out in the name of an end unseen in it. */
import type { Flow } from './flow.ts'
import type { PacketSource } from './packet-source.ts'

interface Station {
  readonly device: number
  readonly macHigh: number
  readonly macLow: number
}

const key = ({ vlan, names }: Flow, side: 0 | 1): string => `${vlan} ${names[side]}`

export class Stations {
  readonly #limit: number
  readonly #known = new Map<string, Station>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Notes where a packet of one side came from, in its flow and for flows to come. Allocates only when that is news. */
  note(flow: Flow, side: 0 | 1, { device, macHigh, macLow }: PacketSource): void {
    if (macHigh < 0) return
    const dir = flow.sides[side]
    if (dir.macHigh !== macHigh || dir.macLow !== macLow || dir.device !== device) {
      if (this.#known.size >= this.#limit) this.#known.clear()
      this.#known.set(key(flow, side), { device, macHigh, macLow })
    }
    dir.device = device
    dir.macHigh = macHigh
    dir.macLow = macLow
  }

  /** Gives one side of a new flow the place where its address was seen last. */
  recall(flow: Flow, side: 0 | 1): void {
    const found = this.#known.get(key(flow, side))
    if (found !== undefined) Object.assign(flow.sides[side], found)
  }
}
