/** A controller, an operator with a real TCP stack, and an attacker who sends raw segments under an address that no kernel owns. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon, type Daemon } from '../edge-process.ts'
import { createWorld, type World } from '../world/world.ts'
import { Talker } from './cell.ts'
import { RawPeer, type RawPeerOptions, type Station } from './raw-peer.ts'

export const stations = {
  plc: { mac: '02:00:00:00:01:10', ip: '198.18.1.10', ip6: 'fd00:198:18:1::10' },
  liar: { mac: '02:00:00:00:01:11', ip: '198.18.1.11', ip6: 'fd00:198:18:1::11' },
  hmi: { mac: '02:00:00:00:02:70', ip: '198.18.1.70', ip6: 'fd00:198:18:1::70' },
  raw: { mac: '02:00:00:00:02:71', ip: '198.18.1.71', ip6: 'fd00:198:18:1::71' },
} as const

const asset = (name: keyof typeof stations, zone: string) => ({
  ips: [stations[name].ip, stations[name].ip6],
  macs: [stations[name].mac],
  zone,
})

/** @param conduit what the two operators may do at the controller and at the one that says what nobody asked */
export const groundPolicy = (conduit: Record<string, unknown>, vlans: readonly (number | 'untagged')[] = []): string =>
  JSON.stringify({
    version: 1,
    site: 'ground',
    edges: {
      edge: {
        bridge: 'br0',
        ports: Object.fromEntries(
          [
            ['plant', 'office'],
            ['cell', 'line'],
          ].map(([port = '', zone = '']) => [port, { zones: [zone], ...(vlans.length === 0 ? {} : { vlans }) }]),
        ),
      },
    },
    zones: {
      office: { level: 3, networks: ['198.18.1.64/26', 'fd00:198:18:1::40/122'], mode: 'contain' },
      line: { level: 1, networks: ['198.18.1.0/26', 'fd00:198:18:1::/122'], mode: 'contain' },
    },
    assets: {
      hmi: { ...asset('hmi', 'office'), kind: 'hmi' },
      raw: { ...asset('raw', 'office'), kind: 'hmi' },
      plc: { ...asset('plc', 'line'), kind: 'plc', qualified: true },
      liar: { ...asset('liar', 'line'), kind: 'plc', qualified: true },
    },
    conduits: ['hmi', 'raw'].flatMap((from) =>
      ['plc', 'liar'].map((to) => ({ id: `${from}-${to}`, from, to, service: 'modbus', reason: 'test', ...conduit })),
    ),
  })

const hex4 = (value: number) => value.toString(16).padStart(4, '0')
/** MBAP with unit 255 (MODBUS Messaging on TCP/IP, 3.1.3), by transaction. */
export const mbap = (id: number, pdu: string, length = pdu.replaceAll(/\s/g, '').length / 2 + 1): string =>
  `${hex4(id)}0000${hex4(length)}ff${pdu.replaceAll(/\s/g, '')}`
export const readPdu = '03 0064 0002'
/** A permitted command, and the beginning of its answer. */
export const read = (id: number): string => mbap(id, readPdu)
export const readAnswer = (id: number): string => `${hex4(id)}00000007ff0304`
/** The register that no row may change, with what stands in it. */
export const target = { register: 101, before: 65 } as const
/** A forbidden command: another value in the target. */
export const write = (id: number, value = 40): string => mbap(id, `06 ${hex4(target.register)} ${hex4(value)}`)
/** How any answer begins: that it is done, or refused. */
export const answerTo = (id: number): string => `${hex4(id)}0000`
export const refusal = (id: number, code = 6): string => `${hex4(id)}00000003ff${(code | 128).toString(16)}01`

export class Ground implements AsyncDisposable {
  readonly world: World
  daemon: Daemon | undefined
  readonly #programs: Talker[] = []
  readonly #inside: Talker
  #port = 20_000

  private constructor(world: World) {
    this.world = world
    this.#programs.push(new Talker(world, 'plc', 'lab/devices/plc.ts', ['--host', '::']))
    this.#inside = this.start('plc')
  }

  static async build(name: string): Promise<Ground> {
    const host = (who: keyof typeof stations, port: string) => ({
      port,
      mac: stations[who].mac,
      ip4: `${stations[who].ip}/24`,
      ip6: `${stations[who].ip6}/64`,
    })
    const world = await createWorld({
      name,
      ports: ['plant', 'cell'],
      hosts: {
        plc: host('plc', 'cell'),
        liar: host('liar', 'cell'),
        hmi: host('hmi', 'plant'),
        raw: { port: 'plant', mac: stations.raw.mac },
      },
    })
    try {
      for (const who of ['plc', 'liar'])
        for (const address of [stations.raw.ip, stations.raw.ip6])
          await world.exec(who, 'ip', ['neigh', 'replace', address, 'lladdr', stations.raw.mac, 'dev', 'eth0'])
      const ground = new Ground(world)
      await ground.#programs[0]?.line()
      await ground.#inside.ask({ connect: [stations.plc.ip, 502] })
      return ground
    } catch (error) {
      await world.close()
      throw error
    }
  }

  /** A program of ours at a host; ended with the ground. */
  start(host: string, script?: string, args: readonly string[] = []): Talker {
    const talker = new Talker(this.world, host, script, args)
    this.#programs.push(talker)
    return talker
  }

  /** From now on the edge judges by this policy. */
  async enforce(policy: string, env: NodeJS.ProcessEnv = {}): Promise<Daemon> {
    this.daemon = await startDaemon(this.world, { edge: 'edge', policy, env })
    return this.daemon
  }

  /** Another daemon in place of one that ended, with its store and policy. */
  async again(): Promise<Daemon> {
    const { state = '', policyFile = '', socket = '' } = this.daemon ?? {}
    this.daemon = await startDaemon(this.world, { edge: 'edge', state, policyFile, socket })
    return this.daemon
  }

  /** A client of single segments, at a port of its own. */
  peer(options: Partial<RawPeerOptions> = {}, to: keyof typeof stations = 'plc'): RawPeer {
    const socket = this.world.socket('raw')
    socket.drain()
    return new RawPeer({ socket, from: stations.raw, to: stations[to], sport: this.#port++, ...options })
  }

  peer6(options: Partial<RawPeerOptions> = {}): RawPeer {
    const six = ({ mac, ip6 }: (typeof stations)[keyof typeof stations]): Station => ({ mac, ip: ip6 })
    return this.peer({ from: six(stations.raw), to: six(stations.plc), ...options })
  }

  /** What stands in the target, by the controller's own side, which no edge is in the way of. */
  async value(): Promise<number> {
    const answer = await this.#inside.exchange(mbap(1, `03 ${hex4(target.register)} 0001`), 11, 5000)
    if (answer.length < 22) throw new Error(`the controller does not answer itself: ${answer}`)
    return Number.parseInt(answer.slice(18, 22), 16)
  }

  /** Puts the target back, by the same way. */
  async restore(): Promise<void> {
    await this.#inside.exchange(write(2, target.before), 12, 5000)
    if ((await this.value()) !== target.before) throw new Error('the controller does not take its own value')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program.end()
    await this.daemon?.stop()
    await sleep(0)
    await this.world.close()
  }
}
