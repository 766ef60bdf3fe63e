/** One transaction for the batches of several edges: what is new of them is stored, and their cursors say so. */
import { sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import type { EventKindName } from '#schema/event-kinds.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { chainStart, follow } from './chain.ts'
import { fillInbox, followOf, type Wanted } from './inbox-rows.ts'
import { knownIds } from './known.ts'
import type { ReadBatch } from './read.ts'
import type { Reaction } from './reaction.ts'
import { addSums, insertEvents, type Numbered, tellFeed } from './rows.ts'
import { addUp } from './sums.ts'

/** Rows of a transaction at most: numbers are taken in blocks of so many. */
export const mostRows = 4096
/** A new store at each start would be a way to fill the table. */
const mostStores = 1000

interface Cursor {
  seq: number
  n: number
  hash: string
  readonly broken: boolean
  /** As it stands in the table. */
  readonly was: number
}
export interface Break {
  readonly batch: ReadBatch
  readonly seq: number
  readonly what: string
  /** Of so many events. */
  readonly events: number
}
/** Stored, although their numbers were taken by others: the edge's store went back, or somebody else sends under its key. */
export interface Taken {
  readonly batch: ReadBatch
  readonly seq: number
  readonly events: number
}
export type Outcome = { readonly stored: number } | { readonly refused: Break }
export interface Written {
  /** Of each batch, in their order. */
  readonly outcomes: readonly Outcome[]
  /** Stored, and marked as not fitting. */
  readonly breaks: readonly Break[]
  readonly taken: readonly Taken[]
  readonly wanted: readonly Wanted[]
  /** In the feed; nothing when nothing was new. */
  readonly number: number | undefined
}

const keyOf = ({ edge, store, class: of }: ReadBatch): string => `${edge.id} ${of} ${store}`

/** The cursors of all batches, held until the transaction ends; in one order, so that two writers never wait in a circle. */
const hold = async (
  tx: Tx,
  batches: readonly ReadBatch[],
): Promise<{ cursors: Map<string, Cursor>; block: number }> => {
  const keys = [...new Map(batches.map((batch) => [keyOf(batch), batch])).values()]
  const given = sql`unnest(${keys.map(({ edge }) => edge.id)}::bigint[], ${keys.map(({ store }) => store)}::text[],
    ${keys.map((batch) => batch.class)}::text[]) AS key (edge_id, store, class)`
  const read = async () =>
    (
      await sql<{ key: string; seq: number; n: number; hash: string; broken: boolean }>`
        SELECT edge_id || ' ' || class || ' ' || store AS key, seq, n, hash, broken FROM event_cursors
        JOIN ${given} USING (edge_id, store, class) ORDER BY edge_id, store, class FOR UPDATE OF event_cursors`.execute(
        tx,
      )
    ).rows
  let rows = await read()
  if (rows.length < keys.length) {
    await sql`
      INSERT INTO event_cursors (edge_id, store, class, seq, n, hash, broken)
      SELECT edge_id, store, class, 0, ${chainStart.n}, ${chainStart.hash}, false FROM ${given} ORDER BY 1, 2, 3
      ON CONFLICT DO NOTHING`.execute(tx)
    await refuseManyStores(tx, [...new Set(keys.map(({ edge }) => edge.id))])
    rows = await read()
  }
  const { rows: blocks } = await sql<{ block: number }>`SELECT nextval('event_blocks') AS block`.execute(tx)
  return { cursors: new Map(rows.map(({ key, ...row }) => [key, { ...row, was: row.seq }])), block: blocks[0]!.block }
}

const refuseManyStores = async (tx: Tx, edges: readonly number[]): Promise<void> => {
  const { rows } = await sql`
    SELECT 1 FROM event_cursors WHERE edge_id = ANY(${edges}::bigint[])
    GROUP BY edge_id HAVING count(DISTINCT store) > ${mostStores}`.execute(tx)
  if (rows.length > 0)
    throw new Fault('refused', `An edge has begun more than ${mostStores} stores.`, {
      advice: 'Keep the state directory of the edge, or enrol it under a new name.',
    })
}

const keep = (tx: Tx, cursors: ReadonlyMap<string, Cursor>, batches: readonly ReadBatch[]) => {
  const changed = [...new Map(batches.map((batch) => [keyOf(batch), batch]))].filter(([key]) => {
    const cursor = cursors.get(key)!
    return cursor.seq !== cursor.was
  })
  const of = <T>(pick: (cursor: Cursor) => T): T[] => changed.map(([key]) => pick(cursors.get(key)!))
  return sql`
    UPDATE event_cursors SET seq = new.seq, n = new.n, hash = new.hash
    FROM unnest(${changed.map(([, { edge }]) => edge.id)}::bigint[], ${changed.map(([, { store }]) => store)}::text[],
      ${changed.map(([, batch]) => batch.class)}::text[], ${of(({ seq }) => seq)}::bigint[], ${of(({ n }) => n)}::bigint[],
      ${of(({ hash }) => hash)}::text[]) AS new (edge_id, store, class, seq, n, hash)
    WHERE event_cursors.edge_id = new.edge_id AND event_cursors.store = new.store AND event_cursors.class = new.class`.execute(
    tx,
  )
}

interface Advance {
  readonly rows: readonly Omit<Numbered, 'id'>[]
  readonly flaw?: Break
  readonly taken?: Taken
  readonly refused?: true
}

/**
 * What is new of a batch, with the cursor at its end; or the break for which all of it is refused. Something new below the cursor moves
 * it back: what the edge goes on with is numbered from there.
 * @param known ids that are stored, of those with numbers up to the cursor
 */
const advance = (batch: ReadBatch, cursor: Cursor, known: Set<string>): Advance => {
  const fresh = batch.events.filter(({ sent, event }) => sent.seq > cursor.seq || !known.has(event.id))
  if (fresh.length === 0) return { rows: [] }
  const chained =
    batch.class === 'P0'
      ? follow(
          cursor,
          fresh.map(({ sent }) => sent),
        )
      : undefined
  const events = chained?.intact.filter((holds) => !holds).length ?? 0
  const flaw = chained?.flaw === undefined ? {} : { flaw: { batch, events, ...chained.flaw } }
  if (chained?.flaw !== undefined && !cursor.broken) return { rows: [], refused: true, ...flaw }
  const low = fresh.filter(({ sent }) => sent.seq <= cursor.seq)
  const taken = low.length === 0 ? {} : { taken: { batch, seq: low[0]!.sent.seq, events: low.length } }
  cursor.seq = batch.events.at(-1)!.sent.seq
  for (const { event } of fresh) known.add(event.id)
  if (chained !== undefined) Object.assign(cursor, chained.end)
  const edgeId = batch.edge.id
  return { rows: fresh.map((read, at) => ({ read, edgeId, intact: chained?.intact[at] ?? true })), ...flaw, ...taken }
}

/** @throws when nothing of the group was stored */
export const writeGroup = (
  { db }: Manager,
  batches: readonly ReadBatch[],
  received: number,
  wants: ReadonlyMap<string, readonly Reaction[]>,
  /** Whether this process calls the reactions; else whoever finds them first. */
  calls: boolean,
): Promise<Written> =>
  db.transaction().execute(async (tx) => {
    const { cursors, block } = await hold(tx, batches)
    const known = await knownIds(
      tx,
      batches.map((batch) => ({ batch, key: keyOf(batch), upTo: cursors.get(keyOf(batch))!.was })),
      received,
    )
    const rows: Numbered[] = []
    const breaks: Break[] = []
    const taken: Taken[] = []
    const outcomes = batches.map((batch): Outcome => {
      const found = advance(batch, cursors.get(keyOf(batch))!, known.get(keyOf(batch))!)
      if (found.refused === true) return { refused: found.flaw! }
      if (found.flaw !== undefined) breaks.push(found.flaw)
      if (found.taken !== undefined) taken.push(found.taken)
      for (const row of found.rows) rows.push({ ...row, id: block + rows.length })
      // Not the cursor, which may be another one's.
      return { stored: batch.events.at(-1)!.sent.seq }
    })
    if (rows.length === 0) return { outcomes, breaks, taken, wanted: [], number: undefined }
    const edges = new Map(batches.map(({ edge }) => [edge.id, edge]))
    const follows = followOf(rows, edges, received, wants)
    await insertEvents(tx, rows, received)
    await fillInbox(tx, follows.rows, received, calls)
    await keep(tx, cursors, batches)
    await addSums(tx, addUp(rows.map(({ read }) => read)))
    return { outcomes, breaks, taken, wanted: follows.wanted, number: await tellFeed(tx, rows, received) }
  })

/** Which reactions want a kind. */
export const wantsOf = (all: readonly Reaction[]): ReadonlyMap<string, readonly Reaction[]> => {
  const kinds = new Set<EventKindName>(all.flatMap((reaction) => reaction.kinds))
  return new Map([...kinds].map((kind) => [kind, all.filter((reaction) => reaction.kinds.includes(kind))]))
}
