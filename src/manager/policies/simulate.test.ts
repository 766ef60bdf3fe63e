import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadPolicyText } from '#policy/load.ts'
import { type RecordedFlow, simulate } from './simulate.ts'

const text = (mode: string, conduits: string) => `
version: 1
site: plant
timezone: UTC
edges:
  cabinet:
    bridge: br0
    ports:
      office: { device: eth1, zones: [office] }
      machine: { device: eth2, zones: [machine] }
zones:
  office: { level: 3, networks: [198.18.10.0/24] }
  machine: { level: 1, networks: [198.18.11.0/24], mode: ${mode} }
assets:
  hmi: { ips: [198.18.10.20], zone: office, kind: hmi }
  plc: { ips: [198.18.11.10], zone: machine, kind: plc }
groups:
  nights: { times: [{ from: "22:00", to: "04:00" }] }
conduits:
${conduits}
`
const run = '  - { id: run, from: hmi, to: plc, service: modbus }\n'
const nightly = '  - { id: nightly, from: hmi, to: plc, service: tcp/22, when: nights }\n'
const site = (mode: string, conduits: string) => loadPolicyText(text(mode, conduits), 'plant').site

const flow = (more: Partial<RecordedFlow> = {}): RecordedFlow => ({
  edge: 'cabinet',
  kind: 'conversation',
  source: '198.18.10.20',
  destination: '198.18.11.10',
  protocol: 'tcp',
  port: 502,
  packets: 1000,
  first: Date.parse('2026-11-20T10:00:00Z'),
  last: Date.parse('2026-11-21T12:00:00Z'),
  ...more,
})
const ssh = flow({ port: 22, packets: 520, kind: 'would-deny' })

const { port: _port, ...portless } = ssh
const ospf = { ...portless, protocol: '89' }

type Row = readonly [
  says: string,
  flows: readonly RecordedFlow[],
  after: ReturnType<typeof site>,
  before: ReturnType<typeof site> | undefined,
  counts: readonly [newlyDenied: number, newlyPermitted: number, denied: number, notJudged: number],
]
const rows: readonly Row[] = [
  ['denies nothing that a conduit permits', [flow()], site('enforce', run), undefined, [0, 0, 0, 0]],
  ['denies what enforcement is new to', [flow(), ssh], site('enforce', run), site('shadow', run), [1, 0, 1, 0]],
  ['denies nothing while a zone only watches', [ssh], site('shadow', run), site('observe', run), [0, 0, 0, 0]],
  ['tells what was denied already as nothing new', [ssh], site('enforce', run), site('enforce', run), [0, 0, 1, 0]],
  [
    'permits what a new conduit is for',
    [ssh],
    site('enforce', run.replace('modbus', 'tcp/22')),
    site('enforce', run),
    [0, 1, 0, 0],
  ],
  ['judges a window by the time of the flow', [ssh], site('enforce', run + nightly), site('shadow', run), [1, 0, 1, 0]],
  [
    'which may be open',
    [{ ...ssh, last: Date.parse('2026-11-21T23:00:00Z') }],
    site('enforce', run + nightly),
    site('enforce', run),
    [0, 1, 0, 0],
  ],
  ['judges an IP protocol by its number', [ospf], site('enforce', run), undefined, [1, 0, 1, 0]],
  [
    'judges nothing that the edge does not see',
    [flow({ destination: '198.18.10.30' })],
    site('enforce', run),
    undefined,
    [0, 0, 0, 1],
  ],
  [
    'judges nothing of an edge that the policy does not have',
    [flow({ edge: 'other' })],
    site('enforce', run),
    undefined,
    [0, 0, 0, 1],
  ],
]

describe('a simulation over recorded flows', () => {
  for (const [says, flows, after, before, [newlyDenied, newlyPermitted, denied, notJudged]] of rows)
    it(says, async () => {
      const { counts } = await simulate(flows, 0, after, before)
      assert.deepEqual(counts, { newlyDenied, newlyPermitted, denied, notJudged })
    })

  it('says who, why, and how many packets an hour each edge will deny', async () => {
    const result = await simulate([flow(), ssh], 3, site('enforce', run), site('shadow', run))
    assert.deepEqual(result.expected, { cabinet: 20 })
    assert.equal(result.left, 3)
    assert.deepEqual(
      result.newlyDenied.map(({ source, service, verdict, before, packets }) => [
        source,
        service,
        verdict,
        before,
        packets,
      ]),
      [['198.18.10.20', 'tcp/22', 'deny', 'permit', 520]],
    )
    assert.match(result.newlyDenied[0]!.reason, /out-of-scope.*zone machine/)
  })
  it('says nothing where nothing was recorded', async () => {
    const result = await simulate([], 0, site('enforce', run), undefined)
    assert.deepEqual([result.flows, result.from, result.expected], [0, null, {}])
  })
})
