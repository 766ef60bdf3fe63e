import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Site } from '#schema/site.ts'
import { compile, needsInspection } from './compile.ts'
import type { Plan } from './plan.ts'

const base = {
  version: 1,
  site: 'test',
  edges: {
    edge: {
      bridge: 'br0',
      ports: {
        plant: { zones: ['office'], routers: ['00:00:5e:00:01:0a'], vlans: ['untagged', 20] },
        cell: { zones: ['line'], vlans: ['untagged', 20] },
      },
    },
  },
  zones: {
    office: { level: 3, networks: ['198.18.1.0/25'], mode: 'enforce' },
    line: { level: 1, networks: ['198.18.2.0/25'], mode: 'contain' },
    elsewhere: { level: 1, networks: ['198.18.3.0/25'] },
  },
  assets: {
    hmi: { ips: ['198.18.1.10'], macs: ['02:00:00:00:01:10'], zone: 'office', kind: 'hmi' },
    spare: {
      ips: ['198.18.1.11'],
      macs: ['02:00:00:00:01:11'],
      zone: 'office',
      kind: 'hmi',
      virtual: 'redundant-pair',
    },
    plc: { ips: ['198.18.2.10', 'fd00:198:18:2::10'], zone: 'line', kind: 'plc' },
    far: { ips: ['198.18.3.10'], zone: 'elsewhere', kind: 'plc' },
  },
  groups: {
    hmis: { kinds: ['hmi'] },
    web: { ports: ['tcp/80', 'tcp/8080-8081'] },
    shift: { times: [{ from: '06:00', to: '14:00' }] },
  },
}
const planOf = (change: Record<string, unknown>, islands: readonly string[] = []): Plan => {
  const plan = compile(Site.parse({ ...base, ...change }), 'edge', islands)
  assert.ok(plan)
  return plan
}
const exact = (plan: Plan) =>
  plan.exact.map(({ vlan, src, dst, proto, port }) => `${vlan} ${src} ${dst} ${proto}/${port ?? ''}`)
const conduit = (more: Record<string, unknown>) => ({
  conduits: [{ id: 'c', from: 'hmi', to: 'plc', service: 'tcp/502', ...more }],
})

test('the same document gives the same bytes, and another order of reading does not matter', () => {
  const one = planOf(conduit({}))
  const two = compile(Site.parse(structuredClone({ ...base, ...conduit({}) })), 'edge')
  assert.equal(JSON.stringify(one), JSON.stringify(two))
  assert.notEqual(one.digest, planOf(conduit({ service: 'tcp/503' })).digest)
})

test('a policy without the edge compiles to nothing', () => {
  assert.equal(compile(Site.parse(base), 'other'), undefined)
})

test('a conduit between assets is one element per VLAN, address pair of one family and port', () => {
  assert.deepEqual(exact(planOf(conduit({}))), ['0 198.18.1.10 198.18.2.10 6/502', '20 198.18.1.10 198.18.2.10 6/502'])
})

test('a group of ports is one element per port', () => {
  const ports = planOf(conduit({ service: 'web' }))
    .exact.filter(({ vlan }) => vlan === 0)
    .map(({ port }) => port)
  assert.deepEqual(ports, [80, 8080, 8081])
})

test('companions of a service come with it, in the direction they begin', () => {
  const plan = planOf(conduit({ service: 'enip' }))
  const answers = plan.exact.filter(({ src, port }) => src === '198.18.2.10' && port === 2222)
  assert.ok(answers.length > 0, 'implicit I/O from the controller')
  assert.ok(
    plan.ranges.some(({ dst }) => dst?.some((network) => network.startsWith('239.'))),
    'multicast I/O',
  )
})

test('an end that is a network is a range rule', () => {
  const plan = planOf(conduit({ from: 'office' }))
  assert.equal(plan.exact.length, 0)
  assert.deepEqual(
    plan.ranges.map(({ src, dst, proto, ports }) => ({ src, dst, proto, ports })),
    [{ src: ['198.18.1.0/25'], dst: ['198.18.2.10/32'], proto: 6, ports: [[502, 502]] }],
  )
})

test('a deny is taken out of exact permits, but not out of essential ones', () => {
  const denies = [{ id: 'd', from: 'any', to: 'line', service: 'tcp/502' }]
  assert.equal(planOf({ ...conduit({}), denies }).exact.length, 0)
  assert.equal(planOf({ ...conduit({ essential: true }), denies }).exact.length, 2)
})

test('what two conduits permit is one element, and the essential one owns it', () => {
  const plan = planOf({
    conduits: [
      { id: 'a', from: 'hmi', to: 'plc', service: 'tcp/502' },
      { id: 'b', from: 'hmis', to: 'plc', service: 'tcp/502', essential: true },
    ],
  })
  const owners = new Set(
    plan.exact.filter(({ src }) => src === '198.18.1.10').map(({ conduit: index }) => plan.conduits[index]?.id),
  )
  assert.deepEqual([...owners], ['b'])
})

test('zones behind no port of the edge contribute nothing, and their assets stay known', () => {
  const plan = planOf(conduit({ to: 'far' }))
  assert.equal(plan.exact.length, 0)
  assert.ok(plan.known.some(({ asset }) => asset === 'far'))
  assert.ok(!plan.bindings.some(({ ip }) => ip === '198.18.3.10'))
})

test('an asset with MACs may also come from the routers of its port; one with a spare from any MAC', () => {
  const { bindings } = planOf({})
  const macs = (ip: string) => [...new Set(bindings.filter((binding) => binding.ip === ip).map(({ mac }) => mac))]
  assert.deepEqual(macs('198.18.1.10'), ['02:00:00:00:01:10', '00:00:5e:00:01:0a'])
  assert.deepEqual(macs('198.18.1.11'), [undefined])
})

test('a window and an expiry are one window, shared by conduits that have both', () => {
  const plan = planOf({
    conduits: [
      { id: 'a', from: 'hmi', to: 'plc', service: 'tcp/1', when: 'shift', expires: '2027-03-31' },
      { id: 'b', from: 'hmi', to: 'plc', service: 'tcp/2', when: 'shift', expires: '2027-03-31' },
      { id: 'c', from: 'hmi', to: 'plc', service: 'tcp/3', when: 'shift' },
    ],
  })
  assert.deepEqual(
    plan.conduits.map(({ window }) => window),
    [0, 0, 1],
  )
  assert.equal(plan.windows[0]?.expires, '2027-03-31')
})

test('an island keeps what is essential or inside it, and denies the rest', () => {
  const conduits = [
    { id: 'in', from: 'hmi', to: 'plc', service: 'tcp/502' },
    { id: 'vital', from: 'hmi', to: 'plc', service: 'tcp/503', essential: true },
    { id: 'inside', from: 'plc', to: 'line', service: 'tcp/504' },
  ]
  const plan = planOf({ conduits }, ['line'])
  assert.deepEqual(
    plan.conduits.map(({ id }) => id),
    ['vital', 'inside'],
  )
  assert.ok(plan.pairModes.some(({ src, mode }) => mode === 'contain' && src?.includes('198.18.2.0/25')))
})

test('an island takes from a conduit what leads over its border, and leaves what does not', () => {
  const cell = { level: 1, networks: ['198.18.3.0/25'], mode: 'enforce' }
  const plan = planOf(
    {
      edges: {
        edge: {
          bridge: 'br0',
          ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] }, other: { zones: ['other'] } },
        },
      },
      zones: { ...base.zones, other: cell },
      assets: { ...base.assets, second: { ips: ['198.18.3.10'], zone: 'other', kind: 'plc' } },
      groups: { all: { assets: ['plc', 'second'] } },
      conduits: [
        { id: 'polls', from: 'hmi', to: 'all', service: 'tcp/502' },
        { id: 'time', from: 'hmi', to: '203.0.113.5', service: 'udp/123' },
        { id: 'web', from: 'any', to: 'hmi', service: 'tcp/443' },
      ],
    },
    ['line'],
  )
  assert.deepEqual(exact(plan), ['0 198.18.1.10 198.18.3.10 6/502'])
  assert.deepEqual(
    plan.ranges.map(({ conduit: index }) => plan.conduits[index]?.id),
    ['time', 'web'],
  )
})

test('MACs are guarded before the bridge learns only where every zone is enforced', () => {
  assert.ok(planOf({}).macPorts.some(({ device, mac }) => device === 'plant' && mac === '02:00:00:00:01:10'))
  const mixed = planOf({ zones: { ...base.zones, office: { ...base.zones.office, mode: 'shadow' } } })
  assert.deepEqual(mixed.macPorts, [])
})

test('conduits that allow single commands are named, so that they can be refused', () => {
  assert.deepEqual(
    needsInspection(planOf(conduit({ service: 'modbus', allow: ['read'] }))).map(({ id }) => id),
    ['c'],
  )
})

test('a big product of ends and ports becomes a range rule', () => {
  const plan = planOf(conduit({ service: 'udp/1-1000' }))
  assert.equal(plan.exact.length, 0)
  assert.equal(plan.ranges.length, 1)
})

/** Two cells that are copies of each other, each on its own VLAN. */
const copies = (change: Record<string, unknown>): Plan => {
  const cell = (vlan: number, mode: string) => ({ level: 1, networks: ['198.18.2.0/25'], vlan, mode })
  const asset = (zone: string, host: number) => ({ ips: [`198.18.2.${host}`], zone })
  return planOf({
    edges: {
      edge: {
        bridge: 'br0',
        ports: {
          plant: { zones: ['office'], vlans: ['untagged', 20, 30] },
          cell: { zones: ['cell-20', 'cell-30'], vlans: ['untagged', 20, 30] },
        },
      },
    },
    zones: {
      office: { level: 3, networks: ['198.18.1.0/25'], mode: 'enforce' },
      'cell-20': cell(20, 'contain'),
      'cell-30': cell(30, 'observe'),
    },
    assets: { plc20: asset('cell-20', 10), plc30: asset('cell-30', 10), hmi30: asset('cell-30', 11) },
    groups: { both: { assets: ['plc20', 'plc30'], networks: ['203.0.113.0/24'] } },
    ...change,
  })
}

test('what is said of one of two cells with the same addresses holds on its VLAN only', () => {
  const plan = copies({
    conduits: [
      { id: 'zone', from: 'office', to: 'cell-20', service: 'any' },
      { id: 'asset', from: 'any', to: 'plc30', service: 'udp/any', mode: 'observe' },
      { id: 'group', from: 'office', to: 'both', service: 'tcp/any' },
      { id: 'never', from: 'hmi30', to: 'plc20', service: 'tcp/any' },
    ],
    denies: [{ id: 'no-smb', from: 'any', to: 'cell-30', service: 'tcp/445' }],
  })
  assert.deepEqual(
    plan.ranges.map(({ conduit: index, dst, vlans }) => [plan.conduits[index]?.id, dst, vlans]),
    [
      ['zone', ['198.18.2.0/25'], [20]],
      ['asset', ['198.18.2.10/32'], [30]],
      ['group', ['198.18.2.10/32'], [20]],
      ['group', ['198.18.2.10/32'], [30]],
      ['group', ['203.0.113.0/24'], undefined],
    ],
  )
  assert.deepEqual(
    [...plan.denies, ...plan.pairModes].map(({ vlans }) => vlans),
    [[30], [30]],
  )
})

test('a deny of one cell takes nothing from the other', () => {
  const poll = { id: 'poll', from: 'hmi30', to: 'plc30', service: 'tcp/445' }
  const deny = (to: string) => ({ conduits: [poll], denies: [{ id: 'd', from: 'any', to, service: 'tcp/445' }] })
  assert.equal(copies(deny('cell-20')).exact.length, 1)
  assert.equal(copies(deny('cell-30')).exact.length, 0)
})

test('an edge that routes sees no tags: a zone that has a VLAN elsewhere is enforced behind its interface', () => {
  const plan = planOf({
    edges: {
      edge: { ports: { plant: { zones: ['office'] }, cell: { device: 'cell.20', zones: ['line'], vlans: [20] } } },
    },
    zones: { ...base.zones, line: { ...base.zones.line, vlan: 20 } },
    ...conduit({}),
  })
  assert.deepEqual(exact(plan), ['0 198.18.1.10 198.18.2.10 6/502'])
  assert.deepEqual(
    [...plan.zones.map(({ vlans }) => vlans), ...plan.ports.map(({ vlans }) => vlans)],
    [[0], [0], [0], [0]],
  )
})
