/** An edge with a network of 1,022 addresses behind it: a controller that is polled, an HMI, and decoys on as many addresses as asked. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectIn, listenIn } from '#linux/namespace-sockets.ts'
import type { DecoyList } from '#schema/decoys-control.ts'
import { startDaemon, type Daemon } from '../test/system/edge-process.ts'
import { ipBatch } from '../test/system/world/ip-batch.ts'
import { createWorld, type World } from '../test/system/world/world.ts'

const plc = { ip: '198.18.0.1', mac: '02:00:00:00:00:01' }
const hmi = { ip: '198.18.0.2', mac: '02:00:00:00:00:02' }
/** Who floods; his addresses are those of the flood, in another network on the same wire. */
const intruder = { mac: '02:66:00:00:00:01' }
const sources = 250
const personas = [
  'siemens-s7-1200: 300',
  'siemens-s7-1500: 200',
  'modicon-m340: 150',
  'controllogix-1756: 100',
  'hmi-panel: 50',
  'windows-engineering: 20',
  'moxa-nport: rest',
].join(', ')

const policy = (decoys: boolean): string => `version: 1
site: ground
edges: { edge: { bridge: br0, ports: { plant: { zones: [cell] }, cell: { zones: [cell] } } } }
zones: { cell: { level: 1, networks: [198.18.0.0/22], mode: enforce, intra: deny } }
assets:
  plc: { ips: [${plc.ip}], macs: ['${plc.mac}'], zone: cell, kind: plc }
  hmi: { ips: [${hmi.ip}], macs: ['${hmi.mac}'], zone: cell, kind: hmi }
conduits: [{ id: operate, from: hmi, to: plc, service: tcp/502, reason: polls }]
${
  decoys
    ? `decoys:
  listen-for: 0s
  pools: [{ id: cell, zone: cell, approved: [198.18.0.16-198.18.3.247], personas: { ${personas} }, budget: observe, approved-by: [bench] }]`
    : ''
}
`

export interface Polls {
  readonly roundTrips: readonly number[]
  readonly lost: number
}

/** Bytes that a process has alone, and its part of what it shares. */
export const residentOf = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024

/** Bytes that the kernel uses for itself, in all. */
export const kernelBytes = (): number => {
  const text = readFileSync('/proc/meminfo', 'utf8')
  return ['Slab', 'KernelStack', 'PageTables', 'Percpu', 'VmallocUsed']
    .map((name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024)
    .reduce((sum, bytes) => sum + bytes, 0)
}

export class Ground implements AsyncDisposable {
  readonly world: World
  readonly daemon: Daemon
  readonly #server: Server

  private constructor(world: World, daemon: Daemon, server: Server) {
    this.world = world
    this.daemon = daemon
    this.#server = server
  }

  static async open(decoys: boolean): Promise<Ground> {
    const world = await createWorld({
      name: 'ground',
      ports: ['plant', 'cell'],
      bridged: false,
      hosts: {
        plc: { port: 'cell', mac: plc.mac, ip4: `${plc.ip}/22` },
        hmi: { port: 'plant', mac: hmi.mac, ip4: `${hmi.ip}/22` },
        intruder: { port: 'plant', mac: intruder.mac },
      },
    })
    await ipBatch(
      [
        ...Array.from({ length: sources }, (_, at) => ['address', 'add', `198.19.0.${at + 1}/32`, 'dev', 'eth0']),
        ['route', 'add', '198.18.0.0/22', 'dev', 'eth0', 'src', '198.19.0.1'],
      ],
      world.namespaceOf('intruder'),
    )
    const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket))
    server.listen({ fd: listenIn(world.namespaceOf('plc'), { host: plc.ip, port: 502 }) })
    const daemon = await startDaemon(world, { policy: policy(decoys), edge: 'edge' })
    return new Ground(world, daemon, server)
  }

  async standing(): Promise<DecoyList> {
    const limit = performance.now() + 30_000
    for (;;) {
      const list = await this.daemon.call('decoys', {}).catch(() => undefined)
      if (list !== undefined && list.host.state === 'running' && list.decoys.length > 0) return list
      if (performance.now() > limit) throw new Error(`no decoys stand: ${this.daemon.log()}`)
      await sleep(100)
    }
  }

  /** Polls the controller 50 times a second over one connection until told to stop; what takes over 3 s is lost. */
  async poll(until: { readonly over: boolean }): Promise<Polls> {
    const socket = await connectIn(this.world.namespaceOf('hmi'), { host: plc.ip, port: 502 })
    socket.setNoDelay(true)
    const roundTrips: number[] = []
    let lost = 0
    while (!until.over) {
      const begun = performance.now()
      socket.write('poll')
      const answered = await Promise.race([
        new Promise<boolean>((resolve) => socket.once('data', () => resolve(true))),
        sleep(3000).then(() => false),
      ])
      if (answered) roundTrips.push(performance.now() - begun)
      else lost++
      await sleep(20)
    }
    socket.destroy()
    return { roundTrips, lost }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.stop()
    this.#server.close()
    await this.world.close()
  }
}
