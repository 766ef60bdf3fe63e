/** What is in force, what waits, and the breaker: read, changed and told. */
import { sql } from 'kysely'
import type { Breaker, BreakerChange, OrdersStatus } from '#schema/manager-orders.ts'
import type * as z from 'zod'
import type { Manager } from '../context.ts'
import { type BreakerRow, lockBreaker, readBreaker } from './breaker.ts'
import { mostWaiting } from './limits.ts'
import type { Person } from './person.ts'

const breakerView = ({ per_minute, wide, opened, why }: BreakerRow): z.infer<typeof Breaker> => ({
  open: opened !== null,
  ...(opened === null ? {} : { since: opened.toISOString() }),
  ...(why === null ? {} : { why }),
  perMinute: per_minute,
  wide,
})

type Counts = Omit<OrdersStatus, 'breaker' | 'alarms'>

export const ordersStatus = async (manager: Pick<Manager, 'db' | 'now'>): Promise<OrdersStatus> => {
  const { db } = manager
  const now = manager.now()
  const at = new Date(now)
  const { rows } = await sql<Counts>`SELECT
    count(*) FILTER (WHERE state = 'ordered') AS "inForce",
    count(*) FILTER (WHERE state = 'ordered' AND automatic) AS automatic,
    count(*) FILTER (WHERE state = 'ordered' AND automatic AND (level = 'fleet' OR known <> '{}')) AS wide,
    count(*) FILTER (WHERE state = 'waiting') AS waiting,
    (SELECT count(*) FROM orders WHERE automatic AND published > ${new Date(now - 60_000)}) AS "lastMinute",
    (SELECT count(*) FROM permits WHERE state = 'permitted' AND expires > ${at}) AS permits,
    (SELECT count(*) FROM permits WHERE state = 'waiting' AND expires > ${at}) AS "permitsWaiting"
    FROM orders WHERE state IN ('ordered', 'waiting') AND expires > ${at}`.execute(db)
  const full = await db
    .selectFrom('orders')
    .select('cause_site')
    .where('state', '=', 'waiting')
    .where('expires', '>', at)
    .groupBy('cause_site')
    .having((row) => row.fn.countAll(), '>=', mostWaiting)
    .execute()
  const breaker = breakerView(await readBreaker(manager))
  return {
    ...rows[0]!,
    breaker,
    alarms: [
      ...(breaker.open
        ? [`The circuit breaker is open: ${breaker.why ?? ''}. Nothing is ordered without a person.`]
        : []),
      ...full.map(
        ({ cause_site }) => `${mostWaiting} orders wait for ${cause_site ?? 'people'}; further ones are not asked.`,
      ),
    ],
  }
}

/** Closes the breaker, or sets its limits. */
export const changeBreaker = async (
  manager: Manager,
  { actor }: Person,
  { reset, perMinute, wide, reason }: z.infer<typeof BreakerChange>,
): Promise<z.infer<typeof Breaker>> => {
  const after = await manager.trail.change(async (tx, write) => {
    const before = await lockBreaker(tx)
    const next = await tx
      .updateTable('order_breaker')
      .set({
        per_minute: perMinute ?? before.per_minute,
        wide: wide ?? before.wide,
        ...(reset === true ? { opened: null, why: null } : {}),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const action = reset === true ? 'orders.breaker.reset' : 'orders.breaker.limits'
    const views = { before: breakerView(before), after: { ...breakerView(next), reason } }
    await write({ actor, action, object: 'circuit breaker of orders', ...views })
    return next
  })
  manager.bus.publish('changed', { kind: 'orders', id: 'breaker' })
  return breakerView(after)
}
