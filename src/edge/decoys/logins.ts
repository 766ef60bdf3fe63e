/** What was typed at decoys: verified where that is agreed, told with a tag and a sealed box, kept nowhere else. */
import { createHmac } from 'node:crypto'
import { legible } from '#core/legible.ts'
import type { EventDraft } from '#schema/event.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import type { HostOrder, HostReport, LoginClass } from '#schema/decoy-host.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import { assetOf, endOf, type Edge } from '../context.ts'
import { record } from '../writing.ts'
import { seal } from '../credentials/seal.ts'
import { tag } from '../credentials/tag.ts'
import { aggregate } from '../store/aggregate.ts'
import { inPlaceOf, type Place } from './contacts.ts'
import { joinedLogins } from './login-users.ts'
import { secretsWithin, type Typed as Secrets } from './secrets.ts'

type Attempt = Extract<HostReport, { type: 'attempt' }>
type Login = Extract<HostReport, { type: 'login' }>
export type Verified = Extract<HostOrder, { type: 'verified' }>['answer']

/** Asks whether a password is one of a real user; whoever it is keeps how often it may be asked. */
export interface PasswordVerifier {
  verify(user: string, password: string): Promise<Verified>
  close(): void | Promise<void>
}

interface Meaning {
  readonly class: EventClass
  readonly text: string
  /** ATT&CK for ICS: T0859 valid accounts, T0812 default credentials. */
  readonly technique: string
}
const meanings: Readonly<Record<LoginClass, Meaning>> = {
  honeytoken: { class: 'P1', text: 'used a planted honeytoken', technique: 'T0859' },
  'compromised-credential': {
    class: 'P1',
    text: 'used a compromised credential: the current password',
    technique: 'T0859',
  },
  'old-password': { class: 'P2', text: 'used an old password', technique: 'T0859' },
  'vendor-default': { class: 'P2', text: 'tried a default password of a vendor', technique: 'T0812' },
  'brute-force': { class: 'P1', text: 'tries many passwords for one user', technique: 'T0859' },
  spray: { class: 'P1', text: 'tries one password for many users', technique: 'T0859' },
  'misconfigured-client': {
    class: 'P2',
    text: 'logs in at a fixed period, as a misconfigured client does',
    technique: 'T0859',
  },
  guess: { class: 'P2', text: 'tried to log in', technique: 'T0859' },
}

/** Conversations whose last attempt is remembered until it is classified. */
const kept = 1024
/** Verifications under way; more are not asked. */
const atOnce = 32
/** Characters of one value of an event. */
const scalar = 500

interface Typed {
  readonly tag: string
  readonly sealed?: readonly string[]
}

export class Logins {
  readonly #key: Uint8Array
  readonly #aggregate = aggregate({ capacity: 4096, join: joinedLogins })
  readonly #typed = new Map<string, Typed>()
  readonly #secrets = secretsWithin()
  #verifying = 0

  /** @param seed secret of the site: tags of two edges of one site are the same for the same password */
  constructor(seed: Uint8Array) {
    this.#key = createHmac('sha256', seed).update('tags of logins').digest()
  }

  /** @returns what the host is told; it waits for no longer than its own limit */
  async attempt(
    attempt: Attempt,
    { responderKey, verifier: asked }: PlanDecoys,
    verifier: PasswordVerifier | undefined,
  ): Promise<HostOrder> {
    const { id, session, user, password, verify } = attempt
    const kind = asked?.kind ?? 'verifier'
    const said = (answer: Verified, by: string): HostOrder => ({ type: 'verified', id, answer, by })
    if (password !== undefined) {
      this.#remember(session.id, this.#typedOf(user, password, responderKey))
      this.#secrets.add(session.id, { user, password })
    }
    if (!verify || password === undefined || verifier === undefined || this.#verifying >= atOnce)
      return said('not-asked', 'edge')
    this.#verifying++
    try {
      return said(await verifier.verify(user, password), kind)
    } catch {
      return said('not-asked', 'edge')
    } finally {
      this.#verifying--
    }
  }

  take(edge: Edge, login: Login, place: Place): void {
    record(edge, ...this.#aggregate.add(this.#draft(edge, login, place), performance.now(), Date.now()))
  }

  /** What was typed in a conversation that is over: its recording must not hold it. It is forgotten by this. */
  secretsOf(session: string): Secrets {
    return this.#secrets.take(session)
  }

  tell(edge: Edge): void {
    record(edge, ...this.#aggregate.due(performance.now()))
  }

  drain(edge: Edge): void {
    record(edge, ...this.#aggregate.drain())
  }

  #typedOf(user: string, password: string, responderKey: string | undefined): Typed {
    const made = tag(this.#key, user, password)
    if (responderKey === undefined) return { tag: made }
    try {
      const box = seal(responderKey, JSON.stringify({ user, password }))
      return { tag: made, sealed: box.match(new RegExp(`.{1,${scalar}}`, 'g')) ?? [] }
    } catch {
      return { tag: made }
    }
  }

  #remember(session: string, typed: Typed): void {
    this.#typed.delete(session)
    this.#typed.set(session, typed)
    const [oldest] = this.#typed.keys()
    if (this.#typed.size > kept && oldest !== undefined) this.#typed.delete(oldest)
  }

  #draft(
    edge: Edge,
    { session, class: found, user, attempts, users, secrets, evidence }: Login,
    place: Place,
  ): EventDraft {
    const { decoy, station, zone, meant } = place
    const meaning = meanings[found]
    const typed = this.#typed.get(session.id)
    this.#typed.delete(session.id)
    const why = evidence.length === 0 ? '' : `: ${evidence.map(legible).join('; ')}`
    const named = user === '' ? '' : ` for user "${legible(user)}"`
    return {
      kind: 'decoy-login',
      class: meaning.class,
      reason: found,
      source: endOf(edge.plan, session.source),
      destination: { ip: session.decoy, mac: station.mac },
      zone,
      text:
        `${assetOf(edge.plan, session.source) ?? session.source} ${meaning.text}${named} at the decoy ${decoy.name} (${session.decoy}, ${session.service})${inPlaceOf(place)}${why}`.slice(
          0,
          499,
        ) + '.',
      technique: meaning.technique,
      details: {
        class: found,
        user: legible(user),
        service: session.service,
        ...(meant?.ip === undefined ? {} : { meant: meant.ip }),
        attempts,
        users,
        secrets,
        evidence: evidence.map(legible),
        ...(typed === undefined ? {} : { tag: typed.tag }),
        ...(typed?.sealed === undefined ? {} : { sealed: [...typed.sealed] }),
      },
    }
  }
}
