/** What an edge did with an object of a stream. One order brings a report from every edge: they are stored together. */
import { sql } from 'kysely'
import type { StateReport } from '#schema/link.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { ordersEnforced } from '../orders/times.ts'

interface Row {
  readonly edge_id: number
  readonly report: StateReport
  readonly received: number
}
interface Collector {
  rows: Map<string, Row>
  /** Resolves when what waits now is stored. */
  next: Promise<void> | undefined
}

/** ms that reports wait for others */
const gatherMs = 25
/** What an edge's clock may be ahead by; beyond, its times are no times. */
const aheadMs = 86_400_000
/** Reports in one statement. */
const most = 2000

const collectors = new WeakMap<Manager, Collector>()

const store = async ({ db }: Manager, rows: readonly Row[]): Promise<void> => {
  const column = <T>(pick: (row: Row) => T): T[] => rows.map(pick)
  await sql`
    INSERT INTO state_reports (edge_id, stream, id, revision, outcome, text, at, received, kernel_ms)
    SELECT * FROM unnest(
      ${column(({ edge_id }) => edge_id)}::bigint[], ${column(({ report }) => report.stream)}::text[],
      ${column(({ report }) => report.id)}::text[], ${column(({ report }) => report.revision)}::bigint[],
      ${column(({ report }) => report.outcome)}::text[], ${column(({ report }) => report.text ?? null)}::text[],
      ${column(({ report, received }) => new Date(Math.min(report.at, received + aheadMs)))}::timestamptz[],
      ${column(({ received }) => new Date(received))}::timestamptz[],
      ${column(({ report }) => report.kernelMs ?? null)}::double precision[])
    ON CONFLICT (stream, id, edge_id) DO UPDATE SET
      revision = excluded.revision, outcome = excluded.outcome, text = excluded.text, at = excluded.at,
      received = excluded.received, kernel_ms = excluded.kernel_ms
    WHERE state_reports.revision <= excluded.revision`.execute(db)
}

const flush = async (manager: Manager, collector: Collector): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, gatherMs))
  const rows = [...collector.rows.values()]
  collector.rows = new Map()
  collector.next = undefined
  for (let at = 0; at < rows.length; at += most) {
    const part = rows.slice(at, at + most)
    await store(manager, part)
    await ordersEnforced(
      manager,
      part.filter(({ report: { stream, outcome } }) => stream === 'orders' && outcome === 'enforced'),
    )
  }
}

/** Resolves when it is stored. Of several about one object the newest counts. */
export const stateReported = (manager: Manager, edge: EdgeRef, report: StateReport): Promise<void> => {
  const collector: Collector = collectors.get(manager) ?? { rows: new Map(), next: undefined }
  collectors.set(manager, collector)
  const key = `${edge.id} ${report.stream} ${report.id}`
  const before = collector.rows.get(key)
  if (before === undefined || before.report.revision <= report.revision)
    collector.rows.set(key, { edge_id: edge.id, report, received: manager.now() })
  collector.next ??= flush(manager, collector)
  return collector.next
}
