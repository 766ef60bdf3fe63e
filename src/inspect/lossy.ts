/** For tests: two ends of a TCP connection over a wire that loses, repeats and reorders what it carries, with an inspector in its midst. */
import type { Arrived, End, Wire } from './wire.ts'

type Random = (limit: number) => number

export const randomOf = (seed: number): Random => {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (state >>> 8) % limit
  }
}

/** One end: what it says, what it heard, and how far the other end has confirmed that. */
export class Speaker {
  readonly first: number
  /** Bytes it has to say, as numbers. */
  readonly says: number[] = []
  readonly heard: (number | undefined)[] = []
  /** Bytes of what it says that were acknowledged, and that were sent. */
  acked = 0
  sent = 0
  /** It was reset. */
  isReset = false
  readonly #other: number

  constructor(first: number, other: number) {
    this.first = first
    this.#other = other
  }

  /** Bytes it heard without a gap. */
  get have(): number {
    const gap = this.heard.indexOf(undefined)
    return gap < 0 ? this.heard.length : gap
  }

  /** Takes a segment. Bytes that come again have to be the same. */
  take({ seq, ack, flags, data }: Pick<Arrived, 'seq' | 'ack' | 'flags' | 'data'>): void {
    if ((flags & 4) !== 0) this.isReset = true
    const acked = (ack - this.first) | 0
    if (acked > this.sent) throw new Error(`${acked} bytes acknowledged of ${this.sent}`)
    this.acked = Math.max(this.acked, acked)
    const bytes = Buffer.from(data, 'hex')
    for (let index = 0; index < bytes.length; index++) {
      const place = (seq + index - this.#other) | 0
      if (place < 0) continue
      const known = this.heard[place]
      if (known !== undefined && known !== bytes[index])
        throw new Error(`byte ${place} is another one when it comes again`)
      while (this.heard.length < place) this.heard.push(undefined)
      this.heard[place] = bytes[index]
    }
  }
}

interface Travelling {
  readonly from: End
  readonly seq: number
  readonly ack: number
  readonly data: string
}

/** - `judged`: by the inspector; `stopped`: nothing passes; `unjudged`: everything passes, unseen */
export type Passing = 'judged' | 'stopped' | 'unjudged'

/** Both ends and what is on its way between them and the inspector. */
export class Lossy {
  readonly ends: Readonly<Record<End, Speaker>>
  /** The inspector; another one knows nothing of what was before. */
  wire: Wire
  passing: Passing = 'judged'
  readonly #random: Random
  /** Of a hundred. */
  readonly #loss: number
  readonly #before: Travelling[] = []
  readonly #behind: Arrived[] = []

  constructor(wire: Wire, random: Random, loss: number, first: { readonly client: number; readonly server: number }) {
    this.wire = wire
    this.#random = random
    this.#loss = loss
    this.ends = { client: new Speaker(first.client, first.server), server: new Speaker(first.server, first.client) }
    const { client, server } = first
    wire.tcp('client', (client - 1) >>> 0, 0, '', 2)
    wire.tcp('server', (server - 1) >>> 0, client >>> 0, '', 0x12)
    wire.tcp('client', client >>> 0, server >>> 0)
  }

  /** Sends what an end says from one place to another. */
  send(from: End, at: number, to: number): void {
    const end = this.ends[from]
    end.sent = Math.max(end.sent, to)
    const other = this.ends[from === 'client' ? 'server' : 'client']
    const packet = {
      from,
      seq: (end.first + at) >>> 0,
      ack: (other.first + end.have) >>> 0,
      data: Buffer.from(end.says.slice(at, to)).toString('hex'),
    }
    this.#put(this.#before, packet)
  }

  #put<T>(queue: T[], packet: T): void {
    if (this.#random(100) < this.#loss) return
    const place = this.#random(100) < this.#loss ? this.#random(queue.length + 1) : queue.length
    queue.splice(place, 0, packet)
    if (this.#random(100) < this.#loss) queue.push(packet)
  }

  /** Moves one packet on. @returns the end that heard something */
  move(): End | undefined {
    const isBefore = this.#behind.length === 0 || (this.#before.length > 0 && this.#random(2) === 0)
    if (isBefore) {
      const packet = this.#before.shift()
      if (packet === undefined) return undefined
      for (const arrived of this.#pass(packet)) this.#put(this.#behind, arrived)
      return undefined
    }
    const arrived = this.#behind.shift()
    if (arrived === undefined) return undefined
    const { to, seq, data } = arrived
    const expected = (this.ends[to === 'client' ? 'server' : 'client'].first + this.ends[to].have) >>> 0
    this.ends[to].take(arrived)
    // A bare acknowledgement is not acknowledged, unless it is none but a keep-alive.
    return data !== '' || ((seq - expected) | 0) < 0 ? to : undefined
  }

  #pass({ from, seq, ack, data }: Travelling): readonly Arrived[] {
    if (this.passing === 'judged') return this.wire.tcp(from, seq, ack, data, 0x18)
    const to = from === 'client' ? 'server' : 'client'
    return this.passing === 'stopped' ? [] : [{ to, seq, ack, flags: 0x18, data, injected: false }]
  }

  get isQuiet(): boolean {
    return this.#before.length === 0 && this.#behind.length === 0
  }
}
