import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { compile } from '#policy/compile.ts'
import { loadPolicyText } from '#policy/load.ts'
import type { Counted } from '../kernel/conversations.ts'
import { openStore } from '../store/open.ts'
import { keys } from '../store/kv.ts'
import { periodMs, UsageKeeper } from './usage.ts'

const root = mkdtempSync(join(tmpdir(), 'bulkhead-usage-'))
const store = openStore({ path: join(root, 'edge.db'), reserveBytes: 65_536 })
after(() => {
  store.close()
  rmSync(root, { recursive: true, force: true })
})

const { site } = loadPolicyText(
  `version: 1
site: riverside
timezone: UTC
edges: { cell-edge: { bridge: br0, ports: { plant: { zones: [office] }, cell: { zones: [cell] } } } }
zones:
  cell: { level: 1, networks: [198.18.1.0/26], mode: enforce }
  office: { level: 2, networks: [198.18.1.64/26], mode: shadow }
assets:
  plc: { ips: [198.18.1.10], macs: ['00:1b:1b:aa:00:10'], zone: cell, kind: plc }
  hmi: { ips: [198.18.1.72], macs: ['00:1b:1b:aa:00:72'], zone: office, kind: hmi }
conduits:
  - { id: operate, from: hmi, to: plc, service: modbus, reason: x, owner: line }
  - { id: spare, from: hmi, to: plc, service: tcp/102, reason: x, owner: line }
`,
  'site.yaml',
)
const plan = compile(site, 'cell-edge')
assert.ok(plan !== undefined)
const counterOf = (id: string) => plan.conduits.find((conduit) => conduit.id === id)?.counter ?? ''

const keeper = () => {
  const counters = new Map([[counterOf('operate'), { packets: 100, bytes: 8000 }]])
  const present: Counted[] = []
  const readings = { totals: () => counters, conversations: () => present }
  const usage = new UsageKeeper({ plan, site, store }, readings, 0)
  return { counters, present, usage }
}
const told = (events: ReturnType<UsageKeeper['tick']>) =>
  events.map(({ kind, conduit, count, details }) => [kind, conduit, count, details?.['seconds'], details?.['mode']])
const knock = (last: number, packets: number): Counted => ({
  noted: 'denials',
  vlan: 0,
  src: `203.0.113.${last}`,
  dst: '198.18.1.10',
  proto: 6,
  port: 22,
  packets,
})

test('a conduit that carried something is told of once a period, with what it carried since', () => {
  const { counters, usage } = keeper()
  counters.set(counterOf('operate'), { packets: 130, bytes: 9500 })
  assert.deepEqual(usage.tick(periodMs - 1), [])
  const [event, ...others] = usage.tick(periodMs)
  assert.deepEqual(others, [])
  assert.deepEqual([event?.count, event?.details?.['bytes']], [30, 1500])
  assert.deepEqual(usage.tick(periodMs * 2), [], 'nothing new')
})

test('one without traffic is told of once an hour, with the time that it was enforced', () => {
  const { usage } = keeper()
  const events = Array.from({ length: 12 }, (_, at) => usage.tick(periodMs * (at + 1)))
  assert.deepEqual(events.slice(0, 11).flat(), [])
  assert.deepEqual(told(events[11] ?? []), [
    ['conduit-use', 'operate', 0, 3600, 'enforce'],
    ['conduit-use', 'spare', 0, 3600, 'enforce'],
  ])
})

test('a bypass is no time in which anything was enforced', () => {
  const { counters, usage } = keeper()
  counters.set(counterOf('operate'), { packets: 101, bytes: 8080 })
  store.kv.set(keys.bypass, { until: new Date(Date.now() + 60_000).toISOString() })
  usage.tick(periodMs / 2)
  store.kv.set(keys.bypass, undefined)
  assert.deepEqual(told(usage.tick(periodMs)), [['conduit-use', 'operate', 1, 150, 'enforce']])
})

test('conversations outside conduits are told of with what is new, at most so many, and the rest is counted', () => {
  const { present, usage } = keeper()
  present.push(knock(1, 5))
  const [first] = usage.tick(periodMs)
  assert.deepEqual(
    [first?.kind, first?.source, first?.destination?.asset, first?.port, first?.count],
    ['conversation', { ip: '203.0.113.1', vlan: 0 }, 'plc', 22, 5],
  )
  present.splice(0, 1, knock(1, 12), ...Array.from({ length: 210 }, (_, at) => knock(at + 2, 1)))
  const events = usage.tick(periodMs * 2)
  assert.deepEqual([events.length, events[0]?.count, events.at(-1)?.details?.['more']], [200, 7, 11])
  assert.equal(usage.tick(periodMs * 3).length, 11, 'those come next')
})
