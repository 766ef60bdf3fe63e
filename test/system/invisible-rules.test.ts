/** Observe and shadow do nothing to a packet: no rule of any family drops, queues, translates or rewrites, whatever the policy has. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { Nft } from '#linux/nftables.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import { ruleset } from '#policy/nft/ruleset.ts'
import type { Plan } from '#policy/plan.ts'
import type { Mode } from '#schema/site.ts'
import { planFrom, plantPolicy } from './containment/plant.ts'
import { randomPolicy, type Document } from './differential/policy.ts'
import { Random } from './differential/random.ts'
import { planOf } from './differential/scenario.ts'
import { actions } from './invisible/text.ts'
import { createWorld, type World } from './world/world.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
const agreed = ['security', 'engineering', 'operations', 'safety']

/** Every feature of a policy, all of which would act where zones enforce. */
const full: Document = {
  ...plantPolicy(),
  groups: {
    panels: { networks: ['198.18.64.128/25'] },
    night: { times: [{ days: ['sat'], from: '02:00', to: '04:00' }] },
    outside: { networks: ['203.0.113.0/24', 'fd00:198:18:9::/64'] },
  },
  conduits: [
    { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus', essential: true },
    { id: 'panels', from: 'panels', to: 'plc', service: 'enip' },
    { id: 'anybody', from: 'any', to: 'rtu', service: 'tcp/4840' },
    { id: 'night', from: 'ews', to: 'plc', service: 's7comm', when: 'night' },
    { id: 'last', from: 'ews', to: 'rtu', service: 'icmp', expires: '2099-12-31' },
    { id: 'layer2', from: 'hmi', to: 'plc', service: 'ethertype/0x88b5' },
  ],
  denies: [{ id: 'no-smb', from: 'any', to: 'cell-1', service: 'tcp/445' }],
  sensors: [
    { id: 'scan', counts: 'distinct-destinations', over: 5, in: '10s', response: 'contain' },
    { id: 'ports', counts: 'distinct-ports', over: 5, in: '10s', response: 'deny' },
    { id: 'rate', counts: 'packets', over: 1000, in: '1s', zone: 'cell-1', response: 'contain' },
    { id: 'peer', counts: 'first-seen-peer', response: 'alert' },
    { id: 'late', counts: 'off-hours', response: 'contain' },
  ],
  responses: (['out-of-scope', 'scan', 'spoof', 'rate', 'off-hours', 'first-seen', 'sensor'] as const).map((event) => ({
    zone: 'cell-1',
    event,
    // A forged frame and a new peer contain nobody, says `policy check`.
    ...(event === 'spoof' || event === 'first-seen'
      ? { stranger: 'alert', known: 'alert' }
      : { stranger: 'contain 1h site', known: 'contain 1h' }),
    'agreed-by': agreed,
  })),
  redirects: [
    { id: 'portal', from: 'any', to: 'cell-1', ports: ['tcp/80', 'tcp/443'], target: 'ews', when: 'unauthenticated' },
    { id: 'always', from: 'outside', to: 'plc', ports: ['udp/161'], target: '198.18.64.71:1161', snat: true },
    { id: 'nightly', from: 'any', to: 'plc', ports: ['tcp/22'], target: 'ews', when: 'night' },
  ],
}

const inModes = (document: Document, pick: (index: number) => Mode): Document => ({
  ...document,
  edges: Object.fromEntries(
    Object.entries(document.edges).map(([name, edge]) => [name, { ...edge, address: '198.18.1.62/26' }]),
  ),
  zones: Object.fromEntries(
    Object.entries(document.zones).map(([name, zone], at) => [name, { ...zone, mode: pick(at) }]),
  ),
  conduits: (document.conduits ?? []).map((conduit, at) => ({
    ...conduit,
    ...(conduit.mode === undefined ? {} : { mode: pick(at) }),
  })),
})
const mixes: Readonly<Record<string, (index: number) => Mode>> = {
  observe: () => 'observe',
  shadow: () => 'shadow',
  'observe and shadow': (index) => (index % 2 === 0 ? 'observe' : 'shadow'),
}

const textOf = (plan: Plan): string => {
  const openWindows = new Map(plan.windows.map((_, index) => [index, 600]))
  const { prepare, flip } = ruleset(plan, { generation: 1, openWindows })
  return [...prepare, flip].join('\n')
}

describe('the rules of zones that only look', () => {
  for (const [name, pick] of Object.entries(mixes)) {
    it(`do nothing to packets in ${name}, with every feature in the policy`, () => {
      assert.deepEqual(actions(textOf(planFrom(inModes(full, pick)))), [])
    })

    it(`do nothing to packets in ${name}, with whatever other policies have in them`, () => {
      let checked = 0
      for (let seed = 1; seed <= (long ? 500 : 60); seed++) {
        const { plan } = planOf(inModes(randomPolicy(new Random(seed)), pick))
        if (plan === undefined) continue
        checked++
        assert.deepEqual(actions(textOf(plan)), [], `seed ${seed}`)
      }
      assert.ok(checked > 20, `${checked} policies`)
    })

    it(`do nothing to packets in ${name} on a router either`, () => {
      const document = inModes(full, pick)
      const edges = Object.fromEntries(
        Object.entries(document.edges).map(([edge, { ports }]) => [
          edge,
          { ports: Object.fromEntries(Object.entries(ports).map(([port, { zones }]) => [port, { zones }])) },
        ]),
      )
      const conduits = (document.conduits ?? []).filter(({ id }) => id !== 'layer2')
      assert.deepEqual(actions(textOf(planFrom({ ...document, edges, conduits, layer2: [] }))), [])
    })
  }

  it('are told from those that act: the same policy does, as soon as one zone enforces', () => {
    for (const mode of ['enforce', 'contain'] as const) {
      const found = actions(textOf(planFrom(inModes(full, (at) => (at === 0 ? mode : 'shadow')))))
      for (const act of ['drop', 'notrack', 'dnat ip to'])
        assert.ok(
          found.some((line) => line.includes(act)),
          `${mode}: ${act}`,
        )
    }
  })
})

describe('the kernel, with the plan loaded', () => {
  let world: World
  let nft: Nft
  before(async () => {
    world = await createWorld({ name: 'rules', ports: ['plant', 'cell'] })
    nft = Nft.open({ namespace: world.edge })
  })
  after(async () => {
    nft.close()
    await world.close()
  })
  const listed = () =>
    (['bridge', 'inet'] as const)
      .flatMap((family) => [table, ipTable].map((name) => nft.run(`list table ${family} ${name}`, { stateless: true })))
      .map((result) => (result.ok ? result.value : ''))
      .join('\n')

  for (const [name, pick] of Object.entries(mixes))
    it(`has no rule that acts in ${name}, also coming from a plan that enforced`, async () => {
      unload(nft)
      await loadGeneration(planFrom(inModes(full, () => 'contain')), new Map(), world.edge)
      const enforcing = actions(listed())
      for (const act of ['drop', 'notrack', 'dnat ip to', 'masquerade'])
        assert.ok(
          enforcing.some((line) => line.includes(act)),
          act,
        )
      await loadGeneration(planFrom(inModes(full, pick)), new Map([[0, 600]]), world.edge)
      assert.ok(listed().includes('chain'))
      assert.deepEqual(actions(listed()), [])
    })
})
