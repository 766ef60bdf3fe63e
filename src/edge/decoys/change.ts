/** What has to be done so that other stations stand. Pure. */
import type { Station } from '#policy/decoys/placement.ts'

export interface StationChange {
  readonly before: Station
  readonly after: Station
  /** Addresses that go, and that come. */
  readonly leave: readonly string[]
  readonly appear: readonly string[]
}

const addressesOf = ({ decoys }: Station): string[] => decoys.map(({ address }) => address)
const without = (from: readonly string[], those: readonly string[]): string[] => {
  const gone = new Set(those)
  return from.filter((address) => !gone.has(address))
}

/** What a network namespace and its sockets are made for; whatever else changes, changes inside it. */
const shape = ({ persona, prefix, gateway }: Station): string => JSON.stringify([persona, prefix, gateway])

/** Stations by the seats they are given first: {@link Station.id} of one that stands is its seat, which lasts as long as the host. */
export const seatedFirst = (stations: readonly Station[], seat: (at: number) => string): Station[] =>
  stations.map((station, at) => ({ ...station, id: seat(at) }))

/**
 * Seats for other stations, those of the same Ethernet address first; seats that are left over stay without decoys.
 * @returns undefined where there is none for some: then all are made anew, and the host with them, for sockets are handed over at its
 * start
 */
export const seatedAgain = (seats: readonly Station[], stations: readonly Station[]): Station[] | undefined => {
  const free = new Map(seats.map((seat) => [seat.id, seat]))
  const take = (station: Station, same: (seat: Station) => boolean): Station | undefined => {
    const seat = free.values().find((one) => shape(one) === shape(station) && same(one))
    if (seat !== undefined) free.delete(seat.id)
    return seat && { ...station, id: seat.id }
  }
  const kept = stations.map((station) => take(station, ({ mac }) => mac === station.mac))
  const all = stations.map((station, at) => kept[at] ?? take(station, () => true))
  const idle = [...free.values()].map((seat) => ({ ...seat, decoys: [] }))
  if (all.includes(undefined) || idle.some(({ mac }) => stations.some((station) => station.mac === mac)))
    return undefined
  return [...all.filter((station) => station !== undefined), ...idle]
}

/** Stations that are not what they were, seat by seat. */
export const changesBetween = (before: readonly Station[], after: readonly Station[]): StationChange[] => {
  const earlier = new Map(before.map((station) => [station.id, station]))
  return after.flatMap((station) => {
    const old = earlier.get(station.id)
    if (old === undefined || JSON.stringify(old) === JSON.stringify(station)) return []
    const [from, to] = [addressesOf(old), addressesOf(station)]
    // A decoy that becomes another device at its address leaves it, too: conversations with the old one end.
    return [{ before: old, after: station, leave: without(from, to), appear: without(to, from) }]
  })
}

/** Addresses at which another device stands than before: another persona, name, serial or Ethernet address. */
export const changedAt = (before: readonly Station[], after: readonly Station[]): string[] => {
  const devices = (stations: readonly Station[]): (readonly [address: string, device: string])[] =>
    stations.flatMap(({ persona, mac, decoys }) =>
      decoys.map(({ address, name, serial }) => [address, JSON.stringify([persona, mac, name, serial])] as const),
    )
  const earlier = new Map(devices(before))
  return devices(after).flatMap(([address, device]) => {
    const old = earlier.get(address)
    return old === undefined || old === device ? [] : [address]
  })
}

export const allAddresses = (stations: readonly Station[]): string[] => stations.flatMap(addressesOf)

/** The same stations without some addresses. */
export const withoutAddresses = (stations: readonly Station[], gone: ReadonlySet<string>): Station[] =>
  stations.map((station) =>
    station.decoys.some(({ address }) => gone.has(address))
      ? { ...station, decoys: station.decoys.filter(({ address }) => !gone.has(address)) }
      : station,
  )
