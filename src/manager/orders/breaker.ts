/** The circuit breaker: when too much happens by itself, everything further waits for a person until one resets it. */
import { sql, type Selectable } from 'kysely'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { OrderBreakerTable } from '../database/tables/orders.ts'
import { mostInForce, mostWaiting, usualBreaker } from './limits.ts'
import { matters, type OrderRow } from './rows.ts'

export type BreakerRow = Pick<Selectable<OrderBreakerTable>, 'per_minute' | 'wide' | 'opened' | 'why'>

const unset: BreakerRow = { ...usualBreaker, opened: null, why: null }

export const readBreaker = async ({ db }: Pick<Manager, 'db'>): Promise<BreakerRow> =>
  (await db.selectFrom('order_breaker').selectAll().executeTakeFirst()) ?? unset

/** For whoever decides by himself: until the transaction ends, nobody else does. */
export const lockBreaker = async (tx: Tx): Promise<BreakerRow> => {
  const read = () => tx.selectFrom('order_breaker').selectAll().forUpdate().executeTakeFirst()
  const found = await read()
  if (found !== undefined) return found
  await tx
    .insertInto('order_breaker')
    .values(usualBreaker)
    .onConflict((row) => row.doNothing())
    .execute()
  return (await read()) ?? unset
}

export interface Counts {
  /** Automatic orders within the last minute. */
  readonly minute: number
  /** Automatic ones in force that reach the fleet or stop a known asset. */
  readonly wide: number
  /** No room for more orders in force. */
  readonly full: boolean
}

/** Why the next automatic order would be one too many. */
export const tooMuch = (counted: Counts, { per_minute, wide }: BreakerRow, isWide: boolean): string | undefined => {
  if (counted.minute >= per_minute) return `${counted.minute} automatic orders within a minute`
  if (isWide && counted.wide >= wide)
    return `${counted.wide} automatic orders in force that reach every site or stop known assets`
  return counted.full ? `${mostInForce} orders in force` : undefined
}

/** What a decision is made of: orders about the address, and the counts. One question, because an order waits for it. */
export const lookUp = async (tx: Tx, ip: string, now: number): Promise<{ past: OrderRow[]; counts: Counts }> => {
  const at = new Date(now)
  const { rows } = await sql<Counts & { [K in keyof OrderRow]: K extends 'id' ? string | null : OrderRow[K] }>`
    SELECT o.*, c.* FROM (SELECT
      (SELECT count(*) FROM orders WHERE automatic AND published > ${new Date(now - 60_000)}) AS minute,
      (SELECT count(*) FROM orders WHERE state = 'ordered' AND automatic AND (level = 'fleet' OR known <> '{}')
         AND expires > ${at}) AS wide,
      EXISTS (SELECT 1 FROM orders WHERE state = 'ordered' AND expires > ${at} OFFSET ${mostInForce - 1}) AS full
    ) c LEFT JOIN LATERAL
      (SELECT * FROM orders WHERE ${matters(ip, now)} ORDER BY id DESC) o ON true`.execute(tx)
  const { minute = 0, wide = 0, full = false } = rows[0] ?? {}
  return {
    past: rows.flatMap(({ id, ...row }) => (id === null ? [] : [{ ...row, id }])),
    counts: { minute, wide, full },
  }
}

/** Opens it, once, with one row of the audit. */
export const openBreaker = async (tx: Tx, write: Write, why: string, now: number): Promise<void> => {
  await tx
    .updateTable('order_breaker')
    .set({ opened: new Date(now), why })
    .execute()
  await write({ actor: 'manager', action: 'orders.breaker.open', object: 'circuit breaker of orders', after: { why } })
}

export const isQueueFull = async (tx: Tx, site: string, now: number): Promise<boolean> => {
  const rows = await tx
    .selectFrom('orders')
    .select('id')
    .where('state', '=', 'waiting')
    .where('expires', '>', new Date(now))
    .where('cause_site', '=', site)
    .limit(mostWaiting)
    .execute()
  return rows.length >= mostWaiting
}
