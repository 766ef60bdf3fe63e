/** Who spoke to which decoy, how often, and what is done about it. */
import { cidrContains } from '#core/address.ts'
import { joinedContacts, mostNotes, stripNotes, techniqueOf } from './notes.ts'
import type { Decoy, Station } from '#policy/decoys/placement.ts'
import { endText } from '#schema/event-text.ts'
import type { EventDraft, EventEnd } from '#schema/event.ts'
import type { HostReport, HostSession } from '#schema/decoy-host.ts'
import { assetOf, endOf, type Edge } from '../context.ts'
import { record } from '../writing.ts'
import { aggregate, type Aggregate } from '../store/aggregate.ts'
import { containKnown, containStranger } from './contain.ts'
import { reactionTo } from './respond.ts'

type Contact = Extract<HostReport, { type: 'contact' }>

/** Sources and decoys whose counts are kept; of those beyond, the oldest count anew. */
const pairs = 8192
const decoysKept = 4096
/** Assets that were meant by somebody whom a decoy answered, and for each the sources that are counted. */
const assetsMeant = 64
const pairsDeceived = 512

export interface Place {
  readonly station: Station
  readonly decoy: Decoy
  /** Zone of its pool. */
  readonly zone: string
  /** The real asset that the source spoke to, where the kernel sent it to the decoy. */
  readonly meant?: EventEnd
}

/** ` in the place of plc-fill (198.18.1.10)` */
export const inPlaceOf = ({ meant }: Pick<Place, 'meant'>): string =>
  meant === undefined ? '' : ` in the place of ${endText(meant)}`

export interface DecoyCount {
  contacts: number
  exchanges: number
  /** ms since 1970. */
  last: number
}

const remember = <V>(map: Map<string, V>, key: string, value: V, limit: number): void => {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > limit && oldest !== undefined) map.delete(oldest)
}

export class Contacts {
  readonly #direct = aggregate({ capacity: pairs, join: joinedContacts })
  /** By address of the asset that was meant: one decoy may stand in for several. */
  readonly #deceived = new Map<string, Aggregate>()
  /** Exchanges that were told, by source, decoy and transport, and the conversation that they were told with. */
  readonly #told = new Map<string, { readonly exchanges: number; readonly id: string }>()
  /** What is done about a source, until it is done. */
  readonly #busy = new Set<string>()
  readonly #wouldTold = new Map<string, true>()
  readonly counts = new Map<string, DecoyCount>()
  total = 0

  /** Takes one report. What it stands for is its exchanges since the last, and the handshake itself. */
  take(edge: Edge, { session, handshake, exchanges, notes }: Contact, place: Place): void {
    // The host counts what a source does by TCP and by datagrams apart.
    const key = `${session.source} ${session.decoy} ${session.transport}`
    const before = this.#told.get(key)
    const fresh = before === undefined || exchanges < before.exchanges
    const more = fresh ? exchanges : exchanges - before.exchanges
    const count = fresh ? more + 1 : Math.max(more, before.id === session.id ? 0 : 1)
    remember(this.#told, key, { exchanges, id: session.id }, pairs)
    const counted = this.counts.get(session.decoy) ?? { contacts: 0, exchanges: 0, last: 0 }
    if (fresh) this.total++
    remember(
      this.counts,
      session.decoy,
      {
        contacts: counted.contacts + (fresh ? 1 : 0),
        exchanges: counted.exchanges + more,
        last: Date.now(),
      },
      decoysKept,
    )
    record(
      edge,
      ...this.#aggregateOf(edge, place).add(
        this.#draft(edge, session, { count, handshake, notes }, place),
        performance.now(),
        Date.now(),
      ),
    )
  }

  /** Summaries that are due; call it every second. */
  tell(edge: Edge): void {
    for (const one of this.#aggregates()) record(edge, ...one.due(performance.now()))
  }

  drain(edge: Edge): void {
    for (const one of this.#aggregates()) record(edge, ...one.drain())
  }

  #aggregates(): readonly Aggregate[] {
    return [this.#direct, ...this.#deceived.values()]
  }

  #aggregateOf(edge: Edge, { meant }: Place): Aggregate {
    if (meant?.ip === undefined) return this.#direct
    const known = this.#deceived.get(meant.ip)
    if (known !== undefined) return known
    const made = aggregate({ capacity: pairsDeceived, join: joinedContacts })
    const [oldest] = this.#deceived
    if (this.#deceived.size >= assetsMeant && oldest !== undefined) {
      record(edge, ...oldest[1].drain())
      this.#deceived.delete(oldest[0])
    }
    this.#deceived.set(meant.ip, made)
    return made
  }

  /**
   * What its budget, or what it typed, calls for.
   * @param certain the source cannot be forged
   * @returns whether it is cut off at every decoy
   */
  async react(edge: Edge, session: HostSession, certain: boolean, what: string, place: Place): Promise<boolean> {
    const { source: ip, decoy } = session
    // Whoever is about to be contained is cut off by that.
    if (this.#busy.has(ip)) return true
    const mode = edge.plan.zones.find(({ name }) => name === place.zone)?.mode
    const reaction = reactionTo(
      { ip, certain: certain || isBound(edge, ip) },
      { site: edge.site, plan: edge.plan, zone: place.zone, mode },
    )
    if (reaction.does === 'tell') {
      if (reaction.would && !this.#wouldTold.has(ip))
        record(edge, {
          kind: 'would-contain',
          reason: 'decoy-contact',
          source: endOf(edge.plan, ip),
          destination: { ip: decoy },
          zone: place.zone,
          text: `${assetOf(edge.plan, ip) ?? ip} spoke to the decoy ${decoy} (${what}) and is not contained: ${reaction.why}.`.slice(
            0,
            500,
          ),
        })
      if (reaction.would) remember(this.#wouldTold, ip, true, pairs)
      return false
    }
    const evidence = {
      decoy,
      service: session.service,
      port: session.port,
      persona: session.persona,
      session: session.id,
      what,
      ...(place.meant?.ip === undefined ? {} : { meant: place.meant.ip }),
    }
    const cause = {
      ip,
      zone: place.zone,
      response: reaction.response,
      what: `${what} at ${decoy}${inPlaceOf(place)}`,
      evidence,
    }
    this.#busy.add(ip)
    try {
      if (reaction.who === 'known') return containKnown(edge, cause)
      const isNear = cidrContains(`${decoy}/${place.station.prefix}`, ip)
      containStranger(edge, cause, isNear)
      return true
    } finally {
      this.#busy.delete(ip)
    }
  }

  #draft(
    edge: Edge,
    { source, decoy, service, transport, port }: HostSession,
    { count, handshake, notes }: { count: number; handshake: boolean; notes: readonly string[] },
    place: Place,
  ): EventDraft {
    const { station, zone, meant } = place
    const said = stripNotes(notes)
    const asked = said.length === 0 ? '' : `: ${said.slice(0, 4).join(', ')}`
    const technique = techniqueOf(said)
    return {
      kind: 'decoy-contact',
      ...(meant === undefined ? {} : { reason: 'deceived' }),
      source: endOf(edge.plan, source),
      destination: { ip: decoy, mac: station.mac },
      protocol: transport,
      port,
      zone,
      count,
      text: `${assetOf(edge.plan, source) ?? source} ${handshake ? 'spoke' : 'sent a datagram'} to the decoy ${place.decoy.name} (${decoy}, ${station.persona})${inPlaceOf(place)} with ${service} on ${transport}/${port}${asked}.`.slice(
        0,
        500,
      ),
      details: {
        persona: station.persona,
        service,
        port: `${transport}/${port}`,
        handshake,
        ...(meant?.ip === undefined ? {} : { meant: meant.ip }),
        ...(meant?.asset === undefined ? {} : { asset: meant.asset }),
        ...(said.length === 0 ? {} : { asked: said.slice(0, mostNotes) }),
      },
      ...(technique === undefined ? {} : { technique }),
    }
  }
}

/** The policy says from which port and Ethernet address it comes, and the kernel holds it to that. */
const isBound = (edge: Edge, ip: string): boolean =>
  edge.plan.bindings.some((binding) => binding.ip === ip && binding.mac !== undefined)
