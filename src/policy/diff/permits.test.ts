import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placesOf, spanOf, type Spans } from '../check/span.ts'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import { loadPolicyText } from '../load.ts'
import { initialState } from '../state.ts'
import { zoneAt } from '../tables.ts'
import type { Box } from './box.ts'
import { permitsOf } from './permits.ts'

const now = Date.UTC(2026, 10, 21, 12)

/** A generator of numbers below a limit, the same in every run. */
const numbers = (seed: number) => (below: number) => {
  // oxlint-disable-next-line no-param-reassign -- the state of the generator
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

const sources = ['198.18.0.10', '198.18.0.11', '198.18.0.12', '198.18.0.13']
const targets = ['198.18.1.10', '198.18.1.11', '198.18.1.12', '198.18.1.13', '198.18.2.10', '198.18.2.11']
/** Two devices may have one of the last two. */
const vlansOf = (target: string) => (target.startsWith('198.18.2.') ? [10, 20] : [0])
const ports = [99, 100, 101, 102, 110, 111]

const froms = ['a0', 'a1', 'left', 'office', '198.18.0.12/31', 'any', '198.18.0.13']
const tos = ['b0', 'b1', 'right', 'cell', '198.18.1.12/31', 'any', '198.18.1.11']
const copies = ['one', 'two', 'copy-1', 'copy-2', 'both', '198.18.2.10', '198.18.0.0/16']
const services = ['tcp/100', 'tcp/100-101', 'tcp/any', 'udp/100', 'any', 'some', 'icmp']

const policy = (random: (below: number) => number): string => {
  const one = (list: readonly string[]) => list[random(list.length)]!
  const conduits = Array.from(
    { length: 1 + random(5) },
    (_, i) =>
      `- { id: c-${i}, from: ${one(froms)}, to: ${one([...tos, ...copies])}, service: ${one(services)}${random(4) === 0 ? ', essential: true' : ''} }`,
  )
  const denies = Array.from(
    { length: random(3) },
    (_, i) => `- { id: d-${i}, from: ${one(froms)}, to: ${one([...tos, ...copies])}, service: ${one(services)} }`,
  )
  return `version: 1
site: test
edges: { e: { bridge: br0, ports: { p: { zones: [office], vlans: [untagged, 10, 20] }, q: { zones: [cell] }, r: { zones: [copy-1, copy-2], vlans: [10, 20] } } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24], mode: enforce }
  cell: { level: 1, networks: [198.18.1.0/24], mode: enforce }
  copy-1: { level: 1, networks: [198.18.2.0/24], mode: enforce, vlan: 10 }
  copy-2: { level: 1, networks: [198.18.2.0/24], mode: enforce, vlan: 20 }
assets:
  a0: { ips: [198.18.0.10], zone: office }
  a1: { ips: [198.18.0.11], zone: office }
  b0: { ips: [198.18.1.10], zone: cell }
  b1: { ips: [198.18.1.11], zone: cell }
  one: { ips: [198.18.2.10], zone: copy-1 }
  two: { ips: [198.18.2.10], zone: copy-2 }
groups:
  left: { assets: [a0], networks: [198.18.0.13/32] }
  right: { assets: [b0, b1] }
  both: { assets: [one, two, b0] }
  some: { ports: [tcp/102, udp/110-111] }
conduits:
  ${conduits.join('\n  ')}
denies: ${denies.length === 0 ? '[]' : `\n  ${denies.join('\n  ')}`}
`
}

const has = (spans: Spans, value: bigint) => spans.some(({ first, last }) => value >= first && value <= last)
const at = (ip: string) => spanOf(ip)?.first ?? -1n
const holds = (box: Box, src: bigint, dst: bigint, proto: number, port: number) =>
  has(box.sources, src) && has(box.targets, dst) && has(box.flows, BigInt(proto) * 65_536n + BigInt(port))

const many = process.env['BULKHEAD_TEST'] === 'long' ? 120 : 50
test(`the boxes of a policy permit what evaluate permits: ${many} random policies, every conversation of a small world`, () => {
  const random = numbers(5)
  let permitted = 0
  for (let i = 0; i < many; i++) {
    const text = policy(random)
    const { site } = loadPolicyText(text, 'site.yaml', now)
    const boxes = permitsOf(site, now).flatMap((permit) => permit.boxes)
    const plan = compile(site, 'e')
    assert.ok(plan)
    const places = placesOf(site.zones)
    for (const src of sources)
      for (const dst of targets)
        for (const vlan of vlansOf(dst)) {
          const zone = zoneAt(plan, vlan, dst)
          const target = at(dst) + (zone === undefined ? 0n : places.of(zone.name))
          for (const proto of [6, 17])
            for (const port of ports) {
              const { reason } = evaluate(plan, initialState(), {
                in: 'p',
                out: dst.startsWith('198.18.1.') ? 'q' : 'r',
                srcMac: '02:00:00:00:00:01',
                dstMac: '02:00:00:00:00:02',
                ...(vlan === 0 ? {} : { tag: { vid: vlan, tpid: 0x8100 } }),
                etherType: 0x0800,
                ip: { family: 4, src, dst, proto, sport: 50_000, dport: port, ...(proto === 6 ? { flags: 2 } : {}) },
              })
              // A datagram may also pass as the answer to one in the other direction, whatever its own permit.
              if (reason === 'answer') continue
              const expected = boxes.some((box) => holds(box, at(src), target, proto, port))
              assert.equal(
                reason === 'permitted',
                expected,
                `${src} ${dst} ${vlan} ${proto}/${port}: ${reason}\n${text}`,
              )
              if (expected) permitted++
            }
        }
  }
  assert.ok(permitted > 1000, `only ${permitted} permitted`)
})
