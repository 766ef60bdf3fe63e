import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Site } from '#schema/site.ts'
import { compile } from '../compile.ts'
import { ruleset } from './ruleset.ts'

const zone = (mode: string, network: string) => ({ level: 1, networks: [network], mode })
const textOf = (mode: string, change: Record<string, unknown>): string => {
  const site = Site.parse({
    version: 1,
    site: 'test',
    edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
    zones: { office: zone('observe', '198.18.1.0/25'), line: zone(mode, '198.18.2.0/25') },
    assets: {
      hmi: { ips: ['198.18.1.10'], macs: ['02:00:00:00:01:10'], zone: 'office' },
      plc: { ips: ['198.18.2.10'], macs: ['02:00:00:00:02:10'], zone: 'line' },
    },
    groups: { nights: { times: [{ from: '22:00', to: '06:00' }] } },
    conduits: [
      { id: 'poll', from: 'hmi', to: 'plc', service: 'tcp/502', essential: true },
      { id: 'night', from: 'hmi', to: 'plc', service: 'tcp/102', when: 'nights' },
    ],
    ...change,
  })
  const plan = compile(site, 'edge')
  assert.ok(plan)
  return ruleset(plan, { generation: 7 }).prepare.join('')
}
/** Rules of a chain, wherever its parts are written. */
const chain = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`chain g7_${name} \\{([^}]*(?:\\{[^}]*\\}[^}]*)*)\\n  \\}`, 'g'))].flatMap(
    ([, rules = '']) => rules.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()])),
  )

const rate = { id: 'rate', counts: 'packets', over: 20, in: '1s', response: 'deny' }
const row = { zone: 'line', event: 'rate', stranger: 'contain 1m', known: 'contain 1m', 'agreed-by': ['a', 'b'] }

describe('the hit of a sensor', () => {
  test('lets essential conversations be, in both directions, before it does anything', () => {
    const rules = chain(textOf('contain', { sensors: [rate] }), 's0_z1_4')
    assert.deepEqual(rules.slice(0, 2), [
      'meta mark . ip saddr . ip daddr . meta l4proto . th dport @g7_essential_4 return',
      'meta mark . ip daddr . ip saddr . meta l4proto . th sport @g7_essential_4 return',
    ])
    assert.equal(rules.filter((rule) => rule.endsWith('goto g7_s0_z1_4_drop')).length, 2)
  })
  test('does nothing for what is not unicast', () => {
    const rules = chain(textOf('contain', { sensors: [rate] }), 's0_hit4')
    assert.equal(rules.at(-1), 'meta mark . ip daddr vmap @g7_s0_zones4')
    assert.ok(rules.indexOf('meta pkttype { broadcast, multicast } return') < rules.length - 1)
  })
  test('contains known assets through the circuit breaker only, and never a safety asset', () => {
    const rules = chain(textOf('contain', { sensors: [rate], responses: [row] }), 's0_z1_4_contain')
    assert.match(
      rules[0] ?? '',
      /@g7_known4 meta mark \. ip saddr != @g7_safety4 update @breaker .* update @contained_known4/,
    )
    assert.match(rules[0] ?? '', /log prefix "contained-known\|line\|60\|edge" group 5 goto g7_contained4$/)
    assert.match(rules[1] ?? '', /@g7_known4 return$/)
  })
  for (const mode of ['observe', 'shadow'])
    test(`only tells in mode ${mode}`, () => {
      const text = textOf(mode, { sensors: [rate], responses: [row] })
      assert.deepEqual(
        chain(text, 's0_hit4').filter((rule) => !/^counter|log prefix/.test(rule)),
        [],
      )
    })
})

test('a closed conduit is looked up only where something else was agreed on for it', () => {
  const agreed = [{ ...row, event: 'off-hours' }]
  const asked = (text: string) => chain(text, 'z1_4').filter((rule) => rule.includes('@g7_windowed_4'))
  assert.deepEqual(asked(textOf('contain', {})), [])
  assert.deepEqual(asked(textOf('contain', { responses: agreed })), [
    'meta mark . ip saddr . ip daddr . meta l4proto . th dport @g7_windowed_4 goto g7_z1_closed4',
  ])
})
