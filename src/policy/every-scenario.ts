/**
 * All that a question stands for: every pair of addresses, every flow of the service, and of its ports one of each stretch that no rule
 * of the plan divides. What is asked about one port of a stretch holds for all of it.
 */
import { cidrContains } from '#core/address.ts'
import type { IpPacket } from './packet.ts'
import { endsOf, protocolNumbers, type Exact, type Plan, type Ports, type Range } from './plan.ts'
import type { Asked } from './query.ts'
import { scenarioOf, waysOf, type Scenario, type Way } from './scenario.ts'
import type { Flow } from './service.ts'
import { rangeMatches } from './tables.ts'

type Rule = Pick<Range, 'proto' | 'ports'>

const only = (port: number | undefined): Ports | undefined => (port === undefined ? undefined : [[port, port]])

const exactByPair = new WeakMap<Plan, ReadonlyMap<string, readonly Exact[]>>()
const exactOf = (plan: Plan, { src, dst }: Way): readonly Exact[] => {
  let all = exactByPair.get(plan)
  if (all === undefined) {
    all = Map.groupBy(plan.exact, (element) => `${element.src} ${element.dst}`)
    exactByPair.set(plan, all)
  }
  return all.get(`${src} ${dst}`) ?? []
}

/** Rules about two addresses, whatever passes between them. On which VLAN does not matter: a stretch too many is only asked again. */
const rulesOf = (plan: Plan, way: Way): readonly Rule[] => {
  const ip: IpPacket = { family: way.family, src: way.src, dst: way.dst, proto: -1 }
  const meets = (range: Range) => rangeMatches({ ...endsOf(range), vlans: [0] }, 0, ip, 'there')
  const { deceive = [] } = plan.decoys ?? {}
  return [
    ...exactOf(plan, way).map(({ proto, port }) => ({
      proto,
      ...(port === undefined ? {} : { ports: [[port, port]] as const }),
    })),
    ...[...plan.ranges, ...plan.denies].filter(meets),
    ...plan.redirects
      .filter(({ family, src, dst }) =>
        meets({ family, ...(src === undefined ? {} : { src }), ...(dst === undefined ? {} : { dst }) }),
      )
      .map(({ proto, port }) => ({ proto, ports: only(port) ?? [] })),
    ...deceive
      .filter(({ dst }) => dst.some((address) => address === way.dst || cidrContains(address, way.dst)))
      .map(({ proto, port }) => ({ proto, ports: only(port) ?? [] })),
  ]
}

const allPorts: Ports = [[1, 65_535]]

/** First port of every stretch of `ports` that no rule divides. */
const stretches = (ports: Ports, rules: readonly Rule[]): readonly number[] => {
  const edges = rules.flatMap((rule) => (rule.ports ?? []).flatMap(([from, to]) => [from, to + 1]))
  const starts = ports.flatMap(([from, to]) => [from, ...edges.filter((edge) => edge > from && edge <= to)])
  return [...new Set(starts)].toSorted((a, b) => a - b)
}

/** IP protocol that nobody uses: RFC 3692. */
const experimental = 253

const protocolsOf = ({ proto }: Flow, { family }: Way, rules: readonly Rule[]): readonly number[] =>
  proto === undefined
    ? [
        ...new Set([
          protocolNumbers.tcp,
          protocolNumbers.udp,
          family === 4 ? protocolNumbers.icmp : protocolNumbers.icmpv6,
          experimental,
          ...rules.flatMap((rule) => rule.proto ?? []),
        ]),
      ]
    : [proto]

const names = new Map<number, string>([
  [protocolNumbers.tcp, 'tcp'],
  [protocolNumbers.udp, 'udp'],
])

interface Part {
  readonly way: Way
  readonly name: string
}

/** Nothing divides one port. */
const isOne = ({ proto, ports }: Flow) =>
  proto !== undefined && (!names.has(proto) || ports?.every(([from, to]) => from === to) === true)

const partsOf = (plan: Plan, way: Way): readonly Part[] => {
  const rules = isOne(way.flow) ? [] : rulesOf(plan, way)
  return protocolsOf(way.flow, way, rules).flatMap((proto): readonly Part[] => {
    const name = names.get(proto)
    const { ports: _ports, ...flow } = way.flow
    if (name === undefined) return [{ way: { ...way, flow: { ...flow, proto } }, name: `ip/${proto}` }]
    const about = rules.filter((rule) => rule.proto === undefined || rule.proto === proto)
    return stretches(way.flow.ports ?? allPorts, about).map((port) => ({
      way: { ...way, flow: { ...flow, proto, ports: [[port, port]] } },
      name: `${name}/${port}`,
    }))
  })
}

/**
 * Every conversation that a question stands for, on every edge that stands between its ends.
 * @param families only the first one that both ends have, or all
 */
export const everyScenario = function* (
  plans: readonly Plan[],
  asked: Asked,
  families: 'first' | 'all' = 'all',
): Generator<Scenario> {
  for (const plan of plans.filter(({ edge }) => asked.edge === undefined || asked.edge === edge))
    for (const from of asked.from)
      for (const to of asked.to) {
        const all = waysOf(asked, from, to)
        const ways = families === 'all' ? all : all.filter(({ family }) => family === all[0]?.family)
        const parts = ways.flatMap((way) => partsOf(plan, way))
        const isAlone = new Set(parts.map(({ name }) => name)).size < 2
        for (const part of parts.length === 0 ? [undefined] : parts) {
          const scenario = scenarioOf(plan, asked, from, to, part?.way)
          if (scenario !== undefined) yield isAlone || part === undefined ? scenario : { ...scenario, part: part.name }
        }
      }
}
