/** The decoys that stand: their stations on the wire, the sockets of their services, and the order in which both change. */
import type { Persona } from '#core/persona.ts'
import { cidrFirst } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { close } from '#linux/libc.ts'
import {
  changeAddresses,
  changeMac,
  createHub,
  createStations,
  openStationSocket,
  removeHub,
  type AddressChange,
  type Hub,
  type StationSocket,
} from '#linux/station.ts'
import type { Station } from '#policy/decoys/placement.ts'
import type { HostStation } from '#schema/decoy-host.ts'
import { changesBetween, seatedAgain, seatedFirst, withoutAddresses, type StationChange } from './change.ts'
import type { DecoySets } from './kernel.ts'

export interface FieldOptions {
  readonly hub: Hub
  readonly personas: Readonly<Record<string, Persona>>
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]

/**
 * Namespaces are made once, as seats of stations; addresses and Ethernet addresses change inside them. The id of a station here is the
 * name of its namespace.
 */
export class Field {
  readonly #hub: Hub
  readonly #personas: Readonly<Record<string, Persona>>
  /** Listening sockets by namespace. */
  readonly #sockets = new Map<string, StationSocket[]>()
  #stations: readonly Station[] = []

  constructor({ hub, personas }: FieldOptions) {
    this.#hub = hub
    this.#personas = personas
  }

  get stations(): readonly Station[] {
    return this.#stations
  }

  isUp(): boolean {
    return this.#sockets.size > 0
  }

  /** What the kernel's rules must know. */
  sets(): DecoySets {
    const services = unique(this.#stations.map(({ persona }) => persona)).flatMap((id) => this.#persona(id).services)
    return {
      addresses: this.#stations.flatMap(({ decoys }) => decoys.map(({ address }) => address)),
      // Also of those that left all their addresses: what is still sent there is for whoever has the address now.
      macs: unique(this.#stations.map(({ mac }) => mac)),
      gateways: unique(this.#stations.flatMap(({ gateway }) => (gateway === undefined ? [] : [gateway]))),
      ports: unique(services.map(({ transport, port }) => `${transport} . ${port}`)),
    }
  }

  /** Listening sockets in the order in which the host inherits them, and where it finds them. */
  handed(): { readonly fds: readonly number[]; readonly stations: HostStation[] } {
    const fds: number[] = []
    const stations = this.#stations.map((station): HostStation => ({
      id: station.id,
      persona: station.persona,
      sockets: (this.#sockets.get(station.id) ?? []).map(({ fd, transport, port }) => ({
        fd: 2 + fds.push(fd),
        transport,
        port,
      })),
      decoys: placesOf(station),
    }))
    return { fds, stations }
  }

  /** The seats that these stations would have; undefined where they must be built anew. */
  seats(stations: readonly Station[]): Station[] | undefined {
    return this.isUp() ? seatedAgain(this.#stations, stations) : undefined
  }

  /** Builds stations where there are none. What an earlier process left is cleared first. */
  async build(stations: readonly Station[]): Promise<void> {
    await this.clear()
    if (stations.length === 0) return
    try {
      await createHub(this.#hub)
      const seated = seatedFirst(stations, (at) => `${this.#hub.namespace}-${at}`)
      const links = seated.map((station) => {
        const { services, ...stack } = this.#persona(station.persona)
        return {
          namespace: station.id,
          mac: station.mac,
          stack,
          udpPorts: services.flatMap(({ transport, port }) => (transport === 'udp' ? [port] : [])),
        }
      })
      await createStations(this.#hub, links)
      for (const { id, persona } of seated) {
        const sockets: StationSocket[] = []
        this.#sockets.set(id, sockets)
        for (const { transport, port } of this.#persona(persona).services)
          sockets.push(openStationSocket(id, transport, port))
      }
      this.#stations = seated
    } catch (error) {
      await this.clear()
      throw error
    }
  }

  /** Gives the stations that were built their addresses; from here on they are asked for. */
  async appear(): Promise<void> {
    await Promise.all(
      this.#stations.map((station) =>
        this.#addresses(station, { leave: [], appear: station.decoys.map(({ address }) => address) }),
      ),
    )
  }

  /**
   * From the stations that stand to others in their {@link seats}. Who leaves is gone before anybody appears.
   * @param told what changed, when the old addresses are gone, and again when the new ones are about to come
   */
  async move(
    stations: readonly Station[],
    told: (changes: readonly StationChange[], gone: boolean) => void,
  ): Promise<void> {
    const changes = changesBetween(this.#stations, stations)
    const leaving = new Set(changes.flatMap(({ leave }) => leave))
    this.#stations = withoutAddresses(this.#stations, leaving)
    told(changes, true)
    await Promise.all(changes.map(({ after, leave }) => this.#addresses(after, { leave, appear: [] })))
    await this.#macs(changes.filter(({ before, after }) => before.mac !== after.mac))
    this.#stations = stations
    told(changes, false)
    await Promise.all(changes.map(({ after, appear }) => this.#addresses(after, { leave: [], appear })))
  }

  /** Takes everything away, also what an earlier process left. */
  async clear(): Promise<void> {
    for (const sockets of this.#sockets.values()) for (const { fd } of sockets) close(fd)
    this.#sockets.clear()
    this.#stations = []
    await removeHub(this.#hub)
  }

  /** The kernel lets no two stations have one address, so those that exchange theirs go by one that nobody has. */
  async #macs(changes: readonly StationChange[]): Promise<void> {
    const used = new Set(changes.map(({ before }) => before.mac))
    const steps = changes.some(({ after }) => used.has(after.mac))
      ? [
          ...changes.map(({ before }, at) => ({ id: before.id, from: before.mac, to: passing(at) })),
          ...changes.map(({ after }, at) => ({ id: after.id, from: passing(at), to: after.mac })),
        ]
      : changes.map(({ before, after }) => ({ id: after.id, from: before.mac, to: after.mac }))
    for (const { id, from, to } of steps) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, see above
      await changeMac(this.#hub, id, from, to)
    }
  }

  #persona(id: string): Persona {
    const persona = this.#personas[id]
    if (persona === undefined) throw new Fault('internal', `There is no persona "${id}".`)
    return persona
  }

  async #addresses(station: Station, change: AddressChange): Promise<void> {
    if (change.leave.length + change.appear.length === 0) return
    const { services: _, ...stack } = this.#persona(station.persona)
    const routes = { network: networkOf(station, change), gateway: station.gateway, stack }
    await changeAddresses(station.id, station.prefix, change, routes)
  }
}

/** Locally administered (IEEE 802-2014, 8.4). */
const passing = (at: number): string => `02:bd:00:00:00:${at.toString(16).padStart(2, '0')}`

/** The network on the link, from any of its addresses. */
const networkOf = ({ prefix }: Station, { leave, appear }: AddressChange): string =>
  `${cidrFirst(`${appear[0] ?? leave[0] ?? ''}/${prefix}`)}/${prefix}`

/** As the host is told of them; what it has no use for stays here. */
export const placesOf = ({ decoys }: Station): HostStation['decoys'] =>
  decoys.map(({ address, mac, name, serial, serialNumber, seed, budget }) => ({
    address,
    mac,
    name,
    serial,
    serialNumber,
    seed,
    budget,
  }))
