/** A second manager on the database of a running one, whose events are a table of the test. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { localBus } from '#manager/bus/local.ts'
import type { Manager } from '#manager/context.ts'
import type { Readers } from '#manager/exchange/readers.ts'
import { objectSigner } from '#manager/fleet/signer.ts'
import { openState } from '#manager/open.ts'
import { announce, publishState, type StateDraft } from '#manager/state/publish.ts'
import { type EventKindName, eventKinds } from '#schema/event-kinds.ts'
import { Event } from '#schema/event.ts'
import type { Started } from '../manager/start.ts'

export interface Beside {
  readonly manager: Manager
  readonly readers: Readers
  /** @returns the number of the last of them */
  store(...events: readonly Event[]): Promise<number>
  publish(draft: StateDraft): Promise<void>
  own: string[]
  end(): Promise<void>
}

let serial = 0
export const event = (more: Partial<Event> & { kind?: EventKindName } = {}): Event => {
  const kind = more.kind ?? 'containment'
  const time = '2026-11-21T10:00:00.000Z'
  return Event.parse({
    id: `01KAJ4A70000000000${String(serial++).padStart(8, '0')}`,
    time,
    class: eventKinds[kind].class,
    kind,
    site: 'riverside',
    edge: 'cell-1',
    count: 1,
    first: time,
    last: time,
    text: `Event ${serial}.`,
    ...more,
  })
}

export const order = (ip: string, more: Partial<Extract<StateDraft, { type: 'order' }>> = {}): StateDraft => ({
  type: 'order',
  id: `contain ${ip}`,
  scope: { level: 'fleet' },
  by: 'ann',
  reason: `It touched a decoy.`,
  at: Date.now(),
  action: 'contain',
  ip,
  expires: Date.now() + 3_600_000,
  ...more,
})

const edge = { site: 'riverside', edge: 'cell-1', id: 1 }

/**
 * @param one a manager that runs on this state directory, or the directory alone. One that runs delivers to receivers as well, what its
 *   own events are: where deliveries are tested, there must be none
 */
export const beside = async (one: Pick<Started, 'state' | 'log'>, now: () => number = Date.now): Promise<Beside> => {
  const opened = await openState({ state: one.state, join: true, now })
  const { db } = opened
  await sql`CREATE TABLE IF NOT EXISTS test_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, received timestamptz NOT NULL, event jsonb NOT NULL)`.execute(
    db,
  )
  const ending = new AbortController()
  const manager: Manager = {
    ...opened,
    signer: objectSigner(one.state),
    bus: localBus((error) => one.log.push(String(error))),
    id: randomUUID(),
    domain: 'bulkhead',
    state: one.state,
    now,
    version: '1.2.3',
    started: now(),
    database: 'private',
    setup: undefined,
    ending: ending.signal,
  }
  const own: string[] = []
  const readers: Readers = {
    eventsAfter: async (_, position, limit) => {
      const { rows } = await sql<{ id: number; received: Date; event: Event }>`
        SELECT id, received, event FROM test_events WHERE id > ${position} ORDER BY id LIMIT ${limit}`.execute(db)
      return rows.map((row) => ({ edge, id: row.id, received: row.received.getTime(), event: row.event }))
    },
    newestEvent: async () => {
      const { rows } = await sql<{ id: number }>`SELECT coalesce(max(id), 0) AS id FROM test_events`.execute(db)
      return rows[0]?.id ?? 0
    },
    overdue: async (whose, position, lag) => {
      const floor = (await readers.newestEvent(whose)) - lag
      return position >= floor ? undefined : { position: floor, events: floor - position }
    },
    waiting: async (whose, position) => Math.max(0, (await readers.newestEvent(whose)) - position),
    eventWith: async (_, id) => {
      const { rows } = await sql<{ event: Event }>`
        SELECT event FROM test_events WHERE event->>'id' = ${id}`.execute(db)
      return rows[0]?.event
    },
    ownNetworks: async () => own,
  }
  return {
    manager,
    readers,
    own,
    store: async (...events) => {
      const { rows } = await sql<{ id: number }>`
        INSERT INTO test_events (received, event)
        SELECT ${new Date(now())}, value FROM jsonb_array_elements(${JSON.stringify(events)}::jsonb) RETURNING id`.execute(
        db,
      )
      return rows.at(-1)?.id ?? 0
    },
    publish: async (draft) => {
      const published = await manager.trail.change(async (tx, write) => {
        const done = await publishState(tx, manager.signer, draft)
        await write({ actor: 'ann', action: 'order.test', object: draft.id })
        return done
      })
      announce(manager.bus, published)
    },
    end: async () => {
      ending.abort()
      await opened.close()
    },
  }
}
