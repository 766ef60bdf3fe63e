/** The daemon's part in inspection: keeps the watchdog alive, and turns what inspectors and the kernel kept into events. */
import * as z from 'zod'
import { InspectorReport, type Denied, type QueueState, type WatchdogReport } from '#schema/inspection.ts'
import type { EventDraft } from '#schema/event.ts'
import { readSysctl, sysctls } from '#linux/sysctl.ts'
import { isQueued, rolesOf } from '#policy/nft/inspection.ts'
import { endOf, type Edge } from '../context.ts'
import { durably, record } from '../writing.ts'
import { keys } from '../store/kv.ts'
import { CommandCounts } from './command-counts.ts'
import { askLine } from './lines.ts'
import { placeOf } from './place.ts'
import { askWatchdog, prepareInspection } from './start-watchdog.ts'
import { Uninspected } from './uninspected.ts'

/** Failures remembered as told: more than a watchdog keeps of all its queues. */
const toldLimit = 1024

/** ms that an inspector may take to answer. */
const patienceMs = 1000

/** Newest batch of each inspector that was recorded. */
const TakenDown = z.record(z.string(), z.object({ run: z.string(), upTo: z.number() }))
type TakenDown = z.infer<typeof TakenDown>

/** What an inspection looks like from outside, for `status`. */
interface InspectionState {
  readonly queues: readonly QueueState[]
  readonly reports: readonly InspectorReport[]
  readonly counts: CommandCounts
}

const outcome: Readonly<Record<Denied['action'], string>> = {
  exception: 'The device did not receive it; the client got the refusal of the protocol.',
  neutralise: 'The device received it as a function that it refuses.',
  reset: 'The connection was reset.',
  drop: 'The device did not receive it.',
  log: 'It passed: the conduit is only watched.',
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** One denied command, or several alike, as an event. */
const denialEvent = (edge: Edge, denied: Denied): EventDraft => {
  const { action, conduit, count, detail, from, op, reason, reset, service, to, what } = denied
  const object = what === '' ? '' : ` (${what})`
  const asked = op === undefined ? `sent what is no command of ${service}` : `asked for ${op}${object}`
  const why = detail === '' ? reason : detail
  const how = reset === undefined ? outcome[action] : `The connection was reset, because ${reset}.`
  return {
    kind: action === 'log' ? 'would-deny-command' : 'command-denied',
    by: 'policy',
    conduit,
    reason,
    source: endOf(edge.plan, from),
    destination: endOf(edge.plan, to),
    port: denied.port,
    count,
    first: iso(denied.first),
    last: iso(denied.last),
    text: `${endOf(edge.plan, from).asset ?? from} ${asked} at ${endOf(edge.plan, to).asset ?? to}: ${why}. ${how}`.slice(
      0,
      500,
    ),
    details: { service, ...(op === undefined ? {} : { op }), ...(what === '' ? {} : { what }), action },
  }
}

/** Whether the packets of this edge come to the IP hooks, where the queue is. */
const isReached = ({ plan }: Edge): boolean => plan.kind !== 'bridge' || readSysctl(sysctls.bridgeCallIptables) === '1'

export class InspectionKeeper {
  readonly #uninspected = new Uninspected()
  readonly #counts = new CommandCounts()
  #state: InspectionState = { queues: [], reports: [], counts: this.#counts }
  #takenDown: TakenDown | undefined
  /** Failures that were told, by this daemon or an earlier one. */
  #told: readonly string[] | undefined

  get state(): InspectionState {
    return this.#state
  }

  /** Called every second. */
  async tick(edge: Edge): Promise<void> {
    const needed = rolesOf(edge.plan).length > 0
    const place = placeOf(edge.store.path)
    let watchdog = await askWatchdog(place, 'report')
    if (needed && watchdog === undefined) {
      const ready = await prepareInspection(edge.store.path, edge.plan)
      record(edge, {
        kind: 'degraded',
        text: `The process that watches the inspectors was gone and was started again${ready ? '' : '; they are not ready yet'}.`,
      })
      watchdog = await askWatchdog(place, 'report')
    }
    const reports = watchdog === undefined ? [] : await this.#reports(edge, watchdog)
    this.#counts.take(reports)
    this.#state = { queues: watchdog?.queues ?? [], reports, counts: this.#counts }
    this.#alarms(edge, needed)
    for (const report of reports) this.#takeDown(edge, report)
    this.#failures(edge, watchdog)
    this.#uninspected.tick(edge, watchdog, isReached(edge))
  }

  /** Records what is new in a report, and remembers that it did: an answer that comes late, or to an earlier daemon, is told again. */
  #takeDown(edge: Edge, { role, queue, run, batches }: InspectorReport): void {
    const taken = this.#taken(edge)
    const name = `${role} ${queue}`
    const before = taken[name]?.run === run ? (taken[name]?.upTo ?? 0) : 0
    const fresh = batches.filter(({ number }) => number > before)
    const upTo = fresh.at(-1)?.number
    if (upTo === undefined) return
    for (const { denied, noticed } of fresh)
      record(
        edge,
        ...denied.map((one) => denialEvent(edge, one)),
        ...noticed.map(({ conduit, from, to, text, count }): EventDraft => ({
          kind: 'inspection',
          conduit,
          source: endOf(edge.plan, from),
          destination: endOf(edge.plan, to),
          count,
          text: `${text}.`.slice(0, 500),
        })),
      )
    this.#takenDown = { ...taken, [name]: { run, upTo } }
    durably(edge, () => edge.store.kv.set(keys.inspectorReports, this.#takenDown, { durable: false }))
  }

  #taken(edge: Edge): TakenDown {
    return (this.#takenDown ??= edge.store.kv.get(keys.inspectorReports, TakenDown) ?? {})
  }

  async #reports(edge: Edge, { queues }: WatchdogReport): Promise<InspectorReport[]> {
    const place = placeOf(edge.store.path)
    const taken = this.#taken(edge)
    const answers = await Promise.all(
      queues.map(({ role, queue }) =>
        askLine(place.socket(role, queue), 'report', patienceMs, taken[`${role} ${queue}`]).catch(() => undefined),
      ),
    )
    const parsed = answers.map((answer) => InspectorReport.safeParse(answer))
    const unread = parsed.find(({ success }, index) => !success && answers[index] !== undefined)
    if (unread !== undefined)
      edge.alarms.set(
        'inspection-report',
        `What an inspector told of denied commands could not be read (${unread.error?.issues[0]?.message ?? 'no report'}): they were denied, and their events are lost. This is a fault in Bulkhead; please report it.`,
      )
    return parsed.flatMap(({ success, data }) => (success ? [data] : []))
  }

  #alarms(edge: Edge, needed: boolean): void {
    const { queues, reports } = this.#state
    const failing = queues.filter(({ state }) => state !== 'judging')
    if (needed && (failing.length > 0 || queues.length === 0))
      edge.alarms.set(
        'inspection',
        `Commands are not judged on ${queues.length === 0 ? 'any queue' : failing.map(({ role }) => `the ${role} queue`).join(' and ')}: conduits pass or stop as their on-failure says.`,
      )
    else edge.alarms.delete('inspection')
    if (needed && isQueued(edge.plan) && !isReached(edge))
      edge.alarms.set(
        'inspection-bridge',
        'Packets of the bridge are kept from the IP hooks here (PRP, or another firewall), so commands cannot be judged: conduits pass or stop as their on-failure says.',
      )
    else edge.alarms.delete('inspection-bridge')
    const stale = reports.filter(({ digest }) => digest !== edge.plan.digest)
    if (needed && stale.length > 0)
      edge.alarms.set('inspection-plan', 'An inspector judges by another plan than the one that is enforced.')
    else edge.alarms.delete('inspection-plan')
    const alarm = (name: string, count: 'faults' | 'forgotten' | 'lost', text: string) => {
      const sum = reports.reduce((all, report) => all + report[count], 0)
      if (sum > 0) edge.alarms.set(name, `${sum} ${text}`)
      else edge.alarms.delete(name)
    }
    alarm(
      'inspection-fault',
      'faults',
      'messages could not be read because of a fault in Bulkhead; see inspection/inspector.log in the state directory and report it.',
    )
    alarm(
      'inspection-room',
      'forgotten',
      'conversations whose commands are judged were forgotten, because there were more at once than an inspector keeps; what still comes of them is taken up in its midst. Look for a client that opens connection after connection.',
    )
    alarm(
      'inspection-lost',
      'lost',
      'copies of packets came too fast to be read where commands are only watched: the figures of shadow are too low.',
    )
  }

  /** Failures of inspectors, each told once when it begins; the window itself is told when it is over. */
  #failures(edge: Edge, watchdog: WatchdogReport | undefined): void {
    for (const { queue, role, failures } of watchdog?.queues ?? [])
      for (const { cause, from, resets } of failures) {
        const key = `${queue} ${from}`
        const told = (this.#told ??= edge.store.kv.get(keys.failures, z.array(z.string())) ?? [])
        if (told.includes(key)) continue
        const now = [...told, key].slice(-toldLimit)
        this.#told = now
        record(edge, {
          kind: 'inspection',
          first: iso(from),
          text: `The inspector of the ${role} queue ${cause === 'dead' ? 'ended' : 'did not answer'} and is replaced; ${resets} connection${resets === 1 ? '' : 's'} that carried a refused command ${resets === 1 ? 'was' : 'were'} reset.`,
          details: { queue, cause, resets },
        })
        durably(edge, () => edge.store.kv.set(keys.failures, now))
      }
  }
}
