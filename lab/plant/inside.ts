/**
 * The plant's own process, the first one of its namespaces: when it ends, everything in them ends. Started by enter.ts, to
 * which it speaks over the channel; without the channel there is nobody to be here for.
 */
import { Fault } from '#core/errors.ts'
import { Ledger } from '../story/ledger.ts'
import { tellStory } from '../story/story.ts'
import { laptops } from '../story/attackers.ts'
import type { Message, Tell } from '../messages.ts'
import { LabEdge } from './edge.ts'
import { ManagerLine } from '../fabric/line.ts'
import { bottling, dairy, edgeDevices } from './hosts.ts'
import { writeOperators } from './operators.ts'
import { buildPlant } from './plant.ts'
import { Production } from './production.ts'
import { Witness } from './witness.ts'

const end = (code: number): never => process.exit(code)
process.on('disconnect', () => end(0))
if (!process.connected) end(2)

const tell: Tell = (message: Message) => {
  if (process.connected) process.send?.(message, undefined, {}, () => {})
}
const fail = (error: unknown): void => {
  const fault =
    error instanceof Fault ? error : new Fault('internal', error instanceof Error ? error.message : String(error))
  if (process.env['BULKHEAD_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  tell({ type: 'fault', code: fault.code, what: fault.message, advice: fault.advice, details: fault.details })
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

const speed = Number(process.argv[2] ?? 1)
const begin = performance.now()
const ledger = new Ledger()

const every = (ms: number, act: () => Promise<void> | void): void => {
  const turn = async () => {
    await act()
    setTimeout(() => void turn(), ms)
  }
  void turn()
}

tell({ type: 'step', text: 'wiring the plant' })
// Its database takes a few seconds: nothing else waits for it.
const manager = new ManagerLine(tell)
const managed = manager.want('up')
managed.catch(fail)
const [plant, hills] = await Promise.all([buildPlant(bottling), buildPlant(dairy)])
ledger.start.plantMs = performance.now() - begin
const macs = [...[...plant.hosts, ...hills.hosts].map(({ mac }) => mac), ...laptops.map(({ mac }) => mac)]
const witness = new Witness(macs, [...edgeDevices(plant.site, bottling), ...edgeDevices(hills.site, dairy)])
const edge = new LabEdge(plant, (event) => tell({ type: 'event', event }))
const dairyEdge = new LabEdge(hills, () => undefined)
tell({ type: 'step', text: 'starting controllers and the edge' })
await writeOperators()
const [devices] = await Promise.all([Production.serve(plant), edge.start()])
ledger.start.enforcingMs = performance.now() - begin
tell({
  type: 'up',
  site: plant.site.site,
  timezone: plant.site.timezone,
  machines: [...plant.hosts, ...hills.hosts].map(({ name, port, ip }) => ({
    name,
    port,
    ips: name === 'laptop' ? [ip, ...laptops.map((laptop) => laptop.ip)] : [ip],
  })),
})
const production = Production.poll(plant)
const startDairy = async (): Promise<Production> => {
  await Promise.all([Production.serve(hills), dairyEdge.start()])
  return Production.poll(hills)
}
const dairyProduction = startDairy()
dairyProduction.catch(fail)
// Enrolled while they enforce, as an edge that has been in the wire for long would be.
const enrol = async (): Promise<void> => {
  const { tokens } = await managed
  await edge.enrol(tokens[bottling.edge] ?? '')
  await dairyProduction
  await dairyEdge.enrol(tokens[dairy.edge] ?? '')
}
enrol().catch(fail)
const fabric = { manager, dairy: { plant: hills, edge: dairyEdge, production: dairyProduction } }
every(500, async () => {
  tell({ type: 'polls', rows: production.rows })
  tell({ type: 'status', status: await edge.status().catch(() => null) })
})
await tellStory({ fabric, plant, edge, devices, production, witness, ledger, tell, speed })
tell({ type: 'figures', figures: ledger.figures(plant.site.site, bottling.edge, await production.totals()) })
