/** A wire with an inspector in it, in memory: for tests that say what is sent and what arrives. */
import { compile } from '#policy/compile.ts'
import type { Plan } from '#policy/plan.ts'
import { Headers } from '#packet/headers.ts'
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { hexOf } from '#protocols/reading.ts'
import { parsePolicy } from '#policy/parse.ts'
import { Inspector, type InspectorOptions } from './inspector.ts'
import type { Denial } from './judge.ts'
import { PacketSource } from './packet-source.ts'
import { Program, type DenyAction } from './program.ts'

export type End = 'client' | 'server'

export interface Arrived {
  readonly to: End
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly data: string
  /** Put there by the inspector. */
  readonly injected: boolean
}

export const addresses = { client: '198.18.1.10', server: '198.18.2.10' } as const

export const planOf = (conduit: Record<string, unknown>, more: Record<string, unknown> = {}): Plan => {
  const { site } = parsePolicy(
    JSON.stringify({
      version: 1,
      site: 'test',
      edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
      zones: {
        office: { level: 3, networks: ['198.18.1.0/25'], mode: 'contain' },
        line: { level: 1, networks: ['198.18.2.0/25'], mode: 'contain' },
      },
      assets: {
        client: { ips: [addresses.client], zone: 'office' },
        server: { ips: [addresses.server], zone: 'line', qualified: true },
      },
      conduits: [{ id: 'c', from: 'client', to: 'server', service: 'modbus', ...conduit }],
      ...more,
    }),
    'test.yaml',
  )
  const plan = site === undefined ? undefined : compile(site, 'edge')
  if (plan === undefined) throw new Error('no plan')
  return plan
}

export class Wire {
  readonly inspector: Inspector
  readonly denials: { readonly denial: Denial; readonly action: DenyAction; readonly reset: string | undefined }[] = []
  readonly notices: string[] = []
  readonly #source = new PacketSource()
  readonly #headers = new Headers()
  readonly port: number
  now = 1_000_000
  /** Address of the client that speaks. */
  client: string = addresses.client
  clientPort = 40_000
  /** As the kernel marks what it sends. */
  riskBelow = 1

  constructor(plan: Plan, port = 502, options: InspectorOptions = {}) {
    this.port = port
    this.inspector = new Inspector(
      new Program(plan),
      {
        denied: (_flow, _side, denial, action, reset) => this.denials.push({ denial, action, reset }),
        noticed: (_flow, _conduit, text) => this.notices.push(text),
        fault: (_flow, error) => {
          throw error
        },
      },
      options,
    )
  }

  /** Sends a TCP segment from one end; what then arrives, in order. */
  tcp(from: End, seq: number, ack: number, data = '', flags = 0x10): Arrived[] {
    const to = from === 'client' ? 'server' : 'client'
    const at = { client: this.client, server: addresses.server }
    const ends = { src: at[from], dst: at[to] }
    const ports =
      from === 'client' ? { sport: this.clientPort, dport: this.port } : { sport: this.port, dport: this.clientPort }
    const payload = Buffer.from(data.replaceAll(/\s/g, ''), 'hex')
    const packet = ipv4({ ...ends, proto: ipProtocols.tcp, payload: tcp(ends, { ...ports, seq, ack, flags, payload }) })
    return this.#send(from, packet)
  }

  udp(from: End, data: string, client = 40_000): Arrived[] {
    const to = from === 'client' ? 'server' : 'client'
    const at = { client: this.client, server: addresses.server }
    const ends = { src: at[from], dst: at[to] }
    const ports = from === 'client' ? { sport: client, dport: this.port } : { sport: this.port, dport: client }
    const payload = Buffer.from(data.replaceAll(/\s/g, ''), 'hex')
    return this.#send(from, ipv4({ ...ends, proto: ipProtocols.udp, payload: udp(ends, { ...ports, payload }) }))
  }

  /** Opens a connection with first numbers 1000 and 5000. */
  open(): void {
    this.tcp('client', 999, 0, '', 2)
    this.tcp('server', 4999, 1000, '', 0x12)
    this.tcp('client', 1000, 5000)
  }

  #send(from: End, packet: Uint8Array): Arrived[] {
    const to = from === 'client' ? 'server' : 'client'
    // Begins where an Ethernet frame has it, so that offsets are not zero by accident.
    const frame = ethernet({
      dst: '02:00:00:00:00:02',
      src: '02:00:00:00:00:01',
      etherType: etherTypes.ipv4,
      payload: packet,
    })
    const source = this.#source
    source.now = this.now++
    source.riskBelow = this.riskBelow
    source.macHigh = 0x0200
    source.macLow = from === 'client' ? 1 : 2
    source.device = from === 'client' ? 1 : 2
    this.inspector.packet(frame, 14, 14 + packet.length, source)
    const { output } = this.inspector
    const arrived: Arrived[] = []
    if (output.verdict === 'accept') arrived.push(this.#read(to, packet, false))
    if (output.verdict === 'rewritten') arrived.push(this.#read(to, output.bytes.slice(0, output.length), false))
    for (const { bytes, device } of output.injections)
      arrived.push(this.#read(device === 1 ? 'client' : 'server', bytes, true))
    return arrived
  }

  #read(to: End, bytes: Uint8Array, injected: boolean): Arrived {
    const headers = this.#headers
    if (!headers.readIp(bytes, 0, bytes.length)) throw new Error(`unreadable: ${headers.problem ?? ''}`)
    const { seq, ack, flags } = headers
    return {
      to,
      seq: seq >>> 0,
      ack: ack >>> 0,
      flags,
      data: hexOf(bytes.subarray(headers.payloadOffset, headers.payloadEnd)),
      injected,
    }
  }
}
