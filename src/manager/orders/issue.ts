/** Putting an order in force, and ending it: always the object that edges obey, the row and the audit in one transaction. */
import type { OrderObject } from '#schema/link-objects.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { type Published, publishState } from '../state/publish.ts'
import { auditView, isInForce, type OrderRow, type NewOrderRow, ordersAbout, overlaps, scopeOf } from './rows.ts'

const longest = 500
const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)

type Draft = Omit<OrderObject, 'revision'>

/**
 * What goes down. A known asset that a person decided on has no cause in it: an edge takes an order with a cause for an automatic one,
 * and obeys that only where its own policy agrees.
 */
const draftOf = (row: Omit<OrderRow, 'blast'>, at: number): Draft => ({
  type: 'order',
  id: row.id,
  scope: scopeOf(row),
  by: cut(row.decided_by ?? row.by),
  reason: cut(row.reason),
  at,
  action: 'contain',
  ip: row.ip,
  expires: row.expires.getTime(),
  ...(row.said_known ? { known: true } : {}),
  ...(row.event === null ||
  row.detected === null ||
  row.cause_site === null ||
  row.cause_edge === null ||
  (!row.automatic && row.known.length > 0)
    ? {}
    : { cause: { site: row.cause_site, edge: row.cause_edge, event: row.event, detected: row.detected.getTime() } }),
})

/** Stores a question; nothing goes down. */
export const ask = async (tx: Tx, write: Write, values: NewOrderRow, now: number): Promise<OrderRow> => {
  const row = await tx.insertInto('orders').values(values).returningAll().executeTakeFirstOrThrow()
  await write({ actor: row.by, action: 'order.ask', object: `order ${row.id}`, after: auditView(row, now) })
  return row
}

type Signing = Pick<Manager, 'signer'>

const numbered = (row: OrderRow, revision: number, now: number) =>
  row.revision === null ? { revision, newest: revision, published: new Date(now) } : { newest: revision }

/** Puts a new order in force. */
export const order = async (
  manager: Signing,
  tx: Tx,
  write: Write,
  values: NewOrderRow,
  now: number,
): Promise<{ row: OrderRow; published: Published }> => {
  const draft = draftOf(values, now)
  const published = await publishState(tx, manager.signer, draft)
  const { revision } = published
  const row = await tx
    .insertInto('orders')
    .values({ ...values, revision, newest: revision, published: new Date(now) })
    .returningAll()
    .executeTakeFirstOrThrow()
  await write({ actor: row.by, action: 'order.contain', object: `order ${row.id}`, after: auditView(row, now) })
  return { row, published }
}

/** Publishes a row as it stands, for the first time or once more. */
export const publishRow = async (manager: Signing, tx: Tx, row: OrderRow, now: number): Promise<Published> => {
  const published = await publishState(tx, manager.signer, draftOf(row, now))
  await tx
    .updateTable('orders')
    .set(numbered(row, published.revision, now))
    .where('id', '=', row.id)
    .execute()
  return published
}

export interface End {
  readonly actor: string
  readonly reason: string
}

/**
 * Releases orders about one address. The later revision for an address wins at an edge, so what still holds there is published again
 * behind it.
 */
export const end = async (
  manager: Signing,
  tx: Tx,
  write: Write,
  rows: readonly OrderRow[],
  { actor, reason }: End,
  now: number,
): Promise<Published[]> => {
  const published: Published[] = []
  for (const row of rows) {
    const { cause: _, known: __, ...draft } = draftOf(row, now)
    const one = await publishState(tx, manager.signer, {
      ...draft,
      action: 'release',
      by: cut(actor),
      reason: cut(reason),
    })
    published.push(one)
    const after = await tx
      .updateTable('orders')
      .set({
        state: 'released',
        released: new Date(now),
        released_by: actor,
        release_reason: reason,
        newest: one.revision,
      })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await write({
      actor,
      action: 'order.release',
      object: `order ${row.id}`,
      before: auditView(row, now),
      after: auditView(after, now),
    })
  }
  const [first] = rows
  if (first === undefined) return published
  for (const other of await ordersAbout(tx, first.ip, now))
    if (isInForce(other, now) && rows.some((row) => overlaps(row, other)))
      published.push(await publishRow(manager, tx, other, now))
  return published
}
