/**
 * A TCP client made of single segments, whose own kernel knows nothing of it: it sends what no TCP stack would, to a real one. Places
 * in its stream are counted from its first byte of data.
 */
import { decodeFrame } from '#packet/decode.ts'
import { ethernet, ipv4, ipv6, tcp, type Extension, type FragmentPart, type Tag } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import type { PacketSocket } from '#linux/packet-socket.ts'

/** Where the server listens: Modbus. */
const dport = 502

/** ms; on a busy machine */
const patience = 30_000

export const flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const

export interface Station {
  readonly mac: string
  readonly ip: string
}

/** One segment, where it is not as a stack would send it. */
export interface Segment {
  /** Place of its first byte; the next one unless given. */
  readonly at?: number
  readonly flags?: number
  readonly urgent?: number
  readonly options?: Uint8Array
  /** Its checksum is wrong. */
  readonly spoilt?: boolean
  /** Its acknowledgement is off by this. */
  readonly ackOff?: number
  /** Extension headers of IPv6. */
  readonly extensions?: readonly Extension[]
  /** Bytes of TCP at which it is cut into fragments, which are sent in this order; each piece may be replaced. */
  readonly fragments?: (whole: Uint8Array) => readonly { readonly part: FragmentPart; readonly bytes: Uint8Array }[]
}

const hexBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

export interface RawPeerOptions {
  readonly socket: PacketSocket
  readonly from: Station
  readonly to: Station
  readonly sport: number
  readonly tags?: readonly Tag[]
  /** Options of every segment behind the first ones, from a clock that counts segments. */
  readonly options?: (count: number) => Uint8Array
  /** Options of the SYN. */
  readonly opening?: Uint8Array
}

export class RawPeer {
  readonly #given: RawPeerOptions
  readonly #first: number
  #next = 0
  #count = 0
  /** The server's first number plus one, and what it sent since, by place. */
  #theirs: number | undefined
  readonly #pieces = new Map<number, Uint8Array>()
  #data: Uint8Array = new Uint8Array()
  /** Flags that came, other than ACK and PSH. */
  readonly ended: { reset: boolean; fin: boolean } = { reset: false, fin: false }

  constructor(given: RawPeerOptions) {
    this.#given = given
    this.#first = (given.sport * 65_537) >>> 0
  }

  /** Everything the server sent, in order. */
  get data(): string {
    return Buffer.from(this.#data).toString('hex')
  }

  /** Opens the connection. @throws Error when nobody answers */
  async open(data = ''): Promise<void> {
    const options = this.#given.opening ?? new Uint8Array()
    const end = performance.now() + patience
    for (let tries = 0; this.#theirs === undefined && performance.now() < end; tries++) {
      // What does not get through with data is sent without (RFC 7413, 4.2).
      this.send(tries === 0 ? data : '', { at: -1, flags: flag.syn, options })
      await this.listen(200)
    }
    if (this.#theirs === undefined) throw new Error('the connection was not opened')
    this.#next = 0
    this.send('')
  }

  /** Sends one segment. */
  send(hex: string, segment: Segment = {}): void {
    const { from, to, sport, options } = this.#given
    const payload = hexBytes(hex)
    const { at = this.#next, flags = flag.ack | flag.psh, spoilt = false, fragments, extensions, ...rest } = segment
    const ends = { src: from.ip, dst: to.ip }
    const seq = (this.#first + 1 + at) >>> 0
    const ack = (flags & flag.ack) === 0 ? 0 : ((this.#theirs ?? 0) + this.#data.length + (segment.ackOff ?? 0)) >>> 0
    const own = segment.options ?? options?.(this.#count++) ?? new Uint8Array()
    const bytes = tcp(ends, { ...rest, sport, dport, flags, seq, ack, options: own, payload })
    if (spoilt) bytes[17] = (bytes[17] ?? 0) ^ 0x55
    if (at === this.#next) this.#next += payload.length
    const parts = fragments?.(bytes) ?? [{ part: undefined, bytes }]
    for (const { part, bytes: piece } of parts) this.#put(ends, piece, part, extensions)
  }

  /** Takes what comes within a time, and acknowledges it. */
  async listen(ms: number): Promise<void> {
    const { socket } = this.#given
    const until = performance.now() + ms
    for (let left = ms; left > 0 && !this.ended.reset; left = until - performance.now()) {
      if (!(await socket.wait(left))) return
      const before = this.#data.length
      for (const frame of socket.drain()) this.#take(frame)
      if (this.#data.length > before) this.send('', { flags: flag.ack })
    }
  }

  /** Waits until an answer has come that contains this. @returns whether it did */
  async hears(hex: string, within = patience): Promise<boolean> {
    const until = performance.now() + within
    while (!this.data.includes(hex) && !this.ended.reset && performance.now() < until) await this.listen(50)
    return this.data.includes(hex)
  }

  #put(
    ends: { src: string; dst: string },
    payload: Uint8Array,
    fragment: FragmentPart | undefined,
    extensions: readonly Extension[] = [],
  ): void {
    const { from, to, tags = [], socket } = this.#given
    const isSix = ends.src.includes(':')
    const more = fragment === undefined ? {} : { fragment }
    const packet = isSix
      ? ipv6({ ...ends, proto: ipProtocols.tcp, payload, extensions, ...more })
      : ipv4({ ...ends, proto: ipProtocols.tcp, payload, ...more })
    const etherType = isSix ? etherTypes.ipv6 : etherTypes.ipv4
    socket.send(ethernet({ dst: to.mac, src: from.mac, tags, etherType, payload: packet }))
  }

  #take(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    const { from, to, sport } = this.#given
    if (frame.proto !== ipProtocols.tcp || frame.dport !== sport || frame.sport !== dport) return
    if (frame.srcIp !== to.ip || frame.dstIp !== from.ip) return
    const seq = new DataView(bytes.buffer, bytes.byteOffset).getUint32(frame.transportOffset + 4)
    const flags = frame.tcpFlags
    if ((flags & flag.rst) !== 0) this.ended.reset = true
    if ((flags & flag.fin) !== 0) this.ended.fin = true
    if ((flags & flag.syn) !== 0) this.#theirs ??= (seq + 1) >>> 0
    if (this.#theirs === undefined || frame.end <= frame.payloadOffset) return
    this.#pieces.set((seq - this.#theirs) | 0, bytes.slice(frame.payloadOffset, frame.end))
    for (let grown = true; grown;) {
      grown = false
      for (const [place, piece] of this.#pieces) {
        const seen = this.#data.length - place
        if (seen < 0) continue
        this.#pieces.delete(place)
        if (seen >= piece.length) continue
        this.#data = Uint8Array.from([...this.#data, ...piece.subarray(seen)])
        grown = true
      }
    }
  }
}
