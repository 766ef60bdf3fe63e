/**
 * Benchmarks, each against a floor or a peer in the same run.
 *   npm run bench                       all of them
 *   npm run bench -- bridge-rtt         some
 *   npm run bench -- --json             one JSON array on standard output
 */
import { parseArgs } from 'node:util'
import { benchmark as containment } from './containment.bench.ts'
import { benchmark as daemon } from './daemon.bench.ts'
import { benchmark as decoyEdge } from './decoy-edge.bench.ts'
import { benchmark as decoyHost } from './decoy-host.bench.ts'
import { benchmark as discovery } from './discover.bench.ts'
import { benchmark as ingest } from './ingest.bench.ts'
import { benchmark as edgeLinkMemory } from './edge-link-memory.bench.ts'
import { benchmark as inspection } from './inspection.bench.ts'
import { benchmark as order } from './order.bench.ts'
import { onFirst } from './processors.ts'
import { benchmark as roundTrip } from './round-trip.bench.ts'
import type { Row } from './row.ts'
import { benchmark as throughput } from './throughput.bench.ts'

const benchmarks = [
  roundTrip,
  throughput,
  containment,
  daemon,
  inspection,
  discovery,
  decoyHost,
  decoyEdge,
  ingest,
  edgeLinkMemory,
  order,
]
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const known = benchmarks.flatMap(({ names }) => names)
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`No benchmark is called ${unknown.join(', ')}. There are: ${known.join(', ')}\n`)
  process.exit(2)
}
const wanted = positionals.length > 0 ? positionals : known
onFirst()

const number = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2))
const line = ({ name, value, unit, against, ratio, limit, ok, details = {} }: Row) =>
  `${ok ? 'ok  ' : 'OVER'} ${name.padEnd(17)} ${number(value).padStart(9)} ${unit.padEnd(15)} against ${`${number(against.value)} (${against.name})`.padEnd(40)} ratio ${number(ratio).padStart(6)}  ${limit}` +
  `${Object.entries(details)
    .map(([key, figure]) => `\n       ${key} ${number(figure)}`)
    .join('')}\n`

const rows: Row[] = []
for (const { names, run } of benchmarks)
  for (const name of names.filter((candidate) => wanted.includes(candidate))) {
    const [result] = await run([name])
    if (result === undefined) continue
    rows.push(result)
    if (!values.json) process.stdout.write(line(result))
  }
if (values.json) process.stdout.write(`${JSON.stringify(rows)}\n`)
process.exit(rows.every(({ ok }) => ok) ? 0 : 1)
