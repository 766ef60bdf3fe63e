/** Which decoy stands at which address of which station, and what answers there. */
import type { Identity } from '#core/personality.ts'
import type { Persona, PersonaService } from '#core/persona.ts'
import type { Transport } from '#core/protocol.ts'
import type { Budget } from '#schema/decoys.ts'
import type { DecoyPlace, HostStation } from '#schema/decoy-host.ts'

export interface Placed {
  readonly identity: Identity
  readonly budget: Budget
  /** Another one for each identity, so that who comes to an address later begins anew. */
  readonly key: string
}

export interface Station {
  readonly id: string
  readonly persona: Persona
  /** By address. */
  readonly decoys: ReadonlyMap<string, Placed>
}

export interface Stations {
  add(station: HostStation): Station | undefined
  /** @returns whether there is such a station */
  move(id: string, decoys: readonly DecoyPlace[]): boolean
  at(station: string, address: string): Placed | undefined
  /** Whether a decoy of any station stands there. */
  isOwn(address: string): boolean
  get(id: string): Station | undefined
}

const placed = ({ budget, ...identity }: DecoyPlace): Placed => ({
  identity,
  budget,
  key: `${identity.address}/${identity.serialNumber}`,
})
const byAddress = (decoys: readonly DecoyPlace[]): Map<string, Placed> =>
  new Map(decoys.map((decoy) => [decoy.address, placed(decoy)]))

export const serviceOf = (persona: Persona, transport: Transport, port: number): PersonaService | undefined =>
  persona.services.find((service) => service.transport === transport && service.port === port)

export const stations = (personas: Readonly<Record<string, Persona>>): Stations => {
  const known = new Map<string, Station>()
  return {
    add: ({ id, persona: name, decoys }) => {
      const persona = Object.hasOwn(personas, name) ? personas[name] : undefined
      if (persona === undefined || known.has(id)) return undefined
      const station = { id, persona, decoys: byAddress(decoys) }
      known.set(id, station)
      return station
    },
    move: (id, decoys) => {
      const station = known.get(id)
      if (station === undefined) return false
      known.set(id, { ...station, decoys: byAddress(decoys) })
      return true
    },
    at: (id, address) => known.get(id)?.decoys.get(address),
    isOwn: (address) => {
      for (const { decoys } of known.values()) if (decoys.has(address)) return true
      return false
    },
    get: (id) => known.get(id),
  }
}
