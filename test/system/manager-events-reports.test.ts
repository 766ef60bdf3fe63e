/** What was stored adds up, and is told on the command line. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod'
import { askManager } from '#manager/client.ts'
import type { Manager } from '#manager/context.ts'
import { conversationsOf } from '#manager/events/conversations.ts'
import { ingest } from '#manager/events/ingest.ts'
import { ConduitLedger, FirewallLoad, FoundEvent, Judgement, NoiseReport } from '#schema/manager-events.ts'
import { done } from './manager/cli.ts'
import { addEdge, type EdgeStore, edgeStore, type Said } from './manager/edge.ts'
import { freshState, type Started, start } from './manager/start.ts'

let one: Started
let manager: Manager
let store: EdgeStore
before(async () => {
  one = await start()
  manager = one.manager.context
  const east = await addEdge(manager, 'east', 'gate')
  store = edgeStore(east)
  const put = (said: Said) => ingest(manager, east, store.batch(said))
  const use = (mode: string, count: number) =>
    put({ kind: 'conduit-use', conduit: 'c1', count, details: { bytes: count * 100, mode, seconds: 1800 } })
  await use('enforce', 3600)
  await use('enforce', 3600)
  await use('shadow', 10)
  for (let n = 0; n < 3; n++) await put({ kind: 'denial', conduit: 'c1', reason: 'hours', count: 100 })
  const judged = { method: 'POST', path: `/v1/events/${store.last()}/judgement`, answer: Judgement } as const
  await askManager(one.manager.socket, { ...judged, body: { verdict: 'false-positive', reason: 'Agreed work.' } })
  await put({ kind: 'link-up' })
  const talk = { kind: 'conversation', protocol: 'tcp', port: 502, source: { ip: '198.18.1.5' } }
  for (const ip of ['198.18.1.9', '198.18.1.9', '198.18.1.10']) await put({ ...talk, destination: { ip }, count: 4 })
})
after(() => one.end())

describe('a report', () => {
  const of = <T>(name: string, answer: z.ZodType<T>) =>
    askManager(one.manager.socket, { path: `/v1/reports/${name}?site=east`, answer })
  it('of noise counts packets, events and alerts, and no permitted traffic', async () => {
    const { total, kinds } = await of('noise', NoiseReport)
    const { rawBytes, storedBytes, ...counts } = total
    assert.deepEqual(counts, { packets: 301, events: 4, alerts: 1 })
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ['denial', 'link-up'],
    )
    assert.ok(rawBytes > 50 * storedBytes, `${rawBytes} against ${storedBytes}`)
  })
  it('of firewall load counts packets and bytes', async () => {
    const { conduits, edges } = await of('firewall-load', FirewallLoad)
    assert.deepEqual(conduits, [{ site: 'east', edge: 'gate', conduit: 'c1', packets: 7210, bytes: 721_000 }])
    assert.equal(edges.length, 1)
    assert.ok(Math.abs(edges[0]!.peakPacketsPerSecond - 7210 / 3600) < 1e-6)
  })
  it('of conduits has the hours, the denials and those that were false', async () => {
    const { conduits } = await of('conduits', ConduitLedger)
    const hours = { hoursEnforced: 1, hoursWatched: 0.5 }
    assert.deepEqual(conduits, [
      { site: 'east', conduit: 'c1', ...hours, denials: 300, denialEvents: 3, falsePackets: 100, falseEvents: 1 },
    ])
  })
  it('that ends before it begins is refused', async () =>
    assert.rejects(
      askManager(one.manager.socket, {
        path: '/v1/reports/noise?to=2020-01-01T00:00:00Z&from=2021-01-01T00:00:00Z',
        answer: NoiseReport,
      }),
      { code: 'usage' },
    ))
  it('of who spoke with whom adds up in both directions', async () => {
    const found = async (ip: string) =>
      (await conversationsOf(manager, ip, 7)).map(({ source, destination, port, packets }) => [
        source,
        destination,
        port,
        packets,
      ])
    assert.deepEqual(await found('198.18.1.5'), [
      ['198.18.1.5', '198.18.1.9', 502, 8],
      ['198.18.1.5', '198.18.1.10', 502, 4],
    ])
    assert.deepEqual(await found('198.18.1.10'), [['198.18.1.5', '198.18.1.10', 502, 4]])
  })
})

describe('the command line', () => {
  const run = (...args: string[]) => done(...args, '--state', one.state)
  it('searches', async () => {
    const found = z
      .array(FoundEvent)
      .parse(
        JSON.parse(await run('events', 'search', '--kind', 'link-up', '--since', '1h', '--text', 'THIS IS', '--json')),
      )
    assert.deepEqual(
      found.map(({ event }) => event.text),
      ['This is link-up.'],
    )
  })
  it('exports page after page', async () => {
    const file = join(freshState(), 'out.jsonl')
    const { events } = await manager.db
      .selectFrom('events')
      .select((row) => row.fn.countAll<number>().as('events'))
      .executeTakeFirstOrThrow()
    assert.match(await run('events', 'export', file), new RegExp(`${events} events`))
    const rows = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => FoundEvent.parse(JSON.parse(line)).row)
    assert.equal(new Set(rows).size, events)
  })
  it('judges', async () =>
    assert.match(await run('events', 'judge', store.last(), '--verdict', 'confirmed', '--reason', 'seen'), /confirmed/))
  it('reports', async () => {
    assert.match(await run('reports', 'noise', '--site', 'east'), /301 packets, told in 4 events, 1 alerts/)
    assert.match(await run('reports', 'firewall-load', '--site', 'east'), /7,210 +721\.0 kB +2\/s/)
    assert.match(await run('reports', 'conduits', '--site', 'east'), /c1 +east +1\.0 h +0\.5 h +300 +3 +1/)
  })
})
