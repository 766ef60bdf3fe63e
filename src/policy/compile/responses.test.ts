import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Site } from '#schema/site.ts'
import { compile } from '../compile.ts'

const agreed = ['security', 'operations']
const site = (change: Record<string, unknown>) =>
  Site.parse({
    version: 1,
    site: 'test',
    edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
    zones: {
      office: { level: 3, networks: ['198.18.1.0/25'], mode: 'enforce' },
      line: { level: 1, networks: ['198.18.2.0/25'], mode: 'contain' },
    },
    ...change,
  })
const compiled = (change: Record<string, unknown>) => {
  const plan = compile(site(change), 'edge')
  assert.ok(plan)
  return plan
}
const scan = (more = {}) => ({
  id: 's',
  counts: 'distinct-destinations',
  over: 5,
  in: '10s',
  response: 'contain',
  ...more,
})
const rate = (more = {}) => ({ id: 's', counts: 'packets', over: 5, in: '10s', ...more })
const row = (more: Record<string, unknown>) => ({ zone: 'line', event: 'scan', 'agreed-by': agreed, ...more })

interface Row {
  readonly name: string
  readonly sensor: Record<string, unknown>
  readonly responses?: readonly Record<string, unknown>[]
  /** Zone: stranger, known. */
  readonly effects: readonly string[]
}

const rows: readonly Row[] = [
  {
    name: 'that scans contains strangers only, and only where the zone contains',
    sensor: scan(),
    effects: ['line: contain 3600 edge, deny'],
  },
  { name: 'that only tells has no effect', sensor: scan({ response: 'alert' }), effects: [] },
  {
    name: 'contains known assets where the row of its event says so',
    sensor: scan({ response: 'alert' }),
    responses: [row({ known: 'contain 10m site' })],
    effects: ['line: alert, contain 600 site'],
  },
  {
    name: 'follows the row for any sensor where its event has none',
    sensor: rate(),
    responses: [
      row({ event: 'sensor', stranger: 'contain 2h', known: 'deny' }),
      row({ event: 'scan', stranger: 'alert' }),
    ],
    effects: ['line: contain 7200 edge, deny'],
  },
  {
    name: 'prefers the row of its own event',
    sensor: rate(),
    responses: [row({ event: 'sensor', stranger: 'contain' }), row({ event: 'rate', stranger: 'deny' })],
    effects: ['line: deny, alert'],
  },
  {
    name: 'that limits a rate does so wherever a zone enforces',
    sensor: rate({ response: 'deny' }),
    effects: ['office: deny, deny', 'line: deny, deny'],
  },
  {
    name: 'that contains for a rate takes nothing from known assets, whose packets are permitted',
    sensor: rate({ response: 'contain' }),
    effects: ['office: contain 3600 edge, alert', 'line: contain 3600 edge, alert'],
  },
  {
    name: 'watches one zone when it names one',
    sensor: rate({ response: 'deny', zone: 'office' }),
    effects: ['office: deny, deny'],
  },
  { name: 'denies nothing more by a scan, which is denied already', sensor: scan({ response: 'deny' }), effects: [] },
  { name: 'that saw a new peer only tells', sensor: { id: 's', counts: 'first-seen-peer' }, effects: [] },
]

describe('a sensor', () => {
  for (const { name, sensor, responses = [], effects } of rows)
    test(name, () => {
      const plan = compiled({ sensors: [sensor], responses })
      const text = ({ action, seconds, scope }: { action: string; seconds: number; scope: string }) =>
        action === 'contain' ? `contain ${seconds} ${scope}` : action
      assert.deepEqual(
        plan.sensors[0]?.effects.map(
          ({ zone, stranger, known }) => `${plan.zones[zone]?.name}: ${text(stranger)}, ${text(known)}`,
        ),
        effects,
      )
    })
})

describe('using a conduit while it is closed', () => {
  const closed = (change: Record<string, unknown>) => {
    const found = compiled(change).zones.find(({ name }) => name === 'line')?.offHours
    return found && [found.stranger.action, found.known.action]
  }
  const outOfScope = row({ event: 'out-of-scope', stranger: 'deny', known: 'contain' })

  test('is being out of scope where nothing else was agreed', () => {
    assert.equal(closed({ responses: [outOfScope] }), undefined)
  })
  test('gets what its row says, for whom it says it', () => {
    assert.deepEqual(closed({ responses: [outOfScope, row({ event: 'off-hours', stranger: 'contain' })] }), [
      'contain',
      'contain',
    ])
  })
  test('gets no less because a sensor tells of it', () => {
    const sensors = [{ id: 'hours', counts: 'off-hours' }]
    assert.deepEqual(closed({ sensors }), ['contain', 'deny'])
    assert.deepEqual(closed({ sensors, responses: [outOfScope] }), ['deny', 'contain'])
  })
  test('gets what its sensor says, which speaks for strangers when it contains', () => {
    const sensors = [{ id: 'hours', counts: 'off-hours', response: 'contain' }]
    assert.deepEqual(closed({ sensors, responses: [outOfScope] }), ['contain', 'contain'])
    assert.equal(closed({ sensors: [{ ...sensors[0], zone: 'office' }] }), undefined)
  })
})
