import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffPolicies, isSamePolicy } from '../diff.ts'
import { judge, plansOf, type Answer } from '../judge.ts'
import { examinePolicyText } from '../load.ts'
import { isError } from '../problem.ts'
import { readQuery, type Query } from '../query.ts'
import { scenariosOf } from '../scenario.ts'

const now = Date.UTC(2026, 10, 21, 12)

/** A generator of numbers below a limit, the same in every run. */
const numbers = (seed: number) => (below: number) => {
  // oxlint-disable-next-line no-param-reassign -- the state of the generator
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
type Random = ReturnType<typeof numbers>

const ends = [
  'hmi',
  'ews',
  'office',
  'plc',
  'plcs',
  'cell',
  'one',
  'two',
  'copy-1',
  'any',
  '198.18.2.10',
  '198.18.0.0/24',
]
const services = ['modbus', 'modbus', 'modbus', 'tcp/502', 'tcp/500-510', 'enip', 'icmp', 'some', 'any']
const allows = [
  '[read]',
  '[read, write]',
  '[read, { op: write-single-register, registers: 100-119 }]',
  '[{ op: write-single-register, registers: 100-119, values: 0-9 }]',
  '[{ op: write-single-register, values: 0-9, registers: 100-119 }]',
]
const settings = [
  'mode: observe',
  'mode: enforce',
  'essential: true',
  'deny-action: drop',
  'expires: 2026-01-01',
  'when: nights',
]

const conduit = (random: Random, id: number): string => {
  const one = (list: readonly string[]) => list[random(list.length)]!
  const service = one(services)
  const allow = service === 'modbus' && random(2) === 0 ? `, allow: ${one(allows)}` : ''
  const setting = random(4) === 0 ? `, ${one(settings)}` : ''
  return `- { id: c-${id}, from: ${one(ends)}, to: ${one(ends)}, service: ${service}${allow}${setting} }`
}

interface Parts {
  readonly conduits: readonly string[]
  readonly denies: readonly string[]
  readonly redirects: readonly string[]
  readonly layer2: readonly string[]
  readonly mode: string
}

const parts = (random: Random): Parts => {
  const one = (list: readonly string[]) => list[random(list.length)]!
  const some = (count: number, make: (i: number) => string) => Array.from({ length: random(count) }, (_, i) => make(i))
  return {
    conduits: some(5, (i) => conduit(random, i)),
    denies: some(2, (i) => `- { id: d-${i}, from: ${one(ends)}, to: ${one(ends)}, service: ${one(services)} }`),
    redirects: some(
      3,
      (i) => `- { id: r-${i}, from: ews, to: plcs, ports: [tcp/${502 + random(2)}], target: ${one(['hmi', 'ews'])} }`,
    ),
    layer2: some(3, () => `- { zones: [cell], allow: [${one(['profinet', 'goose'])}] }`),
    mode: one(['observe', 'enforce', 'contain']),
  }
}

/** The same with one thing changed, taken away, added, renamed or moved. */
const changed = (random: Random, before: Parts): Parts => {
  const key = (['conduits', 'conduits', 'conduits', 'denies', 'redirects', 'layer2'] as const)[random(6)]!
  const list = [...before[key]]
  const at = random(Math.max(1, list.length))
  switch (random(5)) {
    case 0:
      return { ...before, [key]: parts(random)[key] }
    case 1:
      return { ...before, [key]: list.toSpliced(at, 1) }
    case 2:
      return { ...before, [key]: [...list.slice(at), ...list.slice(0, at)] }
    case 3:
      return { ...before, conduits: [...before.conduits, conduit(random, 9)] }
    default:
      return { ...before, [key]: list.map((line) => line.replace('id: ', `id: x${random(2)}-`)) }
  }
}

const policy = ({ conduits, denies, redirects, layer2, mode }: Parts): string => {
  const list = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `${name}:\n  ${lines.join('\n  ')}\n`
  return `version: 1
site: test
edges: { e: { bridge: br0, address: 198.18.0.2/24, ports: { p: { zones: [office], vlans: [untagged, 10, 20] }, q: { zones: [cell] }, r: { zones: [copy-1, copy-2], vlans: [10, 20] } } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24], mode: enforce }
  cell: { level: 1, networks: [198.18.1.0/24], mode: ${mode} }
  copy-1: { level: 1, networks: [198.18.2.0/24], mode: enforce, vlan: 10 }
  copy-2: { level: 1, networks: [198.18.2.0/24], mode: enforce, vlan: 20 }
assets:
  hmi: { ips: [198.18.0.10], macs: ["00:1b:1b:00:00:10"], zone: office, kind: hmi }
  ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
  plc-2: { ips: [198.18.1.11], macs: ["00:1b:1b:00:01:11"], zone: cell, kind: plc }
  one: { ips: [198.18.2.10], macs: ["00:1b:1b:00:02:10"], zone: copy-1, kind: drive }
  two: { ips: [198.18.2.10], macs: ["00:1b:1b:00:02:20"], zone: copy-2, kind: drive }
groups:
  plcs: { assets: [plc, plc-2] }
  nights: { times: [{ from: "22:00", to: "06:00" }] }
  some: { ports: [tcp/502, tcp/503] }
${list('conduits', conduits)}${list('denies', denies)}${list('redirects', redirects)}${list('layer2', layer2)}`
}

const questions: readonly Query[] = ['hmi', 'ews', 'any', 'plc', 'one'].flatMap((from) =>
  ['plc', 'plc-2', 'one', 'two', 'hmi'].flatMap((to): Query[] =>
    from === to
      ? []
      : [
          { from, to, service: 'modbus', op: 'read-coils', coil: 1 },
          { from, to, service: 'modbus', op: 'write-single-register', register: 100, value: 5 },
          { from, to, service: 'modbus', op: 'write-single-register', register: 120, value: 50 },
          { from, to, service: 'modbus', op: 'umas-keep-alive' },
          { from, to, service: 'tcp/503' },
          { from, to, service: 'icmp' },
          { from, to, service: 'udp/2222' },
          { from, to, service: 'profinet' },
          { from, to, service: 'tcp/502', at: '2026-11-21T23:00' },
        ],
  ),
)

interface Judged {
  readonly answer: Answer
  /** By a conduit. */
  readonly permitted: boolean
}

const answers = (text: string) => {
  const { site, problems } = examinePolicyText(text, 'site.yaml', now)
  if (site === undefined || problems.some(isError)) return undefined
  const plans = plansOf(site)
  const judged = questions.map((query): readonly Judged[] => {
    const { asked } = readQuery(site, query)
    assert.ok(asked, JSON.stringify(query))
    return scenariosOf(plans, asked).map((scenario) => {
      const { answer, verdict } = judge(scenario, asked, now)
      return { answer, permitted: answer === 'permit' && verdict.reason === 'permitted' }
    })
  })
  return { site, judged }
}

/** What is told is long, and seldom needed. */
const must = (holds: boolean, told: () => string): void => {
  if (!holds) assert.fail(told())
}

const many = process.env['BULKHEAD_TEST'] === 'long' ? 3000 : 60
test(`what comes out otherwise under another policy, diff tells: ${many} random changes`, () => {
  const random = numbers(3)
  let [compared, differing] = [0, 0]
  for (let i = 0; i < many; i++) {
    const first = parts(random)
    const texts = [policy(first), policy(changed(random, first))] as const
    const [before, after] = [answers(texts[0]), answers(texts[1])]
    if (before === undefined || after === undefined) continue
    compared++
    const difference = diffPolicies(before.site, after.site, now)
    const isSame = isSamePolicy(difference)
    for (const [at, query] of questions.entries())
      for (const [j, was] of (before.judged[at] ?? []).entries()) {
        const is = after.judged[at]?.[j]
        const told = (): string =>
          `${JSON.stringify(query)}: ${JSON.stringify([was, is])}\n${texts.join('\n')}\n${JSON.stringify(difference)}`
        if (is === undefined) assert.fail(told())
        if (was.answer !== is.answer) differing++
        must(was.answer === is.answer || !isSame, told)
        must(!was.permitted || is.permitted || is.answer === 'redirect' || difference.denied.length > 0, told)
        must(was.permitted || !is.permitted || was.answer === 'redirect' || difference.permitted.length > 0, told)
      }
  }
  assert.ok(compared > many / 3, `only ${compared} compared`)
  assert.ok(differing > many, `only ${differing} answers differ`)
})
