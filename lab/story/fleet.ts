import { Edges, EdgeDetail } from '#schema/manager-fleet.ts'
import type { Chapter, Stage } from './stage.ts'

/** ms; an edge that dialled in vain some times waits for up to a minute before it dials again */
const patience = 180_000

/** Asks until it holds. */
export const until = async (
  holds: () => Promise<boolean>,
  { limitMs = patience, everyMs = 200 }: { limitMs?: number; everyMs?: number } = {},
): Promise<boolean> => {
  for (const limit = performance.now() + limitMs; performance.now() < limit;) {
    if (await holds().catch(() => false)) return true
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  return false
}

/** Both edges have their lines, nothing waits, and what each enforces is what is wanted of it. */
export const settled = async ({ fabric: { manager } }: Stage): Promise<{ enforced: number; desired: number }> => {
  const { edges } = await manager.ask('/v1/edges', Edges)
  const details = await Promise.all(edges.map(({ id }) => manager.ask(`/v1/edges/${id}`, EdgeDetail)))
  const isThere = details.every(
    ({ connected, waiting, policy, streams }) =>
      connected !== null && waiting === 0 && policy?.state === 'confirmed' && streams.every(({ matches }) => matches),
  )
  if (details.length < 2 || !isThere) throw new Error('not yet')
  const sum = (what: 'enforced' | 'desired') => details.reduce((total, row) => total + row[what], 0)
  return { enforced: sum('enforced'), desired: sum('desired') }
}

const ping = (to: string): readonly string[] => ['nping', '--icmp', '-c', '2', '--delay', '100ms', to]
const answered = (said: string): boolean => /Rcvd: [12] /.test(said)

export const fleet: Chapter = {
  id: 'fleet',
  title: 'What one site learns, the other one knows',
  run: async (stage) => {
    const { plant, edge, ledger, fabric } = stage
    const { dairy } = fabric
    await stage.say(
      'This plant and a dairy in the hills have one manager, outside of both. Each edge dialled it, and enforces what two people there agreed to.',
    )
    await dairy.production
    stage.check(
      await until(async () => (await settled(stage)).enforced >= 0),
      'both edges hold a line to the manager and enforce the policy that was published for them',
    )
    const intruder = plant.host('intruder')
    const visitor = dairy.plant.host('dairy-intruder')
    const vat = dairy.plant.host('plc-vat')
    await stage.say('The dairy lets anybody ping its vat. Somebody outside does, and nobody minds.')
    stage.check(answered((await dairy.plant.run(visitor.name, ping(vat.ip))).stdout), 'the vat answers')
    await stage.say(`The same somebody, ${intruder.ip}, looks for a controller here.`)
    const scan = ['nmap', '-n', '-Pn', '-sS', '-T5', '-p', '102,502', plant.host('plc-pack').ip]
    const { sent, delivered } = await stage.attack(intruder.mac, () => stage.run('intruder', scan))
    stage.check(sent > 0 && delivered === 0, `${delivered} of ${sent} packets reached a cell`)
    const here = await edge.event(({ kind, source }) => kind === 'containment' && source?.ip === intruder.ip)
    const there = await dairy.edge.event(
      ({ kind, source }) => kind === 'containment' && source?.ip === intruder.ip,
      patience,
    )
    if (here !== undefined && there !== undefined)
      ledger.fabric.orderMs = Math.max(0, Date.parse(there.time) - Date.parse(here.first))
    stage.check(
      here !== undefined && there !== undefined,
      there === undefined
        ? 'the dairy was not told'
        : `contained here by the kernel, and at the dairy by order ${ledger.fabric.orderMs} ms later`,
    )
    const after = await stage.attack(visitor.mac, async () => {
      const { stdout } = await dairy.plant.run(visitor.name, ping(vat.ip))
      stage.check(!answered(stdout), 'the vat does not answer it any more')
    })
    ledger.fabric.delivered = delivered + after.delivered
    stage.check(after.sent > 0 && after.delivered === 0, `${after.delivered} of ${after.sent} packets reached the vat`)
    let counts = { enforced: 0, desired: 0 }
    await until(async () => (counts = await settled(stage)).desired > 0)
    ledger.fabric.enforced = counts.enforced
    ledger.fabric.desired = counts.desired
    stage.check(
      counts.desired > 0 && counts.enforced === counts.desired,
      `enforced ${counts.enforced} of ${counts.desired} orders at both sites, by what the kernels say`,
    )
    await stage.pause(1)
  },
}
