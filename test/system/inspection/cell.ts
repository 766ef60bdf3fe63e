/** A cell with one controller and one operator, an edge between them that judges commands, and a talker on each side. */
import { startDaemon, type Daemon, type DaemonOptions } from '../edge-process.ts'
import { Program } from '../world/program.ts'
import { createWorld, type World } from '../world/world.ts'

export const addresses = { plc: '198.18.1.10', hmi: '198.18.1.70' } as const
export const macs = { plc: '02:00:00:00:01:10', hmi: '02:00:00:00:02:70' } as const

/** @param conduit JSON fields of the one conduit from `hmi` to `plc` */
export const policyOf = (conduit: Record<string, unknown>, mode = 'contain'): string =>
  JSON.stringify({
    version: 1,
    site: 'cell',
    edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
    zones: {
      office: { level: 3, networks: ['198.18.1.64/26'], mode },
      line: { level: 1, networks: ['198.18.1.0/26'], mode },
    },
    assets: {
      hmi: { ips: [addresses.hmi], macs: [macs.hmi], zone: 'office', kind: 'hmi' },
      plc: { ips: [addresses.plc], macs: [macs.plc], zone: 'line', kind: 'plc', qualified: true },
    },
    conduits: [{ id: 'operate', from: 'hmi', to: 'plc', reason: 'test', ...conduit }],
  })

/** A program at a host; unless another script is named, one end of a TCP connection that does what it is told. */
export class Talker extends Program {
  constructor(world: World, host: string, script = 'test/system/inspection/talker.ts', args: readonly string[] = []) {
    super(world, host, script, args)
  }

  /** Sends bytes and gives what comes back. */
  async exchange(hex: string, count: number, within = 1000): Promise<string> {
    await this.ask({ send: hex.replaceAll(/\s/g, '') })
    const { data = '', ended } = await this.ask({ receive: count, within })
    return [data, ended].filter((part) => typeof part === 'string' && part !== '').join(' ')
  }
}

export class Cell implements AsyncDisposable {
  readonly world: World
  readonly daemon: Daemon
  readonly #programs: Talker[] = []

  private constructor(world: World, daemon: Daemon) {
    this.world = world
    this.daemon = daemon
  }

  static async build(name: string, options: Omit<DaemonOptions, 'edge'>): Promise<Cell> {
    const world = await createWorld({
      name,
      ports: ['plant', 'cell'],
      hosts: {
        plc: { port: 'cell', mac: macs.plc, ip4: `${addresses.plc}/24` },
        hmi: { port: 'plant', mac: macs.hmi, ip4: `${addresses.hmi}/24` },
      },
    })
    try {
      return new Cell(world, await startDaemon(world, { edge: 'edge', ...options }))
    } catch (error) {
      await world.close()
      throw error
    }
  }

  /** A program of ours at a host; ended with the cell. */
  start(host: 'plc' | 'hmi', script?: string, args: readonly string[] = []): Talker {
    const talker = new Talker(this.world, host, script, args)
    this.#programs.push(talker)
    return talker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program.end()
    await this.daemon.stop()
    // What outlives the daemon on purpose ends with the namespace of the test.
    await this.world.close()
  }
}
