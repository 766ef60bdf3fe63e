/** An edge as the manager hears it: rows of the fleet, and batches whose P0 is chained as an edge chains it. */
import { randomBytes } from 'node:crypto'
import { canonical, type Json } from '#core/canonical.ts'
import { nextId } from '#core/id.ts'
import type { Manager } from '#manager/context.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'
import { genesis, recordHash } from '#schema/chain.ts'
import { type EventClass, eventKinds } from '#schema/event-kinds.ts'
import { timestamp } from '#schema/event.ts'
import type { EventBatch, SentEvent } from '#schema/link-frames.ts'

export const addEdge = async ({ db }: Manager, site: string, edge: string): Promise<EdgeRef> => {
  const created = new Date()
  await db
    .insertInto('sites')
    .values({ name: site, created })
    .onConflict((row) => row.doNothing())
    .execute()
  const { id } = await db
    .insertInto('edges')
    .values({ site, name: edge, created })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, site, edge }
}

const classOf = (kind: string): EventClass =>
  Object.entries(eventKinds).find(([name]) => name === kind)?.[1].class ?? 'P2'

export type Said = Record<string, Json> & { readonly kind: string }

/** Remembers what a store of an edge does: its numbers and the end of its chain. */
export const edgeStore = (edge: EdgeRef, store = 'store-1', now: () => number = Date.now) => {
  let seq = 0
  let id: string | undefined
  let [n, hash] = [0, genesis]
  const event = ({ kind, ...more }: Said): { class: EventClass; sent: SentEvent; id: string } => {
    id = nextId(id, now(), randomBytes(10))
    const time = timestamp(now())
    const of = classOf(kind)
    const usual = { id, time, class: of, kind, site: edge.site, edge: edge.edge, count: 1, first: time, last: time }
    const body = canonical({ ...usual, text: `This is ${kind}.`, ...more })
    seq++
    if (of !== 'P0') return { class: of, id, sent: { seq, body } }
    const prev = hash
    hash = recordHash(prev, ++n, body)
    return { class: of, id, sent: { seq, body, n, prev, hash } }
  }
  return {
    /** Batches of what is said, in one class each. */
    batch: (...said: readonly Said[]): EventBatch => {
      const made = said.map(event)
      return { type: 'events', store, class: made[0]!.class, events: made.map(({ sent }) => sent) }
    },
    last: (): string => id ?? '',
  }
}
export type EdgeStore = ReturnType<typeof edgeStore>
