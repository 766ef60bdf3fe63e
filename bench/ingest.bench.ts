/** Events of several edges into PostgreSQL, with searches meanwhile; against the same rows copied into a bare table. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { askManager } from '#manager/client.ts'
import { EventPage } from '#schema/manager-events.ts'
import { onAll } from './processors.ts'
import { percentile, row, type Benchmark, type Row } from './row.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
const seconds = long ? 60 : 10
const wanted = 20_000
const edges = 8

const Place = z.object({ path: z.string(), api: z.string() })
const Made = z.object({
  stored: z.number(),
  rate: z.number(),
  mostWaiting: z.number(),
  lastWaiting: z.number(),
  ackP99: z.number(),
})
const Used = z.object({
  rows: z.number(),
  growth: z.number(),
  peak: z.number(),
  floorRate: z.number(),
  managerMs: z.number(),
  databaseMs: z.number(),
})

const script = (name: string, ...words: readonly string[]): ChildProcess =>
  spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL(name, import.meta.url)), ...words],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
const linesOf = (child: ChildProcess) => createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
const next = async (lines: AsyncIterator<string>): Promise<unknown> => {
  const { value, done } = await lines.next()
  if (done === true) throw new Error('a process of the benchmark ended early')
  return JSON.parse(value)
}

const searches = [
  'limit=50',
  'conduit=conduit-17&limit=50',
  'source=198.18.15.0/24&limit=50',
  'source=198.18.17.127&limit=50',
  'kind=permit&limit=50',
  'site=north&edge=edge-3&class=P1&limit=50',
  'asset=plc-19&limit=50',
]
const searching = async (api: string, ended: AbortSignal): Promise<number[]> => {
  const took: number[] = []
  for (let n = 0; !ended.aborted; n++) {
    const began = performance.now()
    await askManager(api, { path: `/v1/events?${searches[n % searches.length]}`, answer: EventPage })
    took.push(performance.now() - began)
    await sleep(100)
  }
  return took
}

const ingest = async (): Promise<Row> => {
  const manager = script('ingest-manager.ts', String(edges))
  try {
    const said = linesOf(manager)
    const { path, api } = Place.parse(await next(said))
    const generator = script('ingest-edges.ts', path, String(edges), String(wanted), String(seconds))
    const ended = new AbortController()
    const took = searching(api, ended.signal)
    const made = Made.parse(await next(linesOf(generator)))
    ended.abort()
    const latencies = await took
    manager.stdin!.write('end\n')
    const used = Used.parse(await next(said))
    const p99 = percentile(latencies, 99)
    return row({
      name: 'ingest',
      value: made.rate,
      unit: 'events/s',
      against: { name: 'COPY, bare table', value: used.floorRate },
      limit: `${wanted.toLocaleString('en')} events/s for ${seconds} s, each stored once; search p99 at most 100 ms; memory under 512 MB`,
      ok: made.rate >= wanted * 0.97 && used.rows === made.stored && p99 <= 100 && used.peak < 512,
      details: {
        seconds,
        stored: used.rows,
        mostWaiting: made.mostWaiting,
        lastWaiting: made.lastWaiting,
        acknowledgedP99Ms: made.ackP99,
        searchP50Ms: percentile(latencies, 50),
        searchP99Ms: p99,
        growthMb: used.growth,
        peakMb: used.peak,
        /** Processor time, µs an event. */
        managerUs: (used.managerMs * 1000) / made.stored,
        databaseUs: (used.databaseMs * 1000) / made.stored,
      },
    })
  } finally {
    manager.kill('SIGTERM')
    if (manager.exitCode === null && manager.signalCode === null) await once(manager, 'exit')
  }
}

export const benchmark: Benchmark = {
  names: ['ingest'],
  // The database, the manager and the edges share what the machine has.
  run: async () => [await onAll(ingest)],
}
