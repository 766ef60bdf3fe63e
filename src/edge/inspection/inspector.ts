/**
 * The process that judges the packets of one queue:
 *   node inspector.ts --role open --queue 100 --folder /var/lib/bulkhead/x/inspection --kind bridge --beside 1
 * It needs no daemon: it reads its plan from the folder, and goes on with it when the daemon is gone.
 */
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { keepCompiled } from '#schema/compiled.ts'
import { Inspector } from '#inspect/inspector.ts'
import { PacketSource } from '#inspect/packet-source.ts'
import { Program } from '#inspect/program.ts'
import { Injector } from '#linux/injector.ts'
import { openNflog } from '#linux/nflog.ts'
import { Nfqueue } from '#linux/nfqueue.ts'
import { runEarly } from '#linux/process.ts'
import type { Plan } from '#policy/plan.ts'
import { marks, riskIn } from '#policy/nft/inspection.ts'
import { watchGroup } from '#policy/nft/names.ts'
import type { InspectorReport, InspectorRole } from '#schema/inspection.ts'
import { Alertness } from './alertness.ts'
import { serveLines } from './lines.ts'
import { Latency } from './latency.ts'
import { Ledger } from './ledger.ts'
import { placeAt, readPlan, type Place } from './place.ts'
import { Tally } from './tally.ts'

/** Packets the kernel keeps for a verdict: few, so that a queue that stands still is noticed by whoever waits. */
const queueLength = 256
/** ms that the loop waits for a packet before it looks at anything else: more than between two heartbeats, which wake it anyway. */
const waitMs = 25
/** ms between two turns of the event loop while packets come. */
const turnMs = 20
/** NF_INET_LOCAL_OUT: heartbeats. */
const localOut = 3

/** Before there is a plan, nothing is known of any conversation. */
const nothing = {
  conduits: [],
  exact: [],
  ranges: [],
  denies: [],
  zones: [],
  windows: [],
  timezone: 'UTC',
  qualified: [],
}

interface Settings {
  readonly role: InspectorRole
  readonly queue: number
  readonly place: Place
  readonly kind: Plan['kind']
  /** Inspectors on this machine, this one included. */
  readonly beside: number
}

const roleOf = (text: string | undefined): InspectorRole => {
  if (text === 'open' || text === 'closed' || text === 'watch') return text
  throw new Error(`An inspector has the role open, closed or watch, not ${text ?? 'none'}.`)
}

const settings = (): Settings => {
  const { values } = parseArgs({
    options: {
      role: { type: 'string' },
      queue: { type: 'string' },
      folder: { type: 'string' },
      kind: { type: 'string' },
      beside: { type: 'string' },
    },
  })
  return {
    role: roleOf(values.role),
    queue: Number(values.queue),
    place: placeAt(values.folder ?? ''),
    kind: values.kind === 'routed' ? 'routed' : 'bridge',
    beside: Number(values.beside ?? 1),
  }
}

/** The inspector of this process with what it tells, and the socket on which it is asked. */
class Post {
  readonly settings: Settings
  readonly run = randomUUID()
  readonly tally = new Tally()
  readonly latency = new Latency()
  readonly ledger: Ledger
  readonly source = new PacketSource()
  readonly inspector: Inspector
  #plan: Plan | undefined
  #swept = Date.now()
  /** Packets that came by without being seen: only where copies are watched. */
  lost = 0

  constructor(given: Settings) {
    this.settings = given
    const { place, queue, role } = given
    // What fails open goes on unjudged in any case.
    this.ledger = new Ledger(place.ledger(queue), role === 'closed' ? 'unfinished' : 'translated')
    this.ledger.clear()
    this.#plan = readPlan(place)
    this.inspector = new Inspector(new Program(this.#plan ?? nothing), this.tally, {
      passive: role === 'watch',
      checksums: role !== 'watch',
    })
    this.source.closed = role === 'closed'
    serveLines(place.socket(role, queue), { load: () => this.#load(), report: (words) => this.#report(words) })
  }

  /** To be called now and then: forgets conversations that are over. */
  housekeep(now: number): void {
    if (now - this.#swept < 60_000) return
    this.#swept = now
    this.inspector.flows.sweep(now, 3_600_000)
    this.ledger.sweep()
  }

  #load(): object {
    this.#plan = readPlan(this.settings.place)
    if (this.#plan !== undefined) this.inspector.replace(new Program(this.#plan))
    return { loaded: this.#plan?.digest ?? '' }
  }

  #report({ run, upTo }: { readonly run?: unknown; readonly upTo?: unknown }): InspectorReport {
    const { inspector, tally, settings: given } = this
    let unsynchronised = 0
    for (const { sides } of inspector.flows)
      if (sides.some(({ sync }) => sync === 'searching' || sync === 'lost')) unsynchronised++
    return {
      report: 'state',
      run: this.run,
      role: given.role,
      queue: given.queue,
      pid: process.pid,
      digest: this.#plan?.digest ?? '',
      flows: inspector.flows.size,
      translated: this.ledger.count,
      unsynchronised,
      forgotten: inspector.flows.forgotten,
      lost: this.lost,
      faults: tally.faults,
      counts: Object.fromEntries([...inspector.counts].map(([id, counts]) => [id, Object.assign({}, counts)])),
      latency: this.latency.toJSON(),
      batches: [...tally.untold(run === this.run && typeof upTo === 'number' ? upTo : 0)],
    }
  }
}

/** Judges what the kernel queues, one packet after the other. */
const judgeQueue = (post: Post): void => {
  const { inspector, ledger, latency, source, tally } = post
  const { queue: number, role, kind, beside } = post.settings
  // With a CPU of its own it waits awake for what follows: a poll and its answer come close together, and waking up takes longer than
  // judging.
  const awakeMs = availableParallelism() > beside ? 0.06 : 0
  const queue = new Nfqueue({ queue: number, maxLength: queueLength, failOpen: role === 'open', awakeMs })
  queue.waitAtMost(waitMs)
  const alertness = new Alertness()
  const injector = new Injector()

  /** Packets that may pass, told to the kernel together: one call for many. */
  let accepted = 0
  let lastAccepted = 0
  const accept = (): void => {
    accepted++
    lastAccepted = queue.id
  }
  const flush = (): void => {
    if (accepted === 1) queue.accept(marks.judged, lastAccepted)
    else if (accepted > 1) queue.acceptAll(marks.judged, lastAccepted)
    accepted = 0
  }

  const judge = (arrived: number, isAlone: boolean): void => {
    const flow = inspector.packet(queue.bytes, queue.from, queue.to, source)
    const { output } = inspector
    if (output.verdict === 'accept') {
      accept()
      // Nobody waits with it: what is kept of it can wait until it is on its way.
      if (isAlone) flush()
    } else {
      flush()
      if (output.verdict === 'drop') queue.drop()
      else queue.replace(output.bytes, output.length, marks.judged)
    }
    if (output.injections.length > 0) flush()
    for (const injection of output.injections) injector.send(kind, injection)
    if (flow === undefined) return
    ledger.keep(flow)
    const [first] = flow.terms.rules
    if (first !== undefined) latency.add(first.conduit.id, (performance.now() - arrived) * 1000)
  }

  const turn = (): void => {
    const until = performance.now() + turnMs
    for (;;) {
      const count = queue.receive()
      const arrived = performance.now()
      source.now = tally.now = Date.now()
      let beats = 0
      for (let slot = 0; slot < count; slot++) {
        if (!queue.read(slot)) continue
        if (queue.hook === localOut) {
          beats++
          accept()
        } else {
          source.vlan = queue.mark & 0xffff
          source.riskBelow = riskIn(queue.mark)
          source.device = queue.device
          source.macHigh = queue.macHigh
          source.macLow = queue.macLow
          judge(arrived, count === 1)
        }
      }
      flush()
      // Nothing follows a heartbeat.
      if (beats === count) queue.sleep()
      alertness.judged(count, arrived)
      if (count === 0 || arrived > until) break
    }
    post.housekeep(source.now)
    setImmediate(turn)
  }
  setImmediate(turn)
}

/** Judges copies of what is only watched. */
const watchCopies = (post: Post): void => {
  const { inspector, source, tally } = post
  openNflog({
    group: watchGroup,
    copyBytes: 0xffff,
    onRecord: ({ mark, payload }) => {
      source.now = tally.now = Date.now()
      source.vlan = mark & 0xffff
      source.riskBelow = riskIn(mark)
      inspector.packet(payload, 0, payload.length, source)
      post.housekeep(source.now)
    },
    onOverflow: (lost) => (post.lost += Math.max(1, lost)),
  })
}

const post = new Post(settings())
process.on('SIGTERM', () => process.exit(0))
// It outlives the watchdog, which reads what it says.
process.stderr.on('error', () => undefined)
// Before anything waits for it.
keepCompiled()
if (post.settings.role === 'watch') watchCopies(post)
else {
  runEarly(10)
  judgeQueue(post)
}
