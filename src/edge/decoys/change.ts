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
const shape = ({ id, persona, prefix, gateway }: Station): string => JSON.stringify([id, persona, prefix, gateway])

/** Whether the same namespaces serve: the others are made anew, and the host with them, for sockets are handed over at its start. */
export const isSameShape = (before: readonly Station[], after: readonly Station[]): boolean =>
  before.length === after.length &&
  JSON.stringify(before.map(shape).toSorted()) === JSON.stringify(after.map(shape).toSorted())

/** Stations that are not what they were, of the same shape. */
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

export const allAddresses = (stations: readonly Station[]): string[] => stations.flatMap(addressesOf)

/** The same stations without some addresses. */
export const withoutAddresses = (stations: readonly Station[], gone: ReadonlySet<string>): Station[] =>
  stations.map((station) =>
    station.decoys.some(({ address }) => gone.has(address))
      ? { ...station, decoys: station.decoys.filter(({ address }) => !gone.has(address)) }
      : station,
  )
