/** What the decoy host says, turned into events, containments and answers to it. */
import { Fault, messageOf } from '#core/errors.ts'
import { parseIp } from '#core/address.ts'
import type { HostReport, HostSession } from '#schema/decoy-host.ts'
import { endOf, type Edge } from '../context.ts'
import type { Contacts, Place } from './contacts.ts'
import type { HostKeeper } from './host-keeper.ts'
import { hasReached } from './kernel.ts'
import type { Logins, PasswordVerifier } from './logins.ts'
import { redacted } from './redact.ts'
import type { Sessions } from './sessions.ts'
import type { Standing } from './standing.ts'

export interface ReportContext {
  readonly edge: Edge
  readonly standing: Standing
  readonly host: HostKeeper
  readonly logins: Logins
  readonly contacts: Contacts
  readonly sessions: Sessions
  readonly verifier: () => PasswordVerifier | undefined
}

interface Touch {
  readonly session: HostSession
  /** The source cannot be forged. */
  readonly certain: boolean
  readonly what: string
  /** The host holds an answer back until it is told. */
  readonly waits: boolean
}

export class Reports {
  readonly #context: ReportContext

  constructor(context: ReportContext) {
    this.#context = context
  }

  /** Never throws: what goes wrong with one report is an alarm. */
  take(report: HostReport): void {
    const { alarms } = this.#context.edge
    try {
      this.#take(report)
      if ('session' in report) alarms.delete('decoy-report')
    } catch (error) {
      alarms.set('decoy-report', `What a decoy reported could not be taken: ${messageOf(error)}`)
    }
  }

  #take(report: HostReport): void {
    const { edge, standing, logins, contacts, sessions, host, verifier } = this.#context
    if (report.type === 'ready' || report.type === 'status') return
    if (parseIp(report.session.source)?.family !== 4) return
    if (report.type === 'recording') return this.#record(report, standing.plan.keepSessions)
    const place = this.#placeOf(report.session)
    // It has moved meanwhile, or was never there.
    if (place === undefined) return
    const { session } = report
    if (report.type === 'attempt')
      return void logins.attempt(report, standing.plan, verifier()).then((order) => host.send(order))
    if (report.type === 'contact') {
      contacts.take(edge, report, place)
      const { handshake: certain, spent } = report
      if (spent) this.#react({ session, certain, what: session.service, waits: true }, place)
      return
    }
    logins.take(edge, report, place)
    sessions.classify(session, report.class)
    const certain = session.transport === 'tcp'
    if (report.contain) this.#react({ session, certain, what: `login: ${report.class}`, waits: false }, place)
  }

  #placeOf(session: HostSession): Place | undefined {
    const { standing } = this.#context
    const { station: id, decoy: address } = session
    const station = standing.field.stations.find((one) => one.id === id)
    const decoy = station?.decoys.find((one) => one.address === address)
    if (station === undefined || decoy === undefined) return undefined
    return { station, decoy, zone: standing.zoneOf(station.pool), ...this.#meant(session) }
  }

  #meant(session: HostSession): Pick<Place, 'meant'> {
    const { edge, standing } = this.#context
    try {
      const ip = standing.deceive.meant(session)
      edge.alarms.delete('decoy-meant')
      return ip === undefined ? {} : { meant: endOf(edge.plan, ip) }
    } catch (error) {
      // Whoever was meant, somebody is at a decoy.
      edge.alarms.set('decoy-meant', `Whom a source meant could not be looked up: ${messageOf(error)}`)
      return {}
    }
  }

  #react({ session, certain, what, waits }: Touch, place: Place): void {
    const { edge, host, contacts } = this.#context
    const { source } = session
    const goOn = (): void => {
      if (waits) host.send({ type: 'go-on', source })
    }
    // The host is where attackers are, and could be made to name anybody: the kernel is the witness.
    const reached = hasReached(edge.nft, edge.family, source)
    const isKnown = edge.plan.known.some(({ ip }) => ip === source)
    if (reached === false || (reached === 'full' && isKnown)) {
      edge.alarms.set(
        'decoy-named',
        `Decoys named ${source}, of which the kernel let nothing through to them; nothing is done about it.`,
      )
      return goOn()
    }
    const reacted = (cut: boolean): void => {
      edge.alarms.delete('decoy-contain')
      if (cut) host.send({ type: 'cut', source })
      else goOn()
    }
    const failed = (error: unknown): void => {
      edge.alarms.set('decoy-contain', `${source} could not be contained: ${messageOf(error)}`)
      host.send({ type: 'cut', source })
    }
    contacts.react(edge, session, certain, what, place).then(reacted, failed)
  }

  #record(report: Extract<HostReport, { type: 'recording' }>, bytes: number): void {
    const { edge, sessions, logins } = this.#context
    try {
      sessions.keep({ ...report, chunks: redacted(report.chunks, logins.secretsOf(report.session.id)) }, bytes)
      edge.alarms.delete('decoy-sessions')
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      edge.alarms.set('decoy-sessions', `A recording could not be kept: ${error.message}`)
    }
  }
}
