/** The circuit breaker: when too much happens by itself, everything further waits for a person until one resets it. */
import { sql, type Selectable } from 'kysely'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { OrderBreakerTable } from '../database/tables/orders.ts'
import { mostInForce, mostWaiting, usualBreaker } from './limits.ts'

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

/** Why the next automatic order would be one too many. */
export const tooMuch = async (
  tx: Tx,
  { per_minute, wide }: BreakerRow,
  isWide: boolean,
  now: number,
): Promise<string | undefined> => {
  const { rows } = await sql<{ minute: number; wide: number; full: boolean }>`SELECT
    (SELECT count(*) FROM orders WHERE automatic AND published > ${new Date(now - 60_000)}) AS minute,
    (SELECT count(*) FROM orders WHERE state = 'ordered' AND automatic AND (level = 'fleet' OR known <> '{}')
       AND expires > ${new Date(now)}) AS wide,
    EXISTS (SELECT 1 FROM orders WHERE state = 'ordered' AND expires > ${new Date(now)} OFFSET ${mostInForce - 1}) AS full
  `.execute(tx)
  const [counted] = rows
  if (counted === undefined) return undefined
  if (counted.minute >= per_minute) return `${counted.minute} automatic orders within a minute`
  if (isWide && counted.wide >= wide)
    return `${counted.wide} automatic orders in force that reach every site or stop known assets`
  return counted.full ? `${mostInForce} orders in force` : undefined
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
