import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ethernet, ipv6, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import type { Plan } from '#policy/plan.ts'
import type { ReasonId } from '#policy/reasons.ts'
import { runCampaign } from './differential/campaign.ts'
import type { Document } from './differential/policy.ts'
import { reportText } from './differential/report.ts'
import { portsOf, runScenario } from './differential/run.ts'
import { randomScenario } from './differential/scenario.ts'
import { shrink } from './differential/shrink.ts'
import { Wires } from './differential/wires.ts'

const policies = process.env['BULKHEAD_TEST'] === 'long' ? 5000 : 200

/** Reasons that random traffic over random policies must have met: without one of them nothing was compared there. */
const expected: readonly ReasonId[] = [
  'permitted',
  'answer',
  'intra-zone',
  'infrastructure',
  'icmp-error',
  'fragment',
  'broadcast-permitted',
  'layer2-permitted',
  'temporary',
  'bypass',
  'observed',
  'would-deny',
  'would-spoof',
  'denied',
  'out-of-scope',
  'contained',
  'stranger-contained',
  'spoof',
  'not-unicast',
  'layer2-refused',
  'arp-forged',
]

test(`the kernel and evaluate agree on ${policies} random policies × 100 random frames, and on who is contained`, async (context) => {
  const totals = await runCampaign({ policies, frames: 100, seed: 1, stopAfter: 3 })
  context.diagnostic(`${totals.frames} frames, ${totals.delivered} delivered, ${totals.contained} sources contained`)
  assert.equal(totals.reports.join('\n\n'), '')
  assert.deepEqual(
    expected.filter((reason) => !totals.reasons.has(reason)),
    [],
    'reasons that never decided',
  )
  assert.ok(totals.known > 0, 'known assets were contained')
})

const judged: Document = {
  version: 1,
  site: 'judged',
  edges: {
    'edge-1': {
      bridge: 'br0',
      ports: { plant: { zones: ['office'], vlans: [20, 30] }, cell: { zones: ['line'], vlans: [20, 30] } },
    },
  },
  zones: {
    office: { level: 3, networks: ['fd00:198:18:0::/64'], mode: 'observe' },
    line: { level: 1, networks: ['fd00:198:18:1::/64'], mode: 'enforce' },
  },
  assets: { plc: { ips: ['fd00:198:18:1::2'], macs: ['02:00:00:00:a0:00'], zone: 'line', kind: 'plc' } },
  conduits: [{ id: 'poll', from: 'office', to: 'plc', service: 's7comm', allow: ['read'] }],
}

test('where commands in tagged IPv6 are judged, no tagged part of a datagram passes, whatever stands before its fragment header', async () => {
  const { hopByHop, destination, routing } = ipProtocols
  const ends = { src: 'fd00:198:18:1::2', dst: 'fd00:198:18::9' }
  const payload = udp(ends, { sport: 5000, dport: 5000, payload: new Uint8Array(248) })
  const frame = (type: number | undefined, offset: number) =>
    ethernet({
      dst: '02:00:00:00:f0:00',
      src: '02:00:00:00:a0:00',
      tags: [{ id: 20 }],
      etherType: etherTypes.ipv6,
      payload: ipv6({
        ...ends,
        proto: ipProtocols.udp,
        extensions: type === undefined ? [] : [{ type }],
        payload: payload.subarray(offset, offset + 128),
        fragment: { offset, more: offset === 0, id: 77 },
      }),
    })
  const wires = await Wires.open(['plant', 'cell'])
  try {
    for (const type of [undefined, hopByHop, destination, routing]) {
      const steps = [0, 128].map((offset) => ({ kind: 'frame' as const, port: 'cell', bytes: frame(type, offset) }))
      const { disagreements, reasons } = await runScenario(wires, { seed: 0, policy: judged, steps })
      assert.deepEqual(disagreements, [], `behind header ${type}`)
      assert.deepEqual([...reasons], [['out-of-scope', 2]])
    }
  } finally {
    await wires.close()
  }
})

test('a kernel that was given something else is found out, and the case shrinks to a few steps', async () => {
  const differences: readonly (readonly [what: string, tamper: (plan: Plan) => Plan])[] = [
    ['no exact permits', (plan) => ({ ...plan, exact: [] })],
    [
      'everything in mode enforce',
      (plan) => ({ ...plan, zones: plan.zones.map((zone) => ({ ...zone, mode: 'enforce' })) }),
    ],
    ['no known assets', (plan) => ({ ...plan, known: [] })],
    [
      'no risk asked for',
      (plan) => ({
        ...plan,
        conduits: plan.conduits.map((conduit) => {
          const { riskBelow: _, ...rest } = conduit
          return rest
        }),
      }),
    ],
  ]
  // Packets of a conduit that asks for a risk, from whoever has it, are rare: number 93 has them.
  const scenarios = [...Array.from({ length: 24 }, (_, seed) => seed), 93]
    .map((seed) => randomScenario(seed, 100))
    .filter((one) => portsOf(one).length === 2)
  const wires = await Wires.open(['plant', 'cell'])
  try {
    for (const [index, [what, tamper]] of differences.entries()) {
      const fails = async (scenario: (typeof scenarios)[number]) =>
        (await runScenario(wires, scenario, tamper)).disagreements.length > 0
      let found = scenarios[0]
      for (found of scenarios) if (await fails(found)) break
      assert.ok(found !== undefined && (await fails(found)), `${what}: nothing was noticed`)
      // Shrinking runs a case dozens of times, and does not ask what the difference is.
      if (index > 1 && policies < 5000) continue
      const small = await shrink(found, fails, 40)
      const { disagreements } = await runScenario(wires, small, tamper)
      assert.ok(small.steps.length <= 10, `${what}: ${small.steps.length} steps`)
      assert.match(reportText(small, disagreements), /^seed \d+: \d+ disagreements?\n(step|set) /, what)
    }
  } finally {
    await wires.close()
  }
})
