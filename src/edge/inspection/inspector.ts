/**
 * The process that judges the packets of one queue:
 *   node inspector.ts --role open --queue 100 --folder /var/lib/bulkhead/x/inspection --kind bridge
 * It needs no daemon: it reads its plan from the folder, and goes on with it when the daemon is gone.
 */
import { setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { Inspector } from '#inspect/inspector.ts'
import { PacketSource } from '#inspect/packet-source.ts'
import { Program } from '#inspect/program.ts'
import { Injector } from '#linux/injector.ts'
import { Nfqueue } from '#linux/nfqueue.ts'
import type { Plan } from '#policy/plan.ts'
import { marks } from '#policy/nft/inspection.ts'
import { InspectorRole, type InspectorReport } from '#schema/inspection.ts'
import { serveLines } from './lines.ts'
import { Latency } from './latency.ts'
import { Ledger } from './ledger.ts'
import { placeOf, readPlan } from './place.ts'
import { Tally } from './tally.ts'

/** Packets the kernel keeps for a verdict: few, so that a queue that stands still is noticed by whoever waits. */
const queueLength = 256
/** ms that the loop waits for a packet before it looks at anything else. */
const waitMs = 10
/** ms between two turns of the event loop while packets come. */
const turnMs = 20
/** NF_INET_LOCAL_OUT: heartbeats. */
const localOut = 3

const emptyPlan = { conduits: [], exact: [], ranges: [], zones: [], windows: [], digest: '', qualified: [] }

const main = (): void => {
  const { values } = parseArgs({
    options: {
      role: { type: 'string' },
      queue: { type: 'string' },
      folder: { type: 'string' },
      kind: { type: 'string' },
    },
  })
  const role = InspectorRole.parse(values.role)
  const queueNumber = Number(values.queue)
  const place = placeOf(join(values.folder ?? '', '..', 'edge.db'))
  const isBridge = values.kind === 'bridge'
  const queue = new Nfqueue({ queue: queueNumber, maxLength: queueLength, failOpen: role === 'open' })
  queue.waitAtMost(waitMs)
  try {
    setPriority(-20)
  } catch {
    // Without the privilege it is as fast as others let it be.
  }
  const injector = new Injector()
  const ledger = new Ledger(place.ledger(queueNumber))
  ledger.clear()
  const tally = new Tally()
  const latency = new Latency()
  let plan: Plan | undefined = readPlan(place)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a plan without conduits, before there is one
  const inspector = new Inspector(new Program(plan ?? (emptyPlan as unknown as Plan)), tally)
  const source = new PacketSource()
  source.closed = role === 'closed'

  const report = (): InspectorReport => {
    let unsynchronised = 0
    for (const { sides } of inspector.flows)
      if (sides.some(({ sync }) => sync === 'searching' || sync === 'lost')) unsynchronised++
    return {
      report: 'state',
      role,
      queue: queueNumber,
      pid: process.pid,
      digest: plan?.digest ?? '',
      flows: inspector.flows.size,
      translated: ledger.count,
      unsynchronised,
      noRoom: inspector.noRoom,
      faults: tally.faults,
      memory: process.memoryUsage.rss(),
      counts: Object.fromEntries([...inspector.counts].map(([id, counts]) => [id, { ...counts }])),
      latency: latency.toJSON(),
      ...tally.take(),
    }
  }
  const lines = serveLines(place.socket(role, queueNumber), {
    load: () => {
      plan = readPlan(place)
      if (plan !== undefined) inspector.replace(new Program(plan))
      return { loaded: plan?.digest ?? '' }
    },
    report,
  })

  const judge = (arrived: number): void => {
    const flow = inspector.packet(queue.bytes, queue.from, queue.to, source)
    const { output } = inspector
    if (output.verdict === 'accept') queue.accept(marks.judged)
    else if (output.verdict === 'drop') queue.drop()
    else queue.replace(output.bytes, output.length, marks.judged)
    for (const injection of output.injections)
      if (!isBridge || !injector.bridge(injection.bytes, injection)) injector.route(injection.bytes)
    if (flow === undefined) return
    if (flow.touched) ledger.keep(flow)
    const [first] = flow.terms.rules
    if (first !== undefined) latency.add(first.conduit.id, (performance.now() - arrived) * 1000)
  }

  let swept = Date.now()
  const turn = (): void => {
    const until = performance.now() + turnMs
    for (;;) {
      const count = queue.receive()
      const arrived = performance.now()
      source.now = tally.now = Date.now()
      for (let slot = 0; slot < count; slot++) {
        if (!queue.read(slot)) continue
        if (queue.hook === localOut) queue.accept(0)
        else {
          source.vlan = queue.mark & 0xffff
          source.device = queue.device
          source.macHigh = queue.macHigh
          source.macLow = queue.macLow
          judge(arrived)
        }
      }
      if (count === 0 || arrived > until) break
    }
    if (source.now - swept > 60_000) {
      swept = source.now
      inspector.flows.sweep(source.now, 3_600_000)
    }
    setImmediate(turn)
  }
  process.on('SIGTERM', () => {
    lines.close()
    process.exit(0)
  })
  setImmediate(turn)
}

main()
