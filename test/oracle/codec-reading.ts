/** What our codec reads in a capture: texts by the frame that completes each message. */
import type { Codec } from '#core/codec.ts'
import type { Transport } from '#core/protocol.ts'
import { Headers } from '#packet/headers.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { ipProtocols, tcpFlags } from '#packet/numbers.ts'
import type { CaptureRecord } from '#packet/records.ts'
import { Reader } from '#protocols/reading.ts'
import { recordsOf } from './captures.ts'
import type { Oracle } from './oracle.ts'
import { Segments } from './segments.ts'

/** One conversation; `client` is the key of the end that asks. */
interface Talk {
  reader: Reader
  readonly client: string
  readonly fromClient: Segments
  readonly fromServer: Segments
}

/** Ports of a service, `tcp 502`, those of the oracle's `decodeAs` among them. */
export const servicePorts = (codec: Codec, oracle: Oracle): ReadonlySet<string> => {
  const also = (oracle.decodeAs ?? []).flatMap((rule) => {
    const [, transport, port] = /^(tcp|udp)\.port==(\d+),/.exec(rule) ?? []
    return transport === undefined || port === undefined ? [] : [`${transport} ${port}`]
  })
  return new Set([...codec.vocabulary.ports.map(({ transport, port }) => `${transport} ${port}`), ...also])
}

export class CodecReading {
  readonly frames = new Map<number, string[]>()
  /** Packets to and from the service's ports. */
  packets = 0
  readonly #codec: Codec
  readonly #oracle: Oracle
  /** `tcp 502` */
  readonly #ports: ReadonlySet<string>
  readonly #talks = new Map<string, Talk>()
  readonly #headers = new Headers()
  readonly #link = new LinkLayer()

  constructor(codec: Codec, oracle: Oracle) {
    this.#codec = codec
    this.#oracle = oracle
    this.#ports = servicePorts(codec, oracle)
  }

  read(file: string): this {
    for (const record of recordsOf(file)) this.#take(record)
    return this
  }

  #take({ bytes, linkType, number, wireLength }: CaptureRecord): void {
    const { content, offset } = this.#link.read(linkType, bytes)
    const headers = this.#headers
    if (content === 'ethernet') headers.readFrame(bytes, offset, bytes.length)
    else if (content === 'ip') headers.readIp(bytes, offset, bytes.length)
    else return
    // A recording cut short by its snap length is read as far as it goes.
    if ((!headers.ok && headers.problem !== 'cut-short') || headers.fragmented) return
    const { protocol, sport, dport } = headers
    const transport = protocol === ipProtocols.tcp ? 'tcp' : protocol === ipProtocols.udp ? 'udp' : undefined
    if (transport === undefined || sport < 0) return
    const toService = this.#ports.has(`${transport} ${dport}`)
    const fromService = this.#ports.has(`${transport} ${sport}`)
    if (!toService && !fromService) return
    this.packets++
    const source = this.#end(bytes, headers.srcOffset, sport)
    const destination = this.#end(bytes, headers.dstOffset, dport)
    // Between two service ports the end that speaks first asks.
    const key = `${transport} ${[source, destination].toSorted().join(' ')}`
    let talk = this.#talks.get(key)
    if (talk === undefined) {
      talk = this.#open(transport, toService ? source : destination, false)
      this.#talks.set(key, talk)
    }
    const fromClient = talk.client === source
    const unit = (unitBytes: Uint8Array, at: number, end: number) =>
      this.#unit(number, talk, unitBytes, fromClient, at, end)
    const payload = bytes.slice(headers.payloadOffset, headers.payloadEnd)
    if (transport === 'udp') return this.#datagram(payload, unit)
    const segments = fromClient ? talk.fromClient : talk.fromServer
    const { seq, flags } = headers
    // An IP length beyond the frame on the wire is a wrong one.
    const missing = Math.min(headers.missing, Math.max(0, wireLength - bytes.length))
    if ((flags & tcpFlags.syn) !== 0 && segments.begin((seq + 1) | 0) && fromClient)
      talk.reader = new Reader(this.#codec, 'tcp', true)
    segments.push((flags & tcpFlags.syn) === 0 ? seq : (seq + 1) | 0, payload, missing, this.#codec, unit)
  }

  #datagram(payload: Uint8Array, unit: (bytes: Uint8Array, at: number, end: number) => void): void {
    let at = 0
    while (at < payload.length) {
      const length = this.#codec.frame(payload, at, payload.length, 'udp')
      if (length <= 0 || at + length > payload.length) return
      unit(payload, at, at + length)
      at += length
    }
  }

  #unit(frame: number, talk: Talk, bytes: Uint8Array, fromClient: boolean, at: number, end: number): void {
    const texts = this.frames.get(frame) ?? []
    this.frames.set(frame, texts)
    try {
      texts.push(...this.#oracle.ours(talk.reader.read(bytes, fromClient, at, end), fromClient))
    } catch (error) {
      texts.push(`threw ${String(error)}`)
    }
  }

  #open(transport: Transport, client: string, whole: boolean): Talk {
    const reader = new Reader(this.#codec, transport, whole)
    return { reader, client, fromClient: new Segments(), fromServer: new Segments() }
  }

  #end(bytes: Uint8Array, at: number, port: number): string {
    const length = this.#headers.family === 4 ? 4 : 16
    return `${Buffer.from(bytes.subarray(at, at + length)).toString('hex')}:${port}`
  }
}
