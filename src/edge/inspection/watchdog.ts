/**
 * The small process outside all inspectors: it starts them, sends heartbeats through their queues, and takes the queue of one that hangs
 * away, so that its traffic goes on as the policy says. It needs no daemon, and outlives it.
 *   node watchdog.ts --folder /var/lib/bulkhead/x/inspection --driver iptables-nft --queues 1
 */
import { parseArgs } from 'node:util'
import { messageOf } from '#core/errors.ts'
import { keepCompiled } from '#schema/compiled.ts'
import { Injector } from '#linux/injector.ts'
import { Nft } from '#linux/nftables.ts'
import { rolesOf } from '#policy/nft/inspection.ts'
import { familyOfPlan, table } from '#policy/nft/names.ts'
import { runEarly } from '#linux/process.ts'
import type { Plan } from '#policy/plan.ts'
import type { InspectorRole, WatchdogReport } from '#schema/inspection.ts'
import { setQueues, type Queues } from '../kernel/queues.ts'
import { serveLines } from './lines.ts'
import { placeAt, queueBase, readPlan } from './place.ts'
import { WatchedQueue } from './watched-queue.ts'

const tickMs = 20
/** ms after which a watchdog that has nothing to watch goes. */
const idleMs = 10_000
const started = Date.now()

const main = (): void => {
  const { values } = parseArgs({
    options: { folder: { type: 'string' }, driver: { type: 'string' }, queues: { type: 'string' } },
  })
  const driver = values.driver === 'nft' ? 'nft' : 'iptables-nft'
  const perRole = Math.max(1, Math.min(16, Number(values.queues ?? 1)))
  const place = placeAt(values.folder ?? '')
  const nft = Nft.open()
  const injector = new Injector()
  const queues = new Map<string, WatchedQueue>()
  let plan: Plan | undefined
  let told = ''
  runEarly(20)
  // Its log is a file: a full disk is no reason to stop watching.
  process.stderr.on('error', () => undefined)

  /** Says in the kernel which failure it is: what passes uninspected is counted and stopped by that. */
  const mark = (): void => {
    if (plan === undefined) return
    const element = `element ${familyOfPlan(plan)} ${table} hung { ether }\n`
    const hung = [...queues.values()].some((queue) => queue.hung)
    // What is not there cannot be deleted; in one transaction nobody ever sees it.
    nft.run(hung ? `add ${element}` : `add ${element}delete ${element}`)
  }
  /** Queues through which heartbeats go. */
  let armed: ReadonlySet<number> = new Set()
  /** Rules for the queues that can be trusted; heartbeats go to all. */
  const arm = (): void => {
    if ([...queues.values()].some(({ asking }) => asking)) return
    const trusted = (role: 'open' | 'closed'): Queues[] => {
      const numbers = [...queues.values()].filter(({ options, trusted: is }) => options.role === role && is)
      if (numbers.length === 0) return []
      // Shared out among all or, while one of them fails, sent to the first that does not.
      const all = numbers.length === perRole
      return [{ role, first: Math.min(...numbers.map(({ options }) => options.queue)), count: all ? perRole : 1 }]
    }
    const beats = [...queues.values()].flatMap(({ options }) => (options.role === 'watch' ? [] : [options.queue]))
    const wanted = [...trusted('open'), ...trusted('closed')]
    const text = JSON.stringify([wanted, beats])
    mark()
    if (text === told) return
    try {
      setQueues(driver, wanted, beats)
      told = text
      armed = new Set(beats)
    } catch (error) {
      process.stderr.write(`${messageOf(error)}\n`)
    }
  }

  const load = (): object => {
    plan = readPlan(place)
    const roles: readonly InspectorRole[] = plan === undefined ? [] : rolesOf(plan)
    const wanted = new Map(
      roles.flatMap((role) =>
        Array.from({ length: role === 'watch' ? 1 : perRole }, (_, index) => {
          const queue = queueBase[role] + index
          const key: string = `${role} ${queue}`
          return [key, { role, queue }] as const
        }),
      ),
    )
    for (const [key, queue] of queues)
      if (!wanted.has(key)) {
        queues.delete(key)
        queue.stop()
      }
    for (const [key, { role, queue }] of wanted) {
      if (queues.has(key)) continue
      const watched = new WatchedQueue({
        role,
        queue,
        place,
        kind: plan?.kind ?? 'bridge',
        injector,
        beside: wanted.size,
      })
      queues.set(key, watched)
      void watched.begin()
    }
    arm()
    return report()
  }
  const report = (): WatchdogReport => ({
    report: 'watchdog',
    started,
    pid: process.pid,
    queues: [...queues.values()].map((queue) => queue.report()),
  })
  serveLines(place.watchdog, { load, report })
  load()
  keepCompiled()

  let last = performance.now()
  let busyAt = last
  const tick = (): void => {
    const now = performance.now()
    const late = now - last > 2.5 * tickMs
    last = now
    if (queues.size > 0) busyAt = now
    else if (now - busyAt > idleMs) process.exit(0)
    let changed = false
    for (const queue of queues.values()) changed = queue.tick(now, late, armed.has(queue.options.queue)) || changed
    if (changed) arm()
  }
  setInterval(tick, tickMs)
  process.on('SIGTERM', () => {
    for (const queue of queues.values()) queue.stop()
    queues.clear()
    arm()
    process.exit(0)
  })
}

main()
