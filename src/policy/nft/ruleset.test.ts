import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Site } from '#schema/site.ts'
import { compile } from '../compile.ts'
import { chunkSize } from './writer.ts'
import { ruleset } from './ruleset.ts'

const site = (change: Record<string, unknown> = {}) =>
  Site.parse({
    version: 1,
    site: 'test',
    edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
    zones: {
      office: { level: 3, networks: ['198.18.1.0/25'], mode: 'contain' },
      line: { level: 1, networks: ['198.18.2.0/25'], mode: 'contain' },
    },
    assets: {
      hmi: { ips: ['198.18.1.10'], macs: ['02:00:00:00:01:10'], zone: 'office' },
      plc: { ips: ['198.18.2.10'], macs: ['02:00:00:00:02:10'], zone: 'line' },
    },
    conduits: [{ id: 'poll', from: 'hmi', to: 'plc', service: 'tcp/502' }],
    ...change,
  })
const textOf = (given: Site, generation = 7) => {
  const plan = compile(given, 'edge')
  assert.ok(plan)
  return { plan, ...ruleset(plan, { generation }) }
}
const chain = (text: string, name: string): string[] => {
  const start = text.indexOf(`chain ${name} {\n`)
  assert.ok(start >= 0, `no chain ${name}`)
  return text
    .slice(start, text.indexOf('\n  }', start))
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
}

test('a known source in its place takes two containment checks and one lookup per direction', () => {
  const rules = chain(textOf(site()).prepare.join(''), 'g7_known_source4')
  const there = 'counter name meta mark . ip saddr . ip daddr . meta l4proto . th dport map @g7_permit_4 accept'
  const back = 'counter name meta mark . ip daddr . ip saddr . meta l4proto . th sport map @g7_permit_4 accept'
  assert.equal(rules.indexOf(there), 2, rules.join('\n'))
  assert.ok(rules[0]?.startsWith('meta mark . ip saddr @held4 '))
  assert.ok(rules[1]?.startsWith('meta mark . ip saddr @contained_known4 '))
  assert.ok(rules.includes(back))
  assert.equal(rules.at(-1), 'goto g7_rest4')
})

test('the flip is one small transaction that names generation and digest', () => {
  const { flip, plan, text } = textOf(site())
  assert.ok(flip.length < 4000)
  assert.match(flip, new RegExp(`goto g7_main comment "generation 7 digest ${plan.digest} text ${text}"`))
  assert.match(flip, /forward meta iiftype @bypass counter name "bypass" accept/)
})

test('a containment has a drop of its own behind the sets that may be full', () => {
  const { prepare } = textOf(site())
  const rules = chain(prepare.join(''), 'g7_out_z1_contain4')
  assert.equal(rules.at(-1), 'drop')
  assert.ok(rules.some((rule) => rule.startsWith('update @strangers4')))
  assert.ok(!rules.some((rule) => rule.startsWith('update') && rule.endsWith('drop')))
})

test('observe and shadow hold no drop, queue, NAT or rewrite in any table', () => {
  for (const mode of ['observe', 'shadow']) {
    const zones = {
      office: { level: 3, networks: ['198.18.1.0/25'], mode },
      line: { level: 1, networks: ['198.18.2.0/25'], mode },
    }
    const { prepare, flip } = textOf(site({ zones, layer2: [{ zones: ['line'], allow: ['goose'] }] }))
    assert.doesNotMatch(
      `${prepare.join('')}${flip}`,
      /(?<![-\w])(drop|queue|reject|dnat|snat|masquerade|notrack)(?![-\w])/,
      mode,
    )
  }
})

test('elements come in chunks that an unprivileged namespace takes', () => {
  const assets = Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [
      `a${i}`,
      { ips: [`198.18.1.${i % 120}`.replace(/^198\.18\.1/, `198.18.${4 + (i >> 7)}`)], zone: 'office' },
    ]),
  )
  const zones = {
    office: { level: 3, networks: ['198.18.0.0/16'], mode: 'contain' },
    line: { level: 1, networks: ['198.19.2.0/25'], mode: 'contain' },
  }
  const { prepare } = textOf(site({ assets, zones, conduits: [] }))
  for (const text of prepare.filter((one) => one.startsWith('add element')))
    assert.ok(text.split(', ').length <= chunkSize)
})

const commands = (change: Record<string, unknown> = {}) =>
  site({ conduits: [{ id: 'c', from: 'hmi', to: 'plc', service: 'modbus', allow: ['read'], ...change }] })

test('a conduit that allows single commands is marked for an inspector, in both directions, and never just accepted', () => {
  const { prepare } = textOf(commands())
  const text = prepare.join('')
  const element = '0 . 198.18.1.10 . 198.18.2.10 . 6 . 502 : "c-c"'
  assert.ok(text.includes(`add element bridge bulkhead g7_inspect0x20000__4 { ${element} }`), text)
  const there = 'meta mark . ip saddr . ip daddr . meta l4proto . th dport map @g7_inspect0x20000__4'
  const back = 'meta mark . ip daddr . ip saddr . meta l4proto . th sport map @g7_inspect0x20000__4'
  assert.ok(chain(text, 'g7_new4').includes(`counter name ${there} meta mark set meta mark | 0x20000 accept`))
  assert.ok(chain(text, 'g7_answer4').includes(`counter name ${back} meta mark set meta mark | 0x420000 accept`))
  assert.doesNotMatch(text, /add element bridge bulkhead g7_permit_4/)
})

test('what should have been judged and was not is counted, and stopped where its conduit says so', () => {
  const open = textOf(commands()).prepare.join('')
  assert.ok(chain(open, 'g7_audit').some((rule) => rule.includes('update @uninspected4')))
  assert.doesNotMatch(open, /audit_closed/)
  const closed = textOf(commands({ 'on-failure': 'closed' })).prepare.join('')
  assert.ok(chain(closed, 'g7_audit').includes('meta iiftype != @hung meta mark & 0x100000 != 0 goto g7_audit_closed'))
  assert.equal(chain(closed, 'g7_audit_closed').at(-1), 'counter name "uninspected-dropped" drop')
  assert.ok(chain(closed, 'g7_audit_closed').some((rule) => rule.includes('@th,192,16 6 @th,216,8 { 1, 2, 3, 4 }')))
})

test('commands towards a zone in observe or shadow are copied, and nothing else is done', () => {
  for (const mode of ['observe', 'shadow']) {
    const zones = {
      office: { level: 3, networks: ['198.18.1.0/25'], mode },
      line: { level: 1, networks: ['198.18.2.0/25'], mode },
    }
    const plain = commands()
    const { prepare, flip } = textOf({ ...plain, zones: site({ zones }).zones })
    const text = prepare.join('')
    assert.ok(chain(text, 'g7_new4').some((rule) => rule.endsWith('log prefix "watch" group 6 snaplen 65535 accept')))
    assert.doesNotMatch(`${text}${flip}`, /(?<![-\w])(drop|queue|reject|dnat|snat|masquerade|notrack)(?![-\w])/, mode)
  }
})

test('the fingerprint of the text depends on neither the generation nor on which windows are open', () => {
  const plan = compile(
    site({
      groups: { nights: { times: [{ from: '22:00', to: '04:00' }] } },
      conduits: [{ id: 'c', from: 'hmi', to: 'plc', service: 'tcp/1', when: 'nights' }],
    }),
    'edge',
  )
  assert.ok(plan)
  const text = (generation: number, open: ReadonlyMap<number, number>) =>
    ruleset(plan, { generation, openWindows: open }).text
  assert.equal(text(1, new Map()), text(22, new Map([[0, 60]])))
  assert.notEqual(text(1, new Map()), textOf(site()).text)
})

test('of networks of a zone within each other the kernel gets the outer one, and each once', () => {
  const { plan } = textOf(
    site({
      zones: {
        office: { level: 3, networks: ['198.18.1.0/25', 'fd00:1::/64'], mode: 'contain' },
        line: {
          level: 1,
          networks: [
            '198.18.2.0/26',
            '198.18.2.0/25',
            'fd00:2::/48',
            '198.18.2.0/25',
            'fd00:2:0:1::/64',
            '198.18.2.128/25',
          ],
          mode: 'contain',
        },
      },
    }),
  )
  assert.deepEqual(
    plan.zones.map(({ networks }) => networks),
    [
      ['198.18.1.0/25', 'fd00:1::/64'],
      ['198.18.2.0/25', 'fd00:2::/48', '198.18.2.128/25'],
    ],
  )
})

test('an IPv4-mapped address of an asset is written as the kernel reads it', () => {
  const mapped = { ips: ['::ffff:198.18.2.10'], zone: 'line' }
  const text = textOf(site({ assets: { mapped }, conduits: [] })).prepare.join('')
  assert.match(text, /g7_nd_sited \{ 0 \. 0x00000000000000000000ffffc612020a \}/)
})

const limits: readonly (readonly [over: number, within: string, says: RegExp])[] = [
  [5, '10s', /limit rate over 30\/minute burst 5 packets/],
  [20, '1h', /limit rate over 20\/hour burst 20 packets/],
  [5, '1d', /limit rate over 35\/week burst 5 packets/],
  [24, '2d', /limit rate over 12\/day burst 24 packets/],
  [0, '10s', /@g7_s0_4 \{ meta mark \. ip saddr timeout 10s \}/],
]
for (const [over, within, says] of limits)
  test(`a sensor of more than ${over} in ${within} is counted as such`, () => {
    const sensors = [{ id: 'slow', counts: 'distinct-destinations', over, in: within }]
    assert.match(textOf(site({ sensors })).prepare.join(''), says)
  })

test('commands to a cell that is enforced are judged, where a copy of it on another VLAN is only observed', () => {
  const cell = (vlan: number, mode: string) => ({ level: 1, networks: ['198.18.2.0/25'], vlan, mode })
  const port = (...zones: string[]) => ({ zones, vlans: ['untagged', 20, 30] })
  const { prepare } = textOf(
    site({
      edges: { edge: { bridge: 'br0', ports: { plant: port('office'), cell: port('cell-20', 'cell-30') } } },
      zones: {
        office: { level: 3, networks: ['198.18.1.0/25'], mode: 'contain' },
        'cell-20': cell(20, 'contain'),
        'cell-30': cell(30, 'observe'),
      },
      assets: {},
      conduits: [{ id: 'read', from: 'office', to: 'cell-20', service: 'modbus', allow: ['read'] }],
    }),
  )
  const rules = chain(prepare.join(''), 'g7_new4').filter((rule) => rule.includes('"c-read"'))
  assert.deepEqual(
    rules.map((rule) => rule.replace(/ip saddr .* counter name "c-read" /, '… ')),
    [
      'meta mark . ip daddr @g7_net_observe4 meta mark { 20 } … log prefix "watch" group 6 snaplen 65535 accept',
      'meta mark { 20 } … meta mark set meta mark | 0x20000 accept',
    ],
  )
})

test('of networks that several conduits cover the strictest decides, in whatever order they stand', () => {
  const range = { from: 'office', to: 'line', service: 'modbus', allow: ['read'] }
  const conduits = [
    { id: 'watched', ...range, 'deny-action': 'log' },
    { id: 'open', ...range },
    { id: 'closed', ...range, 'on-failure': 'closed' },
  ]
  for (const list of [conduits, conduits.toReversed()]) {
    const text = textOf(site({ conduits: list })).prepare.join('')
    const rules = chain(text, 'g7_new4').flatMap(
      (rule) => /counter name "c-(watched|open|closed)"/.exec(rule)?.[1] ?? [],
    )
    assert.deepEqual(rules, ['closed', 'open', 'watched'])
  }
})
