/**
 * What an inspector needs of memory: per packet of polls that go on, and per conversation. Run by itself it prints the figures as
 * JSON; it wants --expose-gc, and a young generation (--min-semi-space-size) that is not collected while it counts.
 */
import { putU16be, putU32be } from '#core/bytes.ts'
import { ipv4, tcp, udp } from '#packet/build.ts'
import { ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { bytesOf } from '#protocols/reading.ts'
import { Inspector } from './inspector.ts'
import { PacketSource } from './packet-source.ts'
import { Program } from './program.ts'
import { addresses, planOf } from './wire.ts'

/** ms since 1970. */
const begin = 1_760_000_000_000
/** Rounds that are measured until one needs less than this, in bytes a packet: code that is still being compiled disturbs the first. */
const maxRounds = 4
const enough = 1
/** Bytes of the IPv4 and TCP headers. */
const headers = 40

interface Polled {
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  readonly conduit: Record<string, unknown>
  readonly exchanges: readonly (readonly [request: string, answer: string])[]
}

export const polled: Readonly<Record<string, Polled>> = {
  modbus: {
    transport: 'tcp',
    port: 502,
    conduit: {
      allow: [
        'read',
        { op: 'write-single-register', registers: '100-119', values: '0-500' },
        { op: 'write-multiple-registers', unit: 1, registers: '100-119', values: '0-500' },
      ],
    },
    exchanges: [
      ['0000 0000 0006 01 03 0064 0010', `0000 0000 0023 01 03 20 ${'0102'.repeat(16)}`],
      ['0000 0000 0006 01 06 0064 0120', '0000 0000 0006 01 06 0064 0120'],
      ['0000 0000 000b 01 10 0064 0002 04 0001 0002', '0000 0000 0006 01 10 0064 0002'],
      ['0000 0000 0006 01 01 0000 0010', '0000 0000 0005 01 01 02 ffff'],
    ],
  },
  bacnet: {
    transport: 'udp',
    port: 47_808,
    conduit: { service: 'bacnet', allow: ['read', { op: 'write-property', instance: '1-9', values: '0-500' }] },
    exchanges: [
      ['810a0011 0104 0005010c 0c00400001 1955', '810a0017 0100 30010c 0c00400001 1955 3e 4442480000 3f'],
      ['810a0018 0104 0005020f 0c00400001 1955 3e 4442480000 3f', '810a0009 0100 20020f'],
    ],
  },
}

/** Packets of one conversation, whose numbers are set anew for every turn. */
export class Polls {
  readonly #pairs: readonly (readonly [request: Uint8Array, answer: Uint8Array])[]
  readonly #tcp: boolean
  readonly #source = new PacketSource()
  #seq = 1000
  #ack = 5000
  #turn = 0

  constructor({ transport, exchanges, port }: Polled) {
    this.#source.now = begin
    this.#tcp = transport === 'tcp'
    const build = (toServer: boolean, payload: Uint8Array): Uint8Array => {
      const { client: here, server: there } = addresses
      const ends = toServer ? { src: here, dst: there } : { src: there, dst: here }
      const ports = toServer ? { sport: 40_000, dport: port } : { sport: port, dport: 40_000 }
      const flags = tcpFlags.ack | tcpFlags.psh
      return this.#tcp
        ? ipv4({ ...ends, proto: ipProtocols.tcp, payload: tcp(ends, { ...ports, seq: 0, ack: 0, flags, payload }) })
        : ipv4({ ...ends, proto: ipProtocols.udp, payload: udp(ends, { ...ports, payload }) })
    }
    this.#pairs = exchanges.map(([request, answer]) => [build(true, bytesOf(request)), build(false, bytesOf(answer))])
  }

  /** The same from another port of the client: another conversation. */
  from(port: number): void {
    this.#turn = 0
    this.#seq = 1000
    this.#ack = 5000
    for (const [request, answer] of this.#pairs) {
      putU16be(request, 20, port)
      putU16be(answer, 22, port)
    }
  }

  /** One request and its answer, two packets, some ms after the last ones. */
  turn(inspector: Inspector, later: number): void {
    const pair = this.#pairs[this.#turn++ % this.#pairs.length]
    if (pair === undefined) return
    this.#source.now += later
    for (let index = 0; index < 2; index++) {
      const packet = pair[index]
      if (packet === undefined) return
      if (this.#tcp) this.#number(packet, index === 0)
      inspector.packet(packet, 0, packet.length, this.#source)
    }
  }

  #number(packet: Uint8Array, toServer: boolean): void {
    putU32be(packet, 24, toServer ? this.#seq : this.#ack)
    putU32be(packet, 28, toServer ? this.#ack : this.#seq)
    putU16be(packet, headers, this.#turn & 0xffff)
    const length = packet.length - headers
    if (toServer) this.#seq = (this.#seq + length) | 0
    else this.#ack = (this.#ack + length) | 0
  }
}

const inspectorFor = ({ conduit }: Polled, flowLimit: number): Inspector =>
  new Inspector(
    new Program(planOf(conduit)),
    {
      denied: (_flow, _side, { reason }) => {
        throw new Error(`denied: ${reason}`)
      },
      noticed: (_flow, _conduit, text) => {
        throw new Error(text)
      },
      fault: (_flow, error) => {
        throw error
      },
    },
    { flowLimit },
  )

/** @returns bytes of heap per packet of one conversation that has gone on for long */
const perPacket = (kind: Polled, packets: number): number => {
  const inspector = inspectorFor(kind, 16)
  const polls = new Polls(kind)
  // Ten polls a second.
  const run = (turns: number) => {
    for (let turn = 0; turn < turns; turn++) polls.turn(inspector, 100)
  }
  const round = (): number => {
    globalThis.gc?.()
    const judged = inspector.counts.get('c')?.messages ?? 0
    const before = process.memoryUsage().heapUsed
    run(packets / 2)
    const after = process.memoryUsage().heapUsed
    if ((inspector.counts.get('c')?.messages ?? 0) !== judged + packets) throw new Error('not every message was judged')
    return (after - before) / packets
  }
  run(25_000)
  let least = Infinity
  for (let rounds = 0; rounds < maxRounds && least >= enough; rounds++) least = Math.min(least, round())
  return least
}

/** @returns bytes that this many conversations take after a few polls each, on the heap and outside of it */
const perFlows = (kind: Polled, flows: number): number => {
  globalThis.gc?.()
  const used = () => {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const inspector = inspectorFor(kind, flows)
  const polls = new Polls(kind)
  const before = used()
  for (let flow = 0; flow < flows; flow++) {
    polls.from(20_000 + flow)
    for (let turn = 0; turn < 8; turn++) polls.turn(inspector, 10)
  }
  const after = used()
  if (inspector.flows.size !== flows) throw new Error('not every conversation was kept')
  return after - before
}

if (import.meta.main)
  process.stdout.write(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(polled).map(([name, kind]) => [
          name,
          { perPacket: perPacket(kind, 100_000), flows: perFlows(kind, 10_000) },
        ]),
      ),
    ),
  )
