/** Packets per kernel counter over restarts of daemon and machine, with the time of last use: evidence that a conduit is needed. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { bootId } from '#linux/sysctl.ts'
import type { Edge } from '../context.ts'
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
