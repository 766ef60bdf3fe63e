/** From detection to containment: what every edge said, and how long that took. */
import { sql } from 'kysely'
import type { StateReport } from '#schema/link-frames.ts'
import type { OrderDetail, Times } from '#schema/manager-orders.ts'
import type * as z from 'zod'
import type { Manager } from '../context.ts'

export interface Enforced {
  /** Of the table `edges`. */
  readonly edge_id: number
  readonly report: Pick<StateReport, 'id' | 'revision' | 'at' | 'kernelMs'>
  /** When the manager heard of it, ms since 1970. */
  readonly received: number
}

/** Remembers when edges had orders in their kernels: the first time counts, whatever becomes of an order later. */
export const ordersEnforced = async ({ db }: Pick<Manager, 'db'>, all: readonly Enforced[]): Promise<void> => {
  if (all.length === 0) return
  const rows = all.map(({ edge_id, report: { id, revision, at, kernelMs }, received }) => {
    return { edge_id, id, revision, at, received, ms: kernelMs }
  })
  await sql`INSERT INTO order_times (order_id, edge_id, enforced, heard, kernel_ms)
    SELECT o.id, r.edge_id, to_timestamp(r.at / 1000), to_timestamp(r.received / 1000), r.ms
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r (edge_id bigint, id text, revision bigint, at double precision,
      received double precision, ms double precision)
    JOIN orders o ON o.id = r.id AND o.revision = r.revision
    ON CONFLICT DO NOTHING`.execute(db)
}

type EdgeTime = z.infer<typeof OrderDetail>['edges'][number]
const mostEdges = 2000

export const edgesOf = async ({ db }: Pick<Manager, 'db'>, id: string): Promise<EdgeTime[]> => {
  const rows = await db
    .selectFrom('order_times as t')
    .innerJoin('edges as e', 'e.id', 't.edge_id')
    .innerJoin('orders as o', 'o.id', 't.order_id')
    .select(['e.site', 'e.name', 't.enforced', 't.heard', 't.kernel_ms', 'o.detected', 'o.received'])
    .where('t.order_id', '=', id)
    .orderBy('t.enforced')
    .limit(mostEdges)
    .execute()
  return rows.map(({ site, name, enforced, heard, kernel_ms, detected, received }) => ({
    site,
    edge: name,
    enforced: enforced.toISOString(),
    ...(detected === null ? {} : { fromDetection: enforced.getTime() - detected.getTime() }),
    ...(received === null ? {} : { fromReceipt: heard.getTime() - received.getTime() }),
    ...(kernel_ms === null ? {} : { kernelMs: kernel_ms }),
  }))
}

interface Row {
  readonly site: string
  readonly agreed: string | null
  readonly agreed_by: string[] | null
  readonly orders: number
  readonly reports: number
  readonly receipt: number[]
  readonly publication: number[]
  readonly enforced: number[]
  readonly heard: number[]
}

const shares = sql`array[0.5, 0.9, 0.99, 1]::double precision[]`
const ms = (from: string, to: string) =>
  sql`percentile_disc(${shares}) WITHIN GROUP
    (ORDER BY round((extract(epoch FROM ${sql.ref(to)} - ${sql.ref(from)}) * 1000)::numeric, 3)::double precision)`
const named = ([p50 = 0, p90 = 0, p99 = 0, most = 0]: readonly number[]) => ({ p50, p90, p99, most })

/** Of automatic orders, by site that enforced them and by the response that agreed to it. */
export const times = async (
  { db, now }: Pick<Manager, 'db' | 'now'>,
  { days, limit }: { readonly days: number; readonly limit: number },
): Promise<Times> => {
  const { rows } = await sql<Row>`
    SELECT e.site, o.agreed, (array_agg(to_json(o.agreed_by)))[1] AS agreed_by, count(DISTINCT o.id) AS orders, count(*) AS reports,
      ${ms('o.detected', 'o.received')} AS receipt, ${ms('o.received', 'o.published')} AS publication,
      ${ms('o.detected', 't.enforced')} AS enforced, ${ms('o.received', 't.heard')} AS heard
    FROM order_times t JOIN orders o ON o.id = t.order_id JOIN edges e ON e.id = t.edge_id
    WHERE t.heard > ${new Date(now() - days * 86_400_000)} AND o.automatic AND o.detected IS NOT NULL
    GROUP BY e.site, o.agreed ORDER BY e.site, o.agreed LIMIT ${limit}`.execute(db)
  return {
    days,
    rows: rows.map(({ site, agreed, agreed_by, orders, reports, receipt, publication, enforced, heard }) => ({
      site,
      ...(agreed === null ? {} : { agreed }),
      by: agreed_by ?? [],
      orders,
      reports,
      receipt: named(receipt),
      publication: named(publication),
      enforced: named(enforced),
      heard: named(heard),
    })),
  }
}
