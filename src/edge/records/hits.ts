/** Packets per kernel counter over restarts of daemon and machine, with the time of last use: evidence that a conduit is needed. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { bootId } from '#linux/sysctl.ts'
import { counters } from '#policy/nft/names.ts'
import type { Edge } from '../context.ts'
import { record } from '../writing.ts'
import { readCounters } from '../kernel/counters.ts'
import type { Hits, Seen } from '../store/hits.ts'
import { keys } from '../store/kv.ts'

/** Per edge: what the kernel's counters stood at when they were read last. */
const readings = new WeakMap<Edge, Map<string, Seen>>()

/** The readings of an earlier daemon, of the same run of the kernel: what was counted while nobody was there is added as well. */
const readingsOf = (edge: Edge): Map<string, Seen> => {
  const known = readings.get(edge)
  if (known !== undefined) return known
  const boot = bootId()
  const same = edge.store.kv.get(keys.hitsBoot, z.string()) === boot
  if (!same) edge.store.kv.set(keys.hitsBoot, boot)
  const seen = new Map<string, Seen>()
  if (same) for (const { name, seen: at } of edge.store.hits.list()) if (at !== undefined) seen.set(name, at)
  readings.set(edge, seen)
  return seen
}

/** ms after the last packet that found no room until a set counts as having some again. */
const roomAfterMs = 60_000
/** ms between two events about one set that stays full. */
const tellEveryMs = 600_000

interface Full {
  /** Packets not told yet. */
  packets: number
  grew: number
  told: number
}
const fullSets = new WeakMap<Edge, Map<string, Full>>()

const prefix = counters.full('')
const aboutFull = (set: string): string => {
  if (set === 'strangers')
    return 'As many strangers are contained as there is room for (65,536 of each IP version): others are denied what nothing permits, and not contained'
  if (set === 'would')
    return 'More strangers would be contained than there is room for (65,536 of each IP version): the report of what would be contained is incomplete'
  return `The sensor "${set.slice(2)}" remembers as much as it has room for (65,536 of each IP version): what is new is not counted. A sensor of new peers tells ten conversations a minute, new or not, and remembers pairs of known assets apart`
}

/** Sets of the kernel that had no room: an event at once, one every ten minutes while it goes on, and an alarm. */
const tellFull = (edge: Edge, grown: readonly Hits[], now: number): void => {
  const full = fullSets.get(edge) ?? new Map<string, Full>()
  fullSets.set(edge, full)
  for (const { name, packets } of grown) {
    if (!name.startsWith(prefix)) continue
    const known = full.get(name) ?? { packets: 0, grew: now, told: Number.NEGATIVE_INFINITY }
    full.set(name, { ...known, packets: known.packets + packets, grew: now })
  }
  for (const [name, one] of full) {
    const text = aboutFull(name.slice(prefix.length))
    const isOver = now - one.grew >= roomAfterMs
    if (one.packets > 0 && (isOver || now - one.told >= tellEveryMs)) {
      record(edge, { kind: 'set-full', by: 'kernel', count: one.packets, text: `${text}.` })
      full.set(name, { ...one, packets: 0, told: now })
    }
    if (isOver) full.delete(name)
    if (isOver) edge.alarms.delete(name)
    else edge.alarms.set(name, `${text}. Find out who: \`bulkhead edge events --since 1h\`.`)
  }
}

/** Adds what the kernel counted since the last call. Last use is known to the time between two calls. */
export const countHits = (edge: Edge): void => {
  const seen = readingsOf(edge)
  const last = Date.now()
  const counted = readCounters(edge.family)
  const grown = [...counted].flatMap(([name, now]): Hits[] => {
    const before = seen.get(name)
    // A counter that is behind its last reading began anew.
    const base = before === undefined || now.packets < before.packets ? { packets: 0, bytes: 0 } : before
    const packets = now.packets - base.packets
    return packets > 0 ? [{ name, packets, bytes: now.bytes - base.bytes, last, seen: now }] : []
  })
  if (grown.length > 0) edge.store.hits.add(grown)
  for (const { name, seen: now } of grown) if (now !== undefined) seen.set(name, now)
  for (const name of seen.keys()) if (!counted.has(name)) seen.delete(name)
  tellFull(edge, grown, performance.now())
}

/** Totals by counter. On a full disk they are those of the kernel alone. */
export const totals = (edge: Edge): Map<string, Pick<Hits, 'packets' | 'bytes' | 'last'>> => {
  const all = new Map<string, Pick<Hits, 'packets' | 'bytes' | 'last'>>(readCounters(edge.family))
  try {
    countHits(edge)
    for (const row of edge.store.hits.list()) all.set(row.name, row)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
  }
  return all
}
