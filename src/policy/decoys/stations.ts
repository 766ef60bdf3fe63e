/** Which decoys share an Ethernet address: as few as the number of addresses that a switch port bears allows. */
import { permutation, prf } from './permutation.ts'
import type { Slot } from './slots.ts'

/** Groups and their parts that a counter tells apart: at most 64 Ethernet addresses, moving and not. */
const kinds = 128
/** Counters of one attempt at an Ethernet address: 24 bits below the prefix of the vendor, four attempts. */
const attempts = 4
const counters = 2 ** 24 / attempts

/** Shares `total` among sizes: one for each, the rest by size, none more than its size. */
export const shared = (sizes: readonly number[], total: number): number[] => {
  const all = sizes.reduce((sum, size) => sum + size, 0)
  if (all <= total) return [...sizes]
  const out = sizes.map((_, i): number => (i < total ? 1 : 0))
  for (let left = total - Math.min(total, sizes.length); left > 0; left--) {
    // Who has the most decoys on each address gets the next one.
    let best = 0
    for (const [i, size] of sizes.entries())
      if (size / (out[i] || Infinity) > (sizes[best] ?? 0) / (out[best] || Infinity)) best = i
    out[best] = (out[best] ?? 0) + 1
  }
  return out
}

/** Blocks of `of` consecutive counters, so that any window of that length meets at most `stations` of them. */
const blockOf = (of: number, stations: number): number =>
  stations >= of ? 1 : stations <= 1 ? Infinity : Math.floor((of - 2) / (stations - 1)) + 1

/**
 * A number for each slot, the same for those that share a station; what is undefined finds no place, because there are more pools and personas than Ethernet addresses. A station that
 * moves empties while the next one fills, so that each decoy keeps its Ethernet address as long as it stands.
 */
export const seats = (slots: readonly Slot[], maxMacs: number): (number | undefined)[] => {
  const groups = [...Map.groupBy(slots.keys(), (i) => `${slots[i]?.pool.id} ${slots[i]?.persona}`).values()]
  const shares = shared(
    groups.map((members) => members.length),
    maxMacs,
  )
  const out: (number | undefined)[] = slots.map(() => undefined)
  for (const [group, members] of groups.entries()) {
    const stations = shares[group] ?? 0
    if (stations === 0) continue
    const guards = members.filter((i) => slots[i]?.turn === undefined)
    const together = stations === 1 && members.length > 1
    const moving = members.length - guards.length
    const still = Math.min(
      guards.length,
      moving === 0
        ? stations
        : Math.max(1, Math.min(stations - 1, Math.round((stations * guards.length) / members.length))),
    )
    const block = blockOf(moving, stations - (guards.length === 0 ? 0 : still))
    let guard = 0
    for (const i of members) {
      const { turn, lap = 0 } = slots[i] ?? {}
      const number = together
        ? 0
        : turn === undefined
          ? guard++ % still
          : Math.floor((turn.index + lap * turn.of) / block)
      const kind = together || turn === undefined ? 0 : 1
      out[i] = (number * kinds + group * 2 + kind) % counters
    }
  }
  return out
}

/**
 * The Ethernet address of a station, with a prefix of its persona's vendor; unique because its counter is.
 * @param taken lower case; no station takes one
 */
export const macOf = (
  seed: Uint8Array,
): ((key: number, ouis: readonly string[], taken: ReadonlySet<string>) => string) => {
  const scattered = permutation(2 ** 24, prf(seed, 'ethernet'))
  const vendor = prf(seed, 'vendor prefix')
  return (key, ouis, taken) => {
    const prefix = ouis[vendor(key, 0) % Math.max(1, ouis.length)] ?? '02:00:00'
    let mac = ''
    for (let attempt = 0; attempt < attempts && (mac === '' || taken.has(mac)); attempt++) {
      const hex = scattered(key + attempt * counters)
        .toString(16)
        .padStart(6, '0')
      mac = `${prefix.toLowerCase()}:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`
    }
    return mac
  }
}
