/** What an edge did with an object of a stream. One order brings a report from every edge: they are stored together. */
import { sql } from 'kysely'
import type { StateReport } from '#schema/link-frames.ts'
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
  /** What is being stored: one after the other, so that two never wait for each other's rows. */
  before: Promise<void>
  waiting: number
}

/** ms that reports wait for others */
const gatherMs = 25
/** What an edge's clock may be ahead by; beyond, its times are no times. */
const aheadMs = 86_400_000
/** Reports in one statement. */
const most = 2000
/** Reports in memory, from which on an edge is not read on before its own is stored. */
const crowd = 20_000

const collectors = new WeakMap<Manager, Collector>()

const store = async ({ db }: Manager, rows: readonly Row[]): Promise<void> => {
  // One text: arrays of a thousand values have to be quoted one by one.
  const all = JSON.stringify(rows.map(({ edge_id, report, received }) => ({ ...report, edge_id, received })))
  await sql`
    INSERT INTO state_reports (edge_id, stream, id, revision, outcome, text, at, received, kernel_ms)
    SELECT edge_id, stream, id, revision, outcome, text, to_timestamp(at / 1000), to_timestamp(received / 1000), "kernelMs"
    FROM json_to_recordset(${all}::json) AS said (edge_id bigint, stream text, id text, revision bigint, outcome text,
      text text, at double precision, received double precision, "kernelMs" double precision)
    -- What was never sent cannot be reported: an edge that lies about it does not fill the table.
    WHERE EXISTS (SELECT 1 FROM state_objects AS sent WHERE sent.stream = said.stream AND sent.id = said.id)
    ON CONFLICT (stream, id, edge_id) DO UPDATE SET
      revision = excluded.revision, outcome = excluded.outcome, text = excluded.text, at = excluded.at,
      received = excluded.received, kernel_ms = excluded.kernel_ms
    WHERE state_reports.revision <= excluded.revision`.execute(db)
}

const keep = async (manager: Manager, rows: readonly Row[]): Promise<void> => {
  for (let at = 0; at < rows.length; at += most) {
    const part = rows.slice(at, at + most)
    await store(manager, part)
    await ordersEnforced(
      manager,
      part.filter(({ report: { stream, outcome } }) => stream === 'orders' && outcome === 'enforced'),
    )
  }
}

const flush = async (manager: Manager, collector: Collector): Promise<void> => {
  const { before } = collector
  await new Promise((resolve) => setTimeout(resolve, gatherMs))
  await before.catch(() => undefined)
  const rows = [...collector.rows.values()]
  collector.rows = new Map()
  collector.next = undefined
  collector.before = keep(manager, rows).finally(() => (collector.waiting -= rows.length))
  await collector.before
}

/** Resolves when it is stored. Of several about one object the newest counts. */
export const stateReported = (manager: Manager, edge: EdgeRef, report: StateReport): Promise<void> => {
  const collector: Collector = collectors.get(manager) ?? {
    rows: new Map(),
    next: undefined,
    before: Promise.resolve(),
    waiting: 0,
  }
  collectors.set(manager, collector)
  const key = `${edge.id} ${report.stream} ${report.id}`
  const before = collector.rows.get(key)
  if (before === undefined) collector.waiting++
  const received = manager.now()
  // One time that no calendar has would spoil the statement for all edges.
  const at = Math.min(report.at, received + aheadMs)
  if (before === undefined || before.report.revision <= report.revision)
    collector.rows.set(key, { edge_id: edge.id, report: { ...report, at }, received })
  collector.next ??= flush(manager, collector)
  return collector.next
}

/** Whether so many wait that nobody should bring more. */
export const areReportsCrowded = (manager: Manager): boolean => (collectors.get(manager)?.waiting ?? 0) >= crowd
