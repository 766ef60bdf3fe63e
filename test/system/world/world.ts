/**
 * A plant for a test: an edge namespace whose ports are named as in the policy, behind every port a dumb switch, and hosts on
 * it. Frames are sent and seen exactly, by raw sockets of this process; hosts are namespaces, so real programs run there too.
 * Run under scripts/isolate.sh.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { bridgeState, createBridge } from '#linux/bridge.ts'
import { openPacketSocket, type PacketSocket } from '#linux/packet-socket.ts'
import { sysctls, writeSysctl } from '#linux/sysctl.ts'
import { ipBatch } from './ip-batch.ts'
import {
  allNamespaces,
  fieldCommands,
  hostCommands,
  hostDevice,
  namespaces,
  wire,
  wiring,
  type WorldOptions,
} from './layout.ts'

export type { HostOptions, WorldOptions } from './layout.ts'

export class World {
  readonly options: WorldOptions
  /** Namespace of the edge. */
  readonly edge: string
  readonly bridge: string
  readonly #names: ReturnType<typeof namespaces>
  readonly #sockets = new Map<string, PacketSocket>()
  readonly #atClose: (() => void)[] = []

  constructor(options: WorldOptions) {
    this.options = options
    this.#names = namespaces(options)
    this.edge = this.#names.edge
    this.bridge = options.bridge ?? 'br0'
  }

  /** Namespace of a host. */
  namespaceOf(host: string): string {
    return found(this.#names.hosts.get(host), 'host', host)
  }

  /** The wire at a port of the edge: everything that leaves there is received, whomever it is for. */
  wire(port: string): PacketSocket {
    const namespace = found(this.#names.fields.get(port), 'port', port)
    return this.#socket(namespace, wire)
  }

  /** The raw socket of a host's interface. It sees from the moment it is first asked for. */
  socket(host: string): PacketSocket {
    return this.#socket(this.namespaceOf(host), hostDevice)
  }

  /** Puts a frame on the host's wire. It has usually arrived at its end when this returns, see {@link settled}. */
  send(host: string, frame: Uint8Array): void {
    this.socket(host).send(frame)
  }

  /** All frames that arrived at a host since the last call. */
  received(host: string): Uint8Array[] {
    return this.socket(host).drain()
  }

  /** Opens the raw sockets of all hosts, so that none misses what comes before it is first asked. */
  listen(): void {
    for (const host of this.#names.hosts.keys()) this.socket(host)
    for (const port of this.#names.fields.keys()) this.wire(port)
  }

  /** Starts a program at a host (or in the edge, by the name `edge`). Whoever starts it ends it. */
  spawn(host: string, command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    const namespace = host === 'edge' ? this.edge : this.namespaceOf(host)
    return spawn('ip', ['netns', 'exec', namespace, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    })
  }

  /** Runs a program at a host to its end. */
  async exec(
    host: string,
    command: string,
    args: readonly string[] = [],
    { timeoutMs = 20_000 }: { timeoutMs?: number } = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = this.spawn(host, command, args, { timeout: timeoutMs })
    const texts = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.on('data', (bytes: Buffer) => (texts[stream] += String(bytes)))
    const { promise, resolve, reject } = Promise.withResolvers<number | null>()
    child.once('close', resolve)
    child.once('error', reject)
    return { code: await promise, ...texts }
  }

  /** What else ends with this world. */
  atClose(work: () => void): void {
    this.#atClose.push(work)
  }

  /** Takes everything down. Programs still running in a namespace keep it alive until they end. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
    for (const work of this.#atClose.splice(0)) work()
    await ipBatch(allNamespaces(this.#names).map((namespace) => ['netns', 'delete', namespace]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #socket(namespace: string, device: string): PacketSocket {
    const key = `${namespace} ${device}`
    const open = this.#sockets.get(key)
    if (open !== undefined) return open
    const socket = openPacketSocket({ namespace, device, promiscuous: true })
    this.#sockets.set(key, socket)
    return socket
  }
}

const found = (name: string | undefined, what: string, asked: string): string => {
  if (name === undefined) throw new RangeError(`this world has no ${what} "${asked}"`)
  return name
}

/** Interfaces with IPv6 say something whenever they come up; exact tests need silence. */
const silence = (namespace: string): void => {
  for (const scope of ['all', 'default'])
    writeSysctl(`net.ipv6.conf.${scope}.disable_ipv6`, 1, { namespace, optional: true })
}

/** Where br_netfilter is loaded, a new namespace has it on, and every bridge there trims frames to their IP length. */
const plainBridging = (namespace: string): void => {
  for (const name of [sysctls.bridgeCallIptables, sysctls.bridgeCallIp6tables, sysctls.bridgeCallArptables])
    writeSysctl(name, 0, { namespace, optional: true })
}

/** A port forwards once the kernel has noticed its carrier. */
const forwarding = async (bridge: string, namespace: string): Promise<void> => {
  const deadline = performance.now() + 30_000
  for (;;) {
    const state = await bridgeState(bridge, { namespace })
    const waiting = state?.ports.filter((port) => port.state !== 'forwarding').map(({ name }) => name)
    if (waiting?.length === 0) return
    if (performance.now() > deadline)
      throw new Error(`${bridge} does not forward on ${waiting?.join(', ') ?? 'any port'}`)
    await setTimeout(5)
  }
}

/** Builds a world and waits until frames pass. Close it, or dispose of it with `await using`. */
export const createWorld = async (options: WorldOptions): Promise<World> => {
  const world = new World(options)
  const names = namespaces(options)
  const hosts = Object.entries(options.hosts ?? {})
  for (const [host, { port }] of hosts) found(names.fields.get(port), `port for host ${host}:`, port)
  try {
    await ipBatch(wiring(options, names))
    for (const namespace of [names.edge, ...names.fields.values()]) {
      silence(namespace)
      plainBridging(namespace)
    }
    for (const [host, { ip6 }] of hosts) if (ip6 === undefined) silence(world.namespaceOf(host))
    await Promise.all([
      ...[...names.fields].map(([port, namespace]) => ipBatch(fieldCommands(options, port), namespace)),
      ...hosts.map(([host, one]) => ipBatch(hostCommands(one), world.namespaceOf(host))),
    ])
    const { bridge, edge } = world
    if (options.bridged === false)
      await ipBatch([['link', 'set', 'lo', 'up'], ...options.ports.map((port) => ['link', 'set', port, 'up'])], edge)
    else {
      const address = options.address === undefined ? {} : { address: options.address }
      await createBridge({ name: bridge, ports: options.ports, namespace: edge, ...address })
      await forwarding(bridge, edge)
    }
    return world
  } catch (error) {
    await world.close().catch(() => undefined)
    throw error
  }
}
