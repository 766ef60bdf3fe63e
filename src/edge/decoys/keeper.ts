/** The daemon's part in decoys: lets them stand when the plan has some, and turns what they see into events and containments. */
import { join } from 'node:path'
import type { HostReport } from '#schema/decoy-host.ts'
import type { RequestOf } from '#schema/control.ts'
import type { DecoyList, DecoySession, RecordedSession, ReturnReport, ShuffleReport } from '#schema/decoys-control.ts'
import { Fault } from '#core/errors.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import { removeHub } from '#linux/station.ts'
import { portNamed, steadyNow, type Edge } from '../context.ts'
import { record } from '../writing.ts'
import { aggregate } from '../store/aggregate.ts'
import type { StoredEvent } from '../store/events.ts'
import type { Claim } from './claims.ts'
import { Contacts } from './contacts.ts'
import { clearNeighbours } from './deceive.ts'
import { hubOf } from './hub.ts'
import { HostKeeper } from './host-keeper.ts'
import { listOf, statusOf } from './list.ts'
import { Logins, type PasswordVerifier } from './logins.ts'
import { darkEvent, escapeEvent } from './record-events.ts'
import type { DecoyRecord } from './records.ts'
import { Reports } from './reports.ts'
import { returnedText } from './returning.ts'
import { movementDue, movementText, refuseHaste } from './schedule.ts'
import { decoyFolder, siteSeed } from './seed.ts'
import { sessionsIn, type Sessions } from './sessions.ts'
import { Standing, type StandingParts } from './standing.ts'

export interface DecoyParts extends StandingParts {
  /** Program of the host; the one that is shipped when absent. */
  readonly script?: string
  /** Nothing where the plan has none, or it cannot be made now. */
  readonly verifier?: (plan: PlanDecoys, edge: Edge) => PasswordVerifier | undefined
}

/** ms before a placement that the kernel refused is tried again. */
const retryMs = 30_000
/** ms before a verifier is tried again that could not be made: its files may be there by then. */
const verifierMs = 10_000
/** What is wrong with decoys, as long as they stand. */
const alarmsOfDecoys = [
  'decoy-host',
  'decoy-verifier',
  'decoy-report',
  'decoy-meant',
  'decoy-named',
  'decoy-contain',
  'decoy-sessions',
] as const
/** Claims that wait at most; the kernel holds every address that was claimed in any case. */
const claimsWaiting = 4096

/** Events after which decoys may move. */
const causeOf: Readonly<Record<string, string>> = {
  'decoy-contact': 'contact',
  'decoy-login': 'login',
  scan: 'scan',
  containment: 'containment',
}

interface Running {
  readonly edge: Edge
  readonly standing: Standing
  readonly host: HostKeeper
  readonly logins: Logins
  readonly reports: Reports
  /** The plan as it was, to see when it is another. */
  plan: string
  verifier: PasswordVerifier | undefined
}

export class DecoyKeeper {
  readonly #parts: DecoyParts
  readonly #contacts = new Contacts()
  readonly #told = aggregate({ capacity: 1024 })
  readonly #causes = new Map<string, number>()
  readonly #claims = new Map<string, Claim>()
  #running: Running | undefined
  #sessions: Sessions | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #retryAt = -Infinity
  #verifierAt = -Infinity
  /** Why decoys do not stand, until it is tried again. */
  #failure: unknown
  #cleared = false

  constructor(parts: DecoyParts) {
    this.#parts = parts
  }

  /** Called every second. */
  tick(edge: Edge): Promise<void> {
    return this.#inTurn(async () => {
      const plan = edge.plan.decoys
      if (plan === undefined || plan.pools.length === 0) return await this.#end(edge)
      if (performance.now() < this.#retryAt) throw this.#failure
      try {
        await this.#keep(edge, plan)
      } catch (error) {
        this.#retryAt = performance.now() + retryMs
        this.#failure = error
        await this.#end(edge)
        throw error
      }
    })
  }

  /** What the kernel saw: an address claimed, a decoy that speaks first, somebody who asks for nobody. */
  takeRecord(edge: Edge, said: DecoyRecord): void {
    if (said.is === 'claim') {
      const { address, how, mac, device } = said
      return this.#claim({ address, how, mac, ...(device !== undefined && { port: portNamed(edge.plan, device) }) })
    }
    const draft = said.is === 'escape' ? escapeEvent(said) : darkEvent(edge, said)
    record(edge, ...this.#told.add(draft, performance.now(), Date.now()))
  }

  /** What the host says. */
  takeReport(report: HostReport): void {
    this.#running?.reports.take(report)
  }

  shuffle(edge: Edge, request: RequestOf<'decoys-shuffle'>): Promise<ShuffleReport> {
    return this.#inTurn(async () => {
      const { standing } = this.#asked()
      refuseHaste(request, standing.lastMoved, steadyNow(edge.store))
      return await this.#move(edge, standing, request.by, request.reason)
    })
  }

  /** @throws Fault `not-found` for an address that nobody claimed, `refused` when somebody still uses all of them */
  giveBack(edge: Edge, { addresses, by, reason }: RequestOf<'decoys-return'>): Promise<ReturnReport> {
    return this.#inTurn(async () => {
      const report = await this.#asked().standing.giveBack(addresses)
      const { returned } = report
      if (returned.length > 0)
        record(edge, {
          kind: 'decoy-shuffle',
          by,
          text: returnedText(returned, reason),
          details: { returned: returned.slice(0, 60) },
        })
      return report
    })
  }

  /** Somebody released it: what it does at a decoy from now on is judged anew. */
  forgive(source: string): void {
    this.#running?.host.send({ type: 'go-on', source })
  }

  list(edge: Edge): DecoyList {
    const { standing, host } = this.#asked()
    return listOf(edge, standing, host.state(), this.#contacts.counts)
  }

  sessions(edge: Edge, query: RequestOf<'decoys-sessions'>): DecoySession[] {
    return this.#kept(edge).list(query)
  }

  session(edge: Edge, { id }: RequestOf<'decoys-session'>): RecordedSession {
    return this.#kept(edge).read(id)
  }

  status(): ReturnType<typeof statusOf> | undefined {
    return this.#running && statusOf(this.#running.standing, this.#running.host.state(), this.#contacts.total)
  }

  /** Takes all decoys away: without the daemon nobody sees who touches them. */
  close(edge: Edge): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end(edge)
      record(edge, ...this.#told.drain())
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work, work)
    this.#queue = next.catch(() => undefined)
    return next
  }

  #asked(): Running {
    if (this.#running === undefined)
      throw new Fault('not-found', 'No decoys stand at this edge.', {
        advice: 'Give its policy pools under `decoys:`; `bulkhead edge status` says when they could not stand.',
      })
    return this.#running
  }

  #kept(edge: Edge): Sessions {
    return (this.#sessions ??= sessionsIn(join(decoyFolder(edge.options.state), 'sessions')))
  }

  async #keep(edge: Edge, plan: PlanDecoys): Promise<void> {
    const text = JSON.stringify(plan)
    if (this.#running === undefined) await this.#begin(edge, plan, text)
    const running = this.#asked()
    if (running.plan !== text) {
      running.plan = text
      await running.verifier?.close()
      running.verifier = this.#verifierOf(edge, plan)
      await running.standing.replan(plan)
    }
    if (running.verifier === undefined && performance.now() >= this.#verifierAt)
      running.verifier = this.#verifierOf(edge, plan)
    await running.standing.tick()
    if (running.host.isDue()) running.standing.startHost()
    running.host.tick()
    this.#contacts.tell(edge)
    running.logins.tell(edge)
    record(edge, ...this.#told.due(performance.now()))
    if (running.host.state().state === 'running') edge.alarms.delete('decoy-host')
    const movements = { last: running.standing.lastMoved, causes: this.#causes }
    const why = movementDue(plan.shuffle, movements, steadyNow(edge.store))
    if (why !== undefined) await this.#move(edge, running.standing, 'policy', why)
  }

  async #begin(edge: Edge, plan: PlanDecoys, text: string): Promise<void> {
    const seed = siteSeed(edge.options.state, (sentence) => record(edge, { kind: 'degraded', text: sentence }))
    const folder = decoyFolder(edge.options.state)
    const host = new HostKeeper({
      script: this.#parts.script,
      log: join(folder, 'host.log'),
      onReport: (report) => this.takeReport(report),
      onDown: (how) => {
        const sentence = `The process that answers for decoys ${how} and is started again; nothing else is harmed.`
        edge.alarms.set('decoy-host', `${sentence} See decoys/host.log in the state directory.`)
        record(edge, { kind: 'degraded', text: sentence })
      },
    })
    const standing = new Standing(edge, plan, { ...this.#parts, seed, host })
    const logins = new Logins(seed)
    const reports = new Reports({
      edge,
      standing,
      host,
      logins,
      contacts: this.#contacts,
      sessions: this.#kept(edge),
      verifier: () => this.#running?.verifier,
    })
    const verifier = this.#verifierOf(edge, plan)
    this.#running = { edge, standing, host, logins, reports, plan: text, verifier }
    this.#cleared = false
    edge.listeners.add(this.#heed)
    await standing.begin()
  }

  /** Also what an earlier daemon left, once. */
  async #end(edge: Edge): Promise<void> {
    const running = this.#running
    edge.listeners.delete(this.#heed)
    if (running !== undefined) {
      try {
        // The host says at last what was under way.
        await running.standing.clear()
      } finally {
        this.#running = undefined
        this.#contacts.drain(edge)
        running.logins.drain(edge)
      }
      await running.verifier?.close()
      for (const id of alarmsOfDecoys) edge.alarms.delete(id)
    } else if (!this.#cleared) {
      await clearNeighbours(edge)
      await removeHub(hubOf(edge))
    }
    this.#cleared = true
  }

  #verifierOf(edge: Edge, plan: PlanDecoys): PasswordVerifier | undefined {
    this.#verifierAt = performance.now() + verifierMs
    return this.#parts.verifier?.(plan, edge)
  }

  readonly #heed = (stored: readonly StoredEvent[]): void => {
    for (const { event } of stored) {
      const cause = causeOf[event.kind]
      if (cause !== undefined) this.#causes.set(cause, Date.parse(event.time))
    }
  }

  async #move(edge: Edge, standing: Standing, by: string, why: string): Promise<ShuffleReport> {
    const started = performance.now()
    const { epoch, appeared, left, changed } = await standing.move()
    record(edge, {
      kind: 'decoy-shuffle',
      by,
      text: movementText(left.length, changed.length, why, epoch),
      details: { epoch, appeared: appeared.slice(0, 60), left: left.slice(0, 60), changed: changed.slice(0, 60) },
    })
    const ms = performance.now() - started
    return { epoch, moved: left.length, changed: changed.length, appeared: [...appeared], left: [...left], ms }
  }

  #claim(claim: Claim): void {
    const running = this.#running
    if (running === undefined || this.#claims.size >= claimsWaiting || this.#claims.has(claim.address)) return
    this.#claims.set(claim.address, claim)
    // Those that come meanwhile are taken along.
    if (this.#claims.size > 1) return
    void this.#inTurn(async () => {
      const claims = [...this.#claims.values()]
      this.#claims.clear()
      await this.#running?.standing.withdraw(claims)
    }).catch((error: unknown) =>
      running.edge.alarms.set('decoys', `A decoy could not leave its address: ${String(error)}`),
    )
  }
}
