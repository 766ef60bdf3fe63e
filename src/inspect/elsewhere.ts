/** Conversations on ports that are no protocol's: their first payloads wait until it is clear what they are. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import type { Codec } from '#core/codec.ts'
import { other } from './flow.ts'
import type { Headers } from '#packet/headers.ts'
import { ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { Recognition } from '#protocols/recognise.ts'

/** Conversations looked at at once, and bytes of them that wait; beyond either the oldest is given up, and begun anew with its next packet. */
export const mostOpen = 2048
const maxBytes = 128 * 1024 * 1024
/** Packets without payload that wait of one conversation, its beginning among them. What comes after them says nothing. */
export const mostEmpty = 64
/** Conversations remembered as nothing of ours. */
const maxNothing = 100_000

/** A packet that waits. */
export interface Held {
  /** From the IP header on. */
  readonly bytes: Uint8Array
  readonly vlan: number
  readonly number: number
  readonly now: number
}

export interface Found {
  readonly codec: Codec
  readonly server: string
  readonly proto: number
  readonly port: number
  readonly packets: readonly Held[]
}

interface Open {
  readonly recognition: Recognition
  readonly packets: Held[]
  empty: number
}

export class Elsewhere {
  readonly #open = new Map<string, Open>()
  readonly #nothing = new Set<string>()
  #bytes = 0
  /** Packets with payload of conversations that were given up for newer ones. */
  givenUp = 0

  /**
   * @param bytes of the packet whose headers were read, up to `end`
   * @returns what its conversation is, once that is clear, with all packets so far; `nothing` when it is no protocol of ours
   */
  next(headers: Headers, bytes: Uint8Array, end: number, held: Omit<Held, 'bytes'>): Found | 'nothing' | undefined {
    const { family, protocol, sport, dport, srcOffset, dstOffset, payloadOffset, payloadEnd } = headers
    const format = family === 4 ? formatIp4At : formatIp6At
    const [src, dst] = [format(bytes, srcOffset), format(bytes, dstOffset)]
    const [here, there] = [`${src} ${sport}`, `${dst} ${dport}`]
    const first = here < there ? here : there
    const key = `${protocol} ${first} ${first === here ? there : here}`
    if (this.#nothing.has(key)) return 'nothing'
    const side = first === here ? 0 : 1
    const open = this.#open.get(key) ?? this.#begin(key, headers, side)
    const isEmpty = payloadEnd <= payloadOffset
    if (isEmpty && open.empty++ >= mostEmpty) return undefined
    const found = isEmpty ? undefined : open.recognition.next(bytes.subarray(payloadOffset, payloadEnd), side)
    // Most conversations are told from all of ours by their first payload: nothing of it is kept.
    if (found === 'nothing') {
      this.#forget(key)
      if (this.#nothing.size >= maxNothing) this.#nothing.clear()
      this.#nothing.add(key)
      return 'nothing'
    }
    const kept = bytes.slice(headers.networkOffset, end)
    open.packets.push({ ...held, bytes: kept })
    this.#bytes += kept.length
    if (this.#open.size > mostOpen || this.#bytes > maxBytes) this.#forgetOldest()
    if (found === undefined) return undefined
    this.#forget(key)
    const isHere = found.client !== side
    return {
      codec: found.codec,
      server: isHere ? src : dst,
      port: isHere ? sport : dport,
      proto: protocol,
      packets: open.packets,
    }
  }

  #begin(key: string, { protocol, flags }: Headers, side: 0 | 1): Open {
    const opens = protocol === ipProtocols.tcp && (flags & tcpFlags.syn) !== 0
    const client = opens ? ((flags & tcpFlags.ack) === 0 ? side : other(side)) : undefined
    const open = {
      recognition: new Recognition(protocol === ipProtocols.tcp ? 'tcp' : 'udp', client),
      packets: [],
      empty: 0,
    }
    this.#open.set(key, open)
    return open
  }

  #forgetOldest(): void {
    for (const [key, { packets, empty }] of this.#open.entries().take(1)) {
      this.givenUp += packets.length - Math.min(empty, mostEmpty)
      this.#forget(key)
    }
  }

  #forget(key: string): void {
    for (const { bytes } of this.#open.get(key)?.packets ?? []) this.#bytes -= bytes.length
    this.#open.delete(key)
  }
}
