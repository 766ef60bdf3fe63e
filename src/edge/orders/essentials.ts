/** Essential conduits that fell silent under a plan that waits for its confirmation: the sign of a line that stands still. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { Edge } from '../context.ts'
import { countHits } from '../records/hits.ts'
import { keys } from '../store/kv.ts'

const Before = z.record(z.string(), z.number())

/**
 * Writes down how much the essential conduits of the running plan had carried, before another one takes its place.
 * @param superseding the running plan itself was never confirmed: what came before it counts
 */
export const rememberEssentials = (edge: Edge, superseding: boolean): void => {
  try {
    countHits(edge)
    const hits = new Map(edge.store.hits.list().map(({ name, packets }) => [name, packets]))
    const now = edge.plan.conduits.flatMap(({ id, essential, counter }): [string, number][] => {
      const packets = hits.get(counter) ?? 0
      return essential && packets > 0 ? [[id, packets]] : []
    })
    const earlier = superseding ? (edge.store.kv.get(keys.essentials, Before) ?? {}) : {}
    edge.store.kv.set(keys.essentials, { ...Object.fromEntries(now), ...earlier })
  } catch (error) {
    // A full disk must not stop an apply that may be what saves the day; staging says what is wrong.
    if (!(error instanceof Fault)) throw error
  }
}

/** Ids of essential conduits that had traffic before the pending plan and have had none since, or are no more. */
export const silentEssentials = (edge: Edge): string[] => {
  countHits(edge)
  const before = edge.store.kv.get(keys.essentials, Before) ?? {}
  const counters = new Map(edge.plan.conduits.map(({ id, counter }) => [id, counter]))
  const hits = new Map(edge.store.hits.list().map(({ name, packets }) => [name, packets]))
  return Object.entries(before)
    .filter(([id, packets]) => (hits.get(counters.get(id) ?? '') ?? 0) <= packets)
    .map(([id]) => id)
}
