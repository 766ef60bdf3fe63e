/** What `GET /metrics` tells: read when it is asked, except for what the process counts. */
import { sql } from 'kysely'
import type { Manager } from '../../context.ts'
import { silentMs } from '../../fleet/view.ts'
import type { Readers } from '../readers.ts'
import { receiverRows } from '../receivers.ts'
import { type Counts, countsOf } from './counts.ts'
import type { Metric, Sample } from './text.ts'

const mostReports = 50_000

interface Numbers {
  readonly edges: number
  readonly enrolled: number
  readonly connected: number
  readonly bytes: number
  readonly connections: number
}

const numbers = async ({ db, now }: Manager): Promise<Numbers> => {
  const { rows } = await sql<Numbers>`SELECT
    (SELECT count(*) FROM edges WHERE revoked IS NULL) AS edges,
    (SELECT count(*) FROM edges WHERE revoked IS NULL AND enrolled IS NOT NULL) AS enrolled,
    (SELECT count(*) FROM edges WHERE manager IS NOT NULL AND seen > ${new Date(now() - silentMs)}) AS connected,
    pg_database_size(current_database()) AS bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections`.execute(db)
  return rows[0] ?? { edges: 0, enrolled: 0, connected: 0, bytes: 0, connections: 0 }
}

const inForce = async ({ db, now }: Manager): Promise<readonly Sample[]> => {
  const { rows } = await sql<{ stream: string; count: number }>`
    SELECT stream, count(*) AS count FROM state_objects
    WHERE sets AND superseded IS NULL AND expires > ${new Date(now())} GROUP BY stream`.execute(db)
  return ['orders', 'permits', 'risk'].map((stream) => ({
    labels: { stream },
    value: rows.find((row) => row.stream === stream)?.count ?? 0,
  }))
}

/** Adds the reports that came since the last time; the first time looks back nowhere, so that counters begin at 0. */
const learnLatencies = async ({ db, started }: Manager, counts: Counts): Promise<void> => {
  const since = counts.seen ?? new Date(started)
  const { rows } = await sql<{ received: Date; seconds: number }>`
    SELECT r.received, extract(epoch FROM r.at)::float8 - coalesce((o.body::jsonb->'cause'->>'detected')::float8,
      (o.body::jsonb->>'at')::float8) / 1000 AS seconds
    FROM state_reports r JOIN state_objects o ON o.stream = r.stream AND o.revision = r.revision
    WHERE r.stream = 'orders' AND r.outcome = 'enforced' AND o.sets AND r.received > ${since}
    ORDER BY r.received LIMIT ${mostReports}`.execute(db)
  for (const { seconds } of rows) counts.orders.add(Math.max(0, seconds))
  counts.seen = rows.at(-1)?.received ?? since
}

const gauge = (name: string, help: string, value: number): Metric => ({
  name,
  type: 'gauge',
  help,
  samples: [{ value }],
})
const counter = (name: string, help: string, value: number): Metric => ({
  ...gauge(name, help, value),
  type: 'counter',
})

const ofProcess = ({ delay }: Counts): readonly Metric[] => {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return [
    gauge('process_resident_memory_bytes', 'Memory of the manager.', rss),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed),
    counter('process_cpu_seconds_total', 'Processor time of the manager.', (user + system) / 1e6),
    gauge('process_start_time_seconds', 'When it started.', Math.round(Date.now() / 1000 - process.uptime())),
    gauge('nodejs_eventloop_lag_p99_seconds', 'Delay of the event loop, 99th percentile.', delay.percentile(99) / 1e9),
  ]
}

export const collect = async (manager: Manager, readers: Readers): Promise<readonly Metric[]> => {
  const counts = countsOf(manager)
  await learnLatencies(manager, counts)
  const [found, objects, receivers, sources] = await Promise.all([
    numbers(manager),
    inForce(manager),
    receiverRows(manager),
    manager.db.selectFrom('exchange_sources').select(['name', 'fetched', 'trouble']).execute(),
  ])
  const each = (value: (row: (typeof receivers)[number]) => number): Sample[] =>
    receivers.map((row) => ({ labels: { receiver: row.name }, value: value(row) }))
  const waiting = await Promise.all(
    receivers.map(async ({ name, position }) => ({
      labels: { receiver: name },
      value: await readers.waiting(manager, position),
    })),
  )
  return [
    {
      name: 'bulkhead_events_total',
      type: 'counter',
      help: 'Events that this manager stored since it started, by kind and site.',
      samples: [...counts.kinds.values()].map(({ kind, site, count }) => ({ labels: { kind, site }, value: count })),
    },
    gauge('bulkhead_edges', 'Edges that are not revoked.', found.edges),
    gauge('bulkhead_edges_enrolled', 'Edges with a key.', found.enrolled),
    gauge('bulkhead_edges_connected', 'Edges with a link to any manager of this database.', found.connected),
    { name: 'bulkhead_objects_in_force', type: 'gauge', help: 'Signed objects in force, by stream.', samples: objects },
    {
      name: 'bulkhead_order_seconds',
      type: 'histogram',
      help: 'From the detection of a source, or the order of a person, until an edge enforces it.',
      samples: counts.orders.samples(),
    },
    {
      name: 'bulkhead_receiver_waiting',
      type: 'gauge',
      help: 'Events that a receiver has not been through yet.',
      samples: waiting,
    },
    {
      name: 'bulkhead_receiver_delivered_total',
      type: 'counter',
      help: 'Events that a receiver took.',
      samples: each(({ delivered }) => delivered),
    },
    {
      name: 'bulkhead_receiver_skipped_total',
      type: 'counter',
      help: 'Events left out because a receiver was too far behind.',
      samples: each(({ skipped }) => skipped),
    },
    {
      name: 'bulkhead_receiver_dead_total',
      type: 'counter',
      help: 'Events that a receiver refused for good.',
      samples: each(({ dead }) => dead),
    },
    {
      name: 'bulkhead_receiver_up',
      type: 'gauge',
      help: '0 while a receiver takes nothing.',
      samples: each(({ trouble }) => (trouble === null ? 1 : 0)),
    },
    {
      name: 'bulkhead_list_age_seconds',
      type: 'gauge',
      help: 'Since a list of others was fetched.',
      samples: sources.flatMap(({ name, fetched }) =>
        fetched === null ? [] : [{ labels: { list: name }, value: (manager.now() - fetched.getTime()) / 1000 }],
      ),
    },
    gauge('bulkhead_database_bytes', 'Size of the database.', found.bytes),
    gauge('bulkhead_database_connections', 'Connections to the database, of every manager.', found.connections),
    ...ofProcess(counts),
  ]
}
