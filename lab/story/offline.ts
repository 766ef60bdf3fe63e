import type { LabEdge } from '../plant/edge.ts'
import { settled, until } from './fleet.ts'
import type { Chapter, Stage } from './stage.ts'

/** An edge that dialled in vain some times waits before it dials again: the story goes on meanwhile, and nobody asks more often than that. */
const returned = async (stage: Stage): Promise<boolean> => {
  const { ledger, edge, fabric } = stage
  const begun = performance.now()
  const isBack = async (one: LabEdge) => (await one.status()).manager?.connected === true
  const back =
    (await until(async () => (await isBack(edge)) && (await isBack(fabric.dairy.edge)), { everyMs: 1000 })) &&
    (await until(async () => (await settled(stage)).enforced >= 0, { everyMs: 500 }))
  ledger.fabric.caughtUpMs = performance.now() - begun
  return back
}

export const offline: Chapter = {
  id: 'offline',
  title: 'The manager is gone',
  run: async (stage) => {
    const { ledger, fabric } = stage
    const { dairy, manager } = fabric
    await stage.say('Somebody pulls the plug of the manager. Edges decide alone: nothing at a site depends on it.')
    const from = performance.now()
    await manager.want('down')
    stage.check(
      await until(async () => (await dairy.edge.status()).manager?.connected === false),
      'the edge of the dairy says that its manager is away',
    )
    const laptop = dairy.plant.host('dairy-laptop')
    const scan = ['nmap', '-n', '-Pn', '-sS', '-T5', '-p', '102,502', dairy.plant.host('plc-vat').ip]
    await stage.say('A rogue laptop uses the hour and scans the vat.')
    const { sent, delivered } = await stage.attack(laptop.mac, () => dairy.plant.run(laptop.name, scan))
    stage.check(sent > 0 && delivered === 0, `${delivered} of ${sent} packets reached the vat`)
    const event = await dairy.edge.event(({ kind, source }) => kind === 'containment' && source?.ip === laptop.ip)
    stage.check(event !== undefined, 'the edge contained it on its own')
    await stage.say('Somebody plugs it in again. Both edges will find it; nobody waits for that.')
    const { ms } = await manager.want('up')
    ledger.fabric.downMs = performance.now() - from
    ledger.fabric.backMs = ms
    fabric.return = returned(stage)
    await stage.pause(1)
  },
}
