/** Both ends of a conversation in one of the protocols, in the cell of cell.ts. */
import type { World } from '../world/world.ts'
import { addresses, policyOf } from './cell.ts'
import { Program, type Row } from './program.ts'
import { sides, type Side } from './protocols.ts'

/** A conduit for every protocol, all between the same two, that allows reading. */
export const readingPolicy = (denyAction: 'exception' | 'neutralise'): string => {
  const site: { conduits: Record<string, unknown>[] } = JSON.parse(policyOf({ service: 'modbus' }))
  const [model] = site.conduits
  site.conduits = [...new Set(sides.map(({ service }) => service))].map((service) => {
    const action = service === 'opcua' ? 'exception' : denyAction
    // An OPC UA client asks for endpoints before it opens a session.
    const allow = service === 'opcua' ? ['read', 'discover'] : ['read']
    return { ...model, id: service, service, allow, 'deny-action': action }
  })
  return JSON.stringify(site)
}

/** Ports of the client's connections to the device, as its kernel knows them. */
export const connections = async (world: World, port: number): Promise<string[]> => {
  const { stdout } = await world.exec('hmi', 'ss', ['-tnH', 'state', 'established', 'dport', '=', `:${port}`])
  return stdout.split('\n').flatMap((line) => /198\.18\.1\.70:(\d+)/.exec(line)?.[1] ?? [])
}

/** What the library of the OPC UA server says when a client whose connection ended comes back before anybody looks. */
const comesBack = /Session .* is being transferred from channel/

/** What a device did besides serving: written to, stopped, loaded, restarted, or out of step. */
export const changes = (device: Program): readonly Row[] =>
  device.rows.filter(({ kind, program, running, said }) =>
    kind === 'state'
      ? program !== 1 || running !== true
      : !['listening', 'connection', 'opened', 'closed'].includes(String(kind)) && !comesBack.test(String(said)),
  )

/** A device, and a client that is connected to it. */
export class Pair implements AsyncDisposable {
  readonly side: Side
  readonly device: Program
  readonly client: Program

  private constructor(side: Side, device: Program, client: Program) {
    this.side = side
    this.device = device
    this.client = client
  }

  static async open(world: World, side: Side): Promise<Pair> {
    const device = new Program(world, 'plc', side.device, ['--host', addresses.plc])
    await device.ready()
    const words = ['--host', addresses.plc, ...(side.args ?? [])]
    return new Pair(side, device, new Program(world, 'hmi', side.client, words))
  }

  async setpoint(): Promise<unknown> {
    return this.side.value(await this.client.ask(this.side.read))
  }

  /** Another client of the same device. */
  another(world: World): Program {
    return new Program(world, 'hmi', this.side.client, ['--host', addresses.plc, ...(this.side.args ?? [])])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]()
    await this.device[Symbol.asyncDispose]()
  }
}
