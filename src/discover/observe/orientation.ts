/** Which end of a conversation asks, and which port is the service. */
import { ipProtocols } from '#packet/numbers.ts'
import { vocabularies } from '#protocols/index.ts'
import type { Connection, Side } from './connection.ts'
import { conversationKey } from './recording.ts'

export interface Orientation {
  readonly client: 0 | 1
  /** Of the server; ICMP: the type of the request; -1 where there is none. */
  readonly port: number
  readonly certain: boolean
}

const hex = (value: number): string => value.toString(16).padStart(2, '0')

const macOf = (...bytes: readonly number[]): string => bytes.map((byte) => hex(byte & 255)).join(':')

/** Text of an Ethernet address given as its first two bytes and its last four. */
export const macText = (high: number, low: number): string =>
  macOf(high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low)

/** Ethernet addresses of the first frame that an end sent; empty where it sent none, or there are no frames. */
export const sourceOf = ({ isFramed, frame1, frame2 }: Side): string =>
  isFramed ? macOf(frame1 >>> 8, frame1, frame2 >>> 24, frame2 >>> 16, frame2 >>> 8, frame2) : ''
export const destinationOf = ({ isFramed, frame0, frame1 }: Side): string =>
  isFramed ? macOf(frame0 >>> 24, frame0 >>> 16, frame0 >>> 8, frame0, frame1 >>> 24, frame1 >>> 16) : ''

/** Services by which an end is known as a server although no opening was seen: registered ports that plants use. */
const registered: ReadonlySet<string> = new Set([
  ...Object.values(vocabularies).flatMap(({ ports }) => ports.map(({ transport, port }) => `${transport} ${port}`)),
  ...[20, 21, 22, 23, 25, 53, 80, 88, 110, 111, 135, 139, 143, 389, 443, 445, 464, 636, 873, 990, 993, 995].map(
    (port) => `tcp ${port}`,
  ),
  ...[1433, 1521, 1883, 2049, 3268, 3306, 3389, 5432, 5900, 5985, 5986, 8080, 8443, 8883, 5672, 6379, 27_017].map(
    (port) => `tcp ${port}`,
  ),
  ...[53, 67, 69, 88, 111, 123, 137, 138, 161, 162, 389, 500, 514, 1812, 1813, 1900, 2049, 4500, 5353, 5355].map(
    (port) => `udp ${port}`,
  ),
])

/** Ports from which systems do not take those of clients (RFC 6335, 6: dynamic ports; Linux begins at 32768). */
const firstClientPort = 32_768
const lastSystemPort = 1023

/** What was learnt of servers in one recording. */
export class Services {
  readonly #known = new Set<string>()
  readonly #talks: { has(key: string): boolean }

  /** @param talks keys of conversations in which commands were read */
  constructor(talks: { has(key: string): boolean }) {
    this.#talks = talks
  }

  learn({ vlan, protocol, names }: Connection, server: 0 | 1, port: number): void {
    if (this.#known.size < 100_000) this.#known.add(`${vlan} ${protocol} ${names[server]} ${port}`)
  }

  isKnown({ vlan, protocol, names }: Connection, server: 0 | 1, port: number): boolean {
    return this.#known.has(`${vlan} ${protocol} ${names[server]} ${port}`)
  }

  hasCommands({ vlan, etherType, protocol, names }: Connection, server: 0 | 1, port: number): boolean {
    const [client, to] = server === 1 ? names : [names[1], names[0]]
    return this.#talks.has(conversationKey({ vlan, etherType, proto: protocol, client, server: to, port }))
  }
}

export const orientationOf = (connection: Connection, services: Services): Orientation => {
  const { protocol, sport, dport, opener } = connection
  if (protocol < 0 || sport < 0) return { client: 0, port: sport, certain: protocol < 0 }
  const isPorted = protocol === ipProtocols.tcp || protocol === ipProtocols.udp
  // The place of the ports holds the type of the request.
  if (!isPorted) return { client: 0, port: sport, certain: true }
  const by = (client: 0 | 1, certain: boolean): Orientation => ({ client, port: client === 0 ? dport : sport, certain })
  if (services.hasCommands(connection, 1, dport)) return by(0, true)
  if (services.hasCommands(connection, 0, sport)) return by(1, true)
  if (opener >= 0) return by(opener === 0 ? 0 : 1, true)
  const known = [services.isKnown(connection, 0, sport), services.isKnown(connection, 1, dport)] as const
  if (known[0] !== known[1]) return by(known[1] ? 0 : 1, true)
  const transport = protocol === ipProtocols.tcp ? 'tcp' : 'udp'
  const listed = [registered.has(`${transport} ${sport}`), registered.has(`${transport} ${dport}`)] as const
  if (listed[0] !== listed[1]) return by(listed[1] ? 0 : 1, false)
  const low = [sport <= lastSystemPort, dport <= lastSystemPort] as const
  if (low[0] !== low[1]) return by(low[1] ? 0 : 1, false)
  const dynamic = [sport >= firstClientPort, dport >= firstClientPort] as const
  if (dynamic[0] !== dynamic[1]) return by(dynamic[0] ? 0 : 1, false)
  return by(0, false)
}
