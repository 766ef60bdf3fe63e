/** A small plant for tests of a running edge: one cell, one control room, and frames of every kind between them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { arp, ethernet, icmp, ipv4, ipv6, tcp, udp, type Ends } from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import type { EventRequest } from '#edge/control/client.ts'
import type { Event } from '#schema/event.ts'
import { bulkheadAtEdge, startDaemon, type Daemon, type DaemonOptions } from '../edge-process.ts'
import { until as patiently } from '../until.ts'
import { createWorld, type World } from '../world/world.ts'

interface Host {
  readonly port: 'plant' | 'cell'
  readonly mac: string
  readonly ip4: string
  readonly ip6?: string
}

export const hosts = {
  plc: { port: 'cell', mac: '02:00:00:00:01:10', ip4: '198.18.1.10', ip6: 'fd00:198:18:1::10' },
  drive: { port: 'cell', mac: '02:00:00:00:01:11', ip4: '198.18.1.11' },
  hmi: { port: 'plant', mac: '02:00:00:00:02:70', ip4: '198.18.1.70', ip6: 'fd00:198:18:2::70' },
  ews: { port: 'plant', mac: '02:00:00:00:02:72', ip4: '198.18.1.72', ip6: 'fd00:198:18:2::72' },
  historian: { port: 'plant', mac: '02:00:00:00:02:73', ip4: '198.18.1.73' },
  /** No asset of the policy. */
  laptop: { port: 'plant', mac: '02:00:00:00:02:99', ip4: '198.18.1.99', ip6: 'fd00:198:18:2::99' },
} as const satisfies Record<string, Host>
export type HostName = keyof typeof hosts
export const { syn, ack, rst } = tcpFlags

// As the launcher sets it: halves the time that a command takes.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../../node_modules/.cache/node', import.meta.url))

export const edgeName = 'cell-edge'

export interface Sections {
  readonly timezone?: string
  /** Zones behind the port of the plant. */
  readonly plant?: string
  readonly modes?: { readonly cell?: string; readonly supervisory?: string }
  /** Lines below `groups:`, `conduits:`, … */
  readonly groups?: string
  readonly assets?: string
  readonly conduits?: string
  readonly denies?: string
  readonly layer2?: string
  readonly sensors?: string
  readonly responses?: string
  readonly redirects?: string
}

const list = (name: string, lines = '') => (lines.trim() === '' ? '' : `${name}:\n${lines}\n`)

/** The site policy: the HMI operates the PLC, which is essential; the engineering station may nothing. */
export const policyText = (sections: Sections = {}): string => {
  const { plc, drive, hmi, ews, historian } = hosts
  return `version: 1
site: riverside
timezone: ${sections.timezone ?? 'UTC'}
edges:
  ${edgeName}:
    bridge: br0
${sections.redirects === undefined ? '' : '    address: 198.18.1.62/26\n'}    ports:
      plant: { zones: [${sections.plant ?? 'supervisory'}] }
      cell: { zones: [cell] }
zones:
  cell: { level: 1, networks: [198.18.1.0/26, 'fd00:198:18:1::/64'], mode: ${sections.modes?.cell ?? 'contain'} }
  supervisory: { level: 2, networks: [198.18.1.64/26, 'fd00:198:18:2::/64'], mode: ${sections.modes?.supervisory ?? 'contain'} }
assets:
  plc: { ips: [${plc.ip4}, '${plc.ip6}'], macs: ['${plc.mac}'], zone: cell, kind: plc }
  drive: { ips: [${drive.ip4}], macs: ['${drive.mac}'], zone: cell, kind: drive }
  hmi: { ips: [${hmi.ip4}, '${hmi.ip6}'], macs: ['${hmi.mac}'], zone: supervisory, kind: hmi }
  ews: { ips: [${ews.ip4}, '${ews.ip6}'], macs: ['${ews.mac}'], zone: supervisory, kind: engineering }
  historian: { ips: [${historian.ip4}], macs: ['${historian.mac}'], zone: supervisory, kind: historian }
${sections.assets ?? ''}
${list('groups', sections.groups)}conduits:
  - { id: operate, from: hmi, to: plc, service: modbus, essential: true, reason: operation, owner: line }
${sections.conduits ?? '  - { id: record, from: historian, to: plc, service: modbus, reason: history, owner: line }'}
${list('denies', sections.denies)}${list('layer2', sections.layer2)}${list('sensors', sections.sensors)}${list('responses', sections.responses)}${list('redirects', sections.redirects)}`
}

const body = new Uint8Array(24)
const version = (ip: string) => (ip.includes(':') ? 6 : 4)
/** The address of a host, of the IP version asked for. */
export const addressOf = (host: HostName, six = false): string => {
  const found: Host = hosts[host]
  return six ? (found.ip6 ?? '') : found.ip4
}

export interface Packet {
  readonly from: HostName
  readonly to: HostName
  readonly six?: boolean
  /** Instead of the host's own. */
  readonly mac?: string
  readonly ip?: string
  readonly toIp?: string
}

const wrap = ({ from, to, six = false, mac, ip, toIp }: Packet, proto: number, payload: (ends: Ends) => Uint8Array) => {
  const ends = { src: ip ?? addressOf(from, six), dst: toIp ?? addressOf(to, six) }
  const packet = { ...ends, proto, payload: payload(ends) }
  return ethernet({
    dst: hosts[to].mac,
    src: mac ?? hosts[from].mac,
    etherType: version(ends.src) === 6 ? etherTypes.ipv6 : etherTypes.ipv4,
    payload: version(ends.src) === 6 ? ipv6(packet) : ipv4(packet),
  })
}

export const tcpFrame = (
  packet: Packet,
  dport: number,
  { sport = 40_000, flags = syn }: { sport?: number; flags?: number } = {},
): Uint8Array => wrap(packet, ipProtocols.tcp, (ends) => tcp(ends, { sport, dport, flags, payload: body }))
export const udpFrame = (packet: Packet, dport: number, sport = 40_000): Uint8Array =>
  wrap(packet, ipProtocols.udp, (ends) => udp(ends, { sport, dport, payload: body }))
export const pingFrame = (packet: Packet): Uint8Array =>
  wrap(packet, ipProtocols.icmp, () => icmp({ type: 8, payload: body }))

/** Frames that are not IP; with the `layer2:` rows of {@link open} all of them pass from anybody who is not contained. */
export const otherFrames = (from: HostName): Record<string, Uint8Array> => {
  const src = hosts[from].mac
  const other = (dst: string, etherType: number) => ethernet({ dst, src, etherType, payload: body })
  const ask = arp({ operation: 1, senderMac: src, senderIp: hosts[from].ip4, targetIp: hosts.plc.ip4 })
  return {
    arp: ethernet({ dst: 'ff:ff:ff:ff:ff:ff', src, etherType: etherTypes.arp, payload: ask }),
    profinet: other(hosts.plc.mac, etherTypes.profinet),
    goose: other('01:0c:cd:01:00:01', etherTypes.goose),
    lldp: other('01:80:c2:00:00:0e', etherTypes.lldp),
    eapol: other('01:80:c2:00:00:03', etherTypes.eapol),
  }
}
export const open = '  - { zones: [cell, supervisory], allow: [profinet, goose], reason: drives }'

/** A running edge and what is said at it. */
export class Cell {
  readonly world: World
  daemon: Daemon
  readonly #options: DaemonOptions

  private constructor(world: World, daemon: Daemon, options: DaemonOptions) {
    this.world = world
    this.daemon = daemon
    this.#options = options
  }

  /**
   * @param stack hosts with addresses of their own, for real programs; the others are silent, so that counts are exact
   * @param elsewhere hosts that are behind further interfaces of the edge, by the name of the interface
   */
  static async start(
    name: string,
    policy: string,
    {
      stack = [],
      elsewhere = {},
      ...more
    }: Partial<DaemonOptions> & {
      readonly stack?: readonly HostName[]
      readonly elsewhere?: Partial<Record<HostName, string>>
    } = {},
  ): Promise<Cell> {
    const placed: Readonly<Record<string, string>> = elsewhere
    const world = await createWorld({
      name,
      ports: [...new Set(['plant', 'cell', ...Object.values(placed)])],
      bridged: false,
      hosts: Object.fromEntries(
        Object.entries(hosts).map(([host, { port, mac, ip4 }]) => [
          host,
          { port: placed[host] ?? port, mac, ...(stack.some((one) => one === host) ? { ip4: `${ip4}/24` } : {}) },
        ]),
      ),
    })
    try {
      const daemon = await startDaemon(world, { policy, edge: edgeName, ...more })
      const options = {
        ...more,
        edge: edgeName,
        policyFile: daemon.policyFile,
        state: daemon.state,
        socket: daemon.socket,
      }
      const cell = new Cell(world, daemon, options)
      world.listen()
      await cell.forwards()
      return cell
    } catch (error) {
      await world.close()
      throw error
    }
  }

  /** A new bridge forwards as soon as the kernel has noticed its carriers. */
  async forwards(): Promise<void> {
    const frame = otherFrames('hmi')['lldp'] ?? body
    for (let tries = 0; tries < 200; tries++) if (await this.passes('hmi', 'plc', frame)) return
    throw new Error('the edge does not forward')
  }

  /** Whether a frame put on the wire at one host arrives at the other, byte for byte. */
  async passes(from: HostName, to: HostName, frame: Uint8Array): Promise<boolean> {
    this.world.received(to)
    this.world.send(from, frame)
    for (const ms of [1, 4, 12, 24]) {
      if (this.world.received(to).some((seen) => Buffer.from(seen).equals(frame))) return true
      await sleep(ms)
    }
    return this.world.received(to).some((seen) => Buffer.from(seen).equals(frame))
  }

  /** Names of the frames that arrive. */
  async passing(from: HostName, to: HostName, frames: Readonly<Record<string, Uint8Array>>): Promise<string[]> {
    const passed: string[] = []
    for (const [name, frame] of Object.entries(frames)) if (await this.passes(from, to, frame)) passed.push(name)
    return passed
  }

  /** The real command. @throws Error with what it says when it fails */
  async edge(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tried(...words)
    if (code !== 0) throw new Error(`bulkhead edge ${words.join(' ')}: ${code} ${stderr}`)
    return stdout
  }

  tried(...words: readonly string[]): ReturnType<typeof bulkheadAtEdge> {
    return bulkheadAtEdge(this.world, ['edge', ...words, '--socket', this.daemon.socket])
  }

  status() {
    return this.daemon.call('status', {})
  }

  /** Events that fulfil a condition, as soon as there are `count` of them. */
  async events(query: EventRequest, count = 1, limitMs = 30_000): Promise<Event[]> {
    const limit = performance.now() + limitMs
    for (;;) {
      const found = await this.daemon.events(query)
      if (found.length >= count || performance.now() > limit) return found
      await sleep(25)
    }
  }

  /** Another daemon on the same store; the rules stay in the kernel meanwhile. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM', more: Partial<DaemonOptions> = {}): Promise<void> {
    await this.daemon.kill(signal)
    this.daemon = await startDaemon(this.world, { ...this.#options, ...more })
  }

  async close(): Promise<void> {
    await this.daemon.stop()
    await this.world.close()
  }
}

/**
 * For what has to be seen before an end comes. `attempt` says false when the machine was so busy that it came first, and is then given
 * more time.
 */
export const soonEnough = async (
  seconds: readonly number[],
  attempt: (seconds: number) => Promise<boolean>,
): Promise<void> => {
  for (const time of seconds) if (await attempt(time)) return
  throw new Error(`the machine is too busy: ${seconds.at(-1)} s were not enough`)
}

/** Waits until something holds. @param everyMs between two looks @throws Error after `limitMs` */
export const until = async (
  what: string,
  limitMs: number,
  holds: () => Promise<boolean> | boolean,
  everyMs?: number,
): Promise<void> => {
  await patiently(what, holds, everyMs === undefined ? { limitMs } : { limitMs, everyMs })
}
