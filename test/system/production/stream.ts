/** Numbered packets in both directions of one conversation, sent in pairs; what arrives says where it was cut. */
import { decodeFrame } from '#packet/decode.ts'
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import type { World } from '../world/world.ts'
import { addresses, macs } from './production.ts'

export interface Conversation {
  readonly client: keyof typeof macs
  readonly server: keyof typeof macs
  readonly proto: number
  readonly port: number
}

export interface Arrived {
  /** Numbers of the packets that arrived at the server, and at the client, in order. */
  readonly there: readonly number[]
  readonly back: readonly number[]
  /** ms since 1970 at which the last pair was sent of which a packet arrived, and the next one, of which none did. */
  readonly lastAt: number
  readonly cutAt: number
}

const ACK = 16
const mark = 0xb0_1d_57_3a
const clientPort = 47_000

const numbersIn = (frames: readonly Uint8Array[]): number[] =>
  frames.flatMap((bytes) => {
    const { payloadOffset: at, end } = decodeFrame(bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    return end - at === 8 && view.getUint32(at) === mark ? [view.getUint32(at + 4)] : []
  })

export class Stream {
  readonly #world: World
  readonly #talk: Conversation
  readonly #times: number[] = []
  readonly #there: number[] = []
  readonly #back: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(world: World, talk: Conversation) {
    this.#world = world
    this.#talk = talk
  }

  /** Pairs sent so far. */
  get sent(): number {
    return this.#times.length
  }

  /** Sends a pair every `paceMs`. */
  start(paceMs: number): void {
    this.#world.received(this.#talk.client)
    this.#world.received(this.#talk.server)
    this.#timer = setInterval(() => {
      this.#collect()
      this.#send()
    }, paceMs)
  }

  stop(): Arrived {
    clearInterval(this.#timer)
    this.#collect()
    const last = Math.max(this.#there.at(-1) ?? -1, this.#back.at(-1) ?? -1)
    return {
      there: this.#there,
      back: this.#back,
      lastAt: this.#times[last] ?? 0,
      cutAt: this.#times[last + 1] ?? Infinity,
    }
  }

  #collect(): void {
    this.#there.push(...numbersIn(this.#world.received(this.#talk.server)))
    this.#back.push(...numbersIn(this.#world.received(this.#talk.client)))
  }

  #send(): void {
    const { client, server, port } = this.#talk
    const payload = new Uint8Array(8)
    const view = new DataView(payload.buffer)
    view.setUint32(0, mark)
    view.setUint32(4, this.#times.length)
    this.#times.push(Date.now())
    this.#world.send(client, this.#frame(client, server, { sport: clientPort, dport: port, payload }))
    this.#world.send(server, this.#frame(server, client, { sport: port, dport: clientPort, payload }))
  }

  #frame(
    from: keyof typeof macs,
    to: keyof typeof macs,
    segment: { sport: number; dport: number; payload: Uint8Array },
  ): Uint8Array {
    const { proto } = this.#talk
    const ends = { src: addresses[from], dst: addresses[to] }
    const payload = proto === ipProtocols.tcp ? tcp(ends, { ...segment, flags: ACK, ack: 1 }) : udp(ends, segment)
    const packet = ipv4({ ...ends, proto, payload })
    return ethernet({ dst: macs[to], src: macs[from], etherType: etherTypes.ipv4, payload: packet })
  }
}
