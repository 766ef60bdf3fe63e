/** A flat network of 254 addresses with 20 controllers, an edge in its midst, decoys on what is free, and somebody who scans. */
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectIn, listenIn } from '#linux/namespace-sockets.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import { decodeFrame } from '#packet/decode.ts'
import type { DecoyRow } from '#schema/decoys-control.ts'
import { startDaemon, type Daemon } from '../edge-process.ts'
import { ipBatch } from '../world/ip-batch.ts'
import { createWorld, type World } from '../world/world.ts'

export const port = 102
const net = '198.18.1'
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
/** Two clusters. */
export const real = [...range(20, 29), ...range(120, 129)].map((last) => `${net}.${last}`)
const controllersMac = '02:00:00:00:00:01'
const edgeName = 'segment-edge'
/** Where scanners come from; no decoy stands there. */
const visitor = (number: number) => ({
  ip: `${net}.${240 + (number % 10)}`,
  mac: `02:66:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`,
})

const policy = (personas: string, listenFor: string): string => `version: 1
site: segment
edges:
  ${edgeName}: { bridge: br0, ports: { visitors: { zones: [cell] }, cell: { zones: [cell] } } }
zones:
  cell: { level: 1, networks: [${net}.0/24], mode: contain }
assets:
${real.map((ip, at) => `  plc-${at}: { ips: [${ip}], macs: ['${controllersMac}'], zone: cell, kind: plc }`).join('\n')}
decoys:
  pools:
    - { id: cell, zone: cell, approved: [${net}.1-${net}.254], personas: ${personas}, budget: first, approved-by: [operations] }
  deny: [${net}.240-${net}.249]
  listen-for: ${listenFor}
`

export interface Scanned {
  /** Controllers with which a handshake was completed. */
  readonly found: readonly string[]
  /** The decoy whose handshake decided; undefined when there was none. */
  readonly decided: string | undefined
  /** IP packets of the scanner towards controllers after that. */
  readonly after: number
  /** ms from the handshake until the edge said that the scanner is contained. */
  readonly containedMs: number | undefined
}

export class Segment {
  readonly world: World
  readonly daemon: Daemon
  readonly #server: Server
  #visitors = 0

  private constructor(world: World, daemon: Daemon, server: Server) {
    this.world = world
    this.daemon = daemon
    this.#server = server
  }

  /** @param options.watch frames are seen from before the edge begins */
  static async open({
    personas = '{ siemens-s7-1500: 80, siemens-s7-1200: rest }',
    watch = false,
    hidden = [],
    listenFor = '0s',
  }: {
    readonly personas?: string
    readonly watch?: boolean
    /** Approved addresses that a controller has, and nobody knows of. */
    readonly hidden?: readonly string[]
    /** Unless it is `0s`, decoys come later. */
    readonly listenFor?: string
  } = {}): Promise<Segment> {
    const [first = ''] = real
    const world = await createWorld({
      name: 'segment',
      ports: ['visitors', 'cell'],
      bridged: false,
      hosts: {
        scanner: { port: 'visitors', mac: visitor(0).mac },
        plcs: { port: 'cell', mac: controllersMac, ip4: `${first}/24` },
      },
    })
    await ipBatch(
      [...real.slice(1), ...hidden].map((ip) => ['address', 'add', `${ip}/24`, 'dev', 'eth0']),
      world.namespaceOf('plcs'),
    )
    // Who is not there is given up sooner than a person would wait.
    for (const [name, value] of [
      ['mcast_solicit', 1],
      ['retrans_time_ms', 100],
    ] as const)
      writeSysctl(['net', 'ipv4', 'neigh', 'eth0', name], value, { namespace: world.namespaceOf('scanner') })
    const server = createServer((socket) => socket.on('error', () => undefined).resume())
    server.listen({ fd: listenIn(world.namespaceOf('plcs'), { host: '0.0.0.0', port }) })
    if (watch) world.listen()
    const daemon = await startDaemon(world, { policy: policy(personas, listenFor), edge: edgeName })
    const segment = new Segment(world, daemon, server)
    if (listenFor === '0s') await segment.standing()
    return segment
  }

  /** Decoys, once they stand and answer. */
  async standing(): Promise<readonly DecoyRow[]> {
    const limit = performance.now() + 30_000
    for (;;) {
      const list = await this.daemon.call('decoys', {}).catch(() => undefined)
      if (list !== undefined && list.host.state === 'running' && list.decoys.length > 0) return list.decoys
      if (performance.now() > limit) throw new Error(`no decoys stand: ${this.daemon.log()}`)
      await sleep(50)
    }
  }

  /** Plugs the scanner in anew: another Ethernet address, another IP address. */
  async visit(): Promise<{ ip: string; mac: string }> {
    const who = visitor(++this.#visitors)
    await ipBatch(
      [
        ['link', 'set', 'eth0', 'down'],
        ['address', 'flush', 'dev', 'eth0'],
        ['link', 'set', 'eth0', 'address', who.mac],
        ['link', 'set', 'eth0', 'up'],
        ['address', 'add', `${who.ip}/24`, 'dev', 'eth0'],
      ],
      this.world.namespaceOf('scanner'),
    )
    return who
  }

  /** Whether a handshake with an address is completed. */
  async connects(host: string, timeoutMs = 400): Promise<boolean> {
    try {
      const socket = await connectIn(this.world.namespaceOf('scanner'), { host, port, timeoutMs })
      socket.on('error', () => undefined).destroy()
      return true
    } catch {
      return false
    }
  }

  /** One source scans in an order of addresses until a decoy decides; then it tries every controller at once. */
  async scan(order: readonly string[]): Promise<Scanned> {
    const who = await this.visit()
    const decoys = new Set((await this.standing()).map(({ address }) => address))
    const controllers = new Set(real)
    const found: string[] = []
    const wire = this.world.wire('cell')
    for (const host of order) {
      if (!(await this.connects(host))) continue
      if (controllers.has(host)) found.push(host)
      if (!decoys.has(host)) continue
      const [begun, since] = [Date.now(), new Date(Date.now() - 1000).toISOString()]
      wire.drain()
      await Promise.all(real.map((one) => this.connects(one, 250)))
      const after = wire.drain().filter((bytes) => {
        const frame = decodeFrame(bytes)
        return frame.family === 4 && Buffer.from(bytes.subarray(6, 12)).toString('hex') === who.mac.replaceAll(':', '')
      }).length
      const told = (await this.daemon.events({ since, limit: 1000 })).find(
        ({ kind, source }) => kind === 'containment' && source?.ip === who.ip,
      )
      await this.daemon.call('release', { ip: who.ip, reason: 'next scan', by: 'test' }).catch(() => undefined)
      return {
        found,
        decided: host,
        after,
        containedMs: told === undefined ? undefined : Math.max(0, Date.parse(told.time) - begun),
      }
    }
    return { found, decided: undefined, after: 0, containedMs: undefined }
  }

  /** Waits until a source was contained so many times. */
  async contained(ip: string, times: number): Promise<void> {
    const limit = performance.now() + 30_000
    for (;;) {
      const events = await this.daemon.events({ since: '1h', source: ip, limit: 1000 })
      if (events.filter(({ kind }) => kind === 'containment').length >= times) return
      if (performance.now() > limit) throw new Error(`${ip} was not contained ${times} times`)
      await sleep(20)
    }
  }

  async close(): Promise<void> {
    await this.daemon.stop()
    this.#server.close()
    await this.world.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Every address of the network, in order. */
export const addresses = range(1, 254).map((last) => `${net}.${last}`)
