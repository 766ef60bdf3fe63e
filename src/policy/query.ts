/** A question about one conversation or command, as `tests:` and `explain` ask it, and what is wrong with it. */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import type { PolicyTest, Site } from '#schema/site.ts'
import { serviceNames } from './service-names.ts'
import { observe, initialCommandState, type CommandState } from './command-state.ts'
import { constraintFault, constraintText, parseRanges, type Seen } from './constraint.ts'
import { hostsOf, type Host } from './host.ts'
import { parseService, type Service } from './service.ts'
import { nearest } from './suggest.ts'
import { constraintOf } from './vocabulary.ts'
import { parseWallTime, type WallTime } from './wall-time.ts'

export interface Query {
  readonly from: string
  readonly to: string
  readonly service: string
  readonly op?: string | undefined
  readonly at?: string | undefined
  readonly [field: string]: string | number | boolean | undefined
}

/** What a test asks, without what it expects. */
export const queryOf = (test: PolicyTest): Query => ({ ...test, expect: undefined })

/** A question whose names all stand for something. */
export interface Asked {
  readonly from: readonly Host[]
  readonly to: readonly Host[]
  readonly service: Service
  readonly vocabulary?: Vocabulary
  readonly op?: string
  readonly fields: Readonly<Record<string, Seen>>
  readonly at?: WallTime
  readonly given: (device: string) => CommandState
  readonly edge?: string
  readonly port?: string
  readonly mac?: string
  readonly vlan?: number
  readonly authenticated: boolean
  /** Of the source; what is known of it when absent. */
  readonly risk?: number
}

export interface QueryFault {
  readonly key: string
  readonly message: string
  readonly expected?: string | undefined
  readonly nearest?: string | undefined
  /** It can be asked, and its answer proves nothing: no message says that. */
  readonly idle?: true
}

/** What a question may say besides the fields of its command. */
export const queryKeys = [
  'from',
  'to',
  'service',
  'op',
  'at',
  'expect',
  'given',
  'edge',
  'port',
  'mac',
  'vlan',
  'authenticated',
  'risk',
] as const
const own: ReadonlySet<string> = new Set(queryKeys)

/** Points one field may stand for: the most that one message carries. */
const maxPoints = 2000

const seenOf = (vocabulary: Vocabulary, name: string, value: string | number | boolean): Seen | undefined => {
  if (typeof value === 'boolean') return Number(value)
  if (vocabulary.constraints[name]?.kind !== 'ranges' || typeof value === 'number') return value
  const ranges = parseRanges(value)
  const count = ranges?.reduce((sum, [from, to]) => sum + to - from + 1, 0) ?? 0
  if (ranges === undefined || count > maxPoints) return undefined
  const all = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
  return all.length === 1 ? all[0]! : all
}

/** What no message of the command can say: a test with it would prove nothing. */
const fieldFault = (
  vocabulary: Vocabulary,
  op: string,
  { name, constraint }: { readonly name: string; readonly constraint: Constraint },
  key: string,
  value: string | number | boolean,
): QueryFault | undefined => {
  if (!Object.hasOwn(vocabulary.ops, op)) return undefined
  const valid = (vocabulary.ops[op]?.constraints ?? []).map((each) => vocabulary.constraints[each]?.one ?? each)
  if (vocabulary.ops[op]?.constraints?.includes(name) !== true)
    return {
      key,
      idle: true,
      message: `\`${op}\` has no \`${key}\``,
      expected: valid.length === 0 ? 'no fields' : valid.join(', '),
      nearest: nearest(key, valid),
    }
  const fault = constraintFault(constraint, typeof value === 'boolean' ? Number(value) : value)
  return fault === undefined
    ? undefined
    : { key, idle: true, message: `\`${key}\` ${fault}`, expected: constraintText(constraint) }
}

const fieldsOf = (
  query: Query,
  vocabulary: Vocabulary | undefined,
): { fields: Record<string, Seen>; faults: QueryFault[] } => {
  const fields: Record<string, Seen> = {}
  const faults: QueryFault[] = []
  for (const [key, value] of Object.entries(query)) {
    if (own.has(key) || value === undefined) continue
    const known = vocabulary && constraintOf(vocabulary, key)
    const seen = known && vocabulary && seenOf(vocabulary, known.name, value)
    const words = Object.entries(vocabulary?.constraints ?? {}).map(([name, { one }]) => one ?? name)
    if (known === undefined || vocabulary === undefined)
      faults.push({
        key,
        message: `unknown key \`${key}\``,
        expected: [...queryKeys, ...words].join(', '),
        nearest: nearest(key, [...queryKeys, ...words]),
      })
    else if (seen === undefined)
      faults.push({
        key,
        message: `\`${key}\` is ${JSON.stringify(value)}`,
        expected: 'whole numbers or ranges such as 100-104',
      })
    else if (query.op === undefined)
      faults.push({ key, message: `\`${key}\` describes a command, but there is no \`op\`` })
    else {
      const fault = fieldFault(vocabulary, query.op, known, key, value)
      if (fault === undefined) fields[known.name] = seen
      else faults.push(fault)
    }
  }
  return { fields, faults }
}

/** Reads `register 40 = 1, unit 1 register 100 = 300`. */
const givenOf = (text: string, vocabulary: Vocabulary | undefined): ((device: string) => CommandState) | undefined => {
  const seen: { point: Record<string, string | number>; value: number }[] = []
  for (const part of text.split(',')) {
    const match = /^\s*(.+?)\s*=\s*(-?\d+(?:\.\d+)?)\s*$/.exec(part)
    const words = match?.[1]?.split(/\s+/) ?? []
    if (match === null || vocabulary === undefined || words.length % 2 === 1) return undefined
    const point: Record<string, string | number> = {}
    for (let i = 0; i < words.length; i += 2) {
      const known = constraintOf(vocabulary, words[i]!)
      if (known === undefined) return undefined
      const value = words[i + 1]!
      point[known.name] = known.constraint.kind === 'names' ? value : Number(value)
    }
    seen.push({ point, value: Number(match[2]) })
  }
  return (device) => seen.reduce((state, { point, value }) => observe(state, device, point, value), initialCommandState)
}

const unknownEnd = (site: Site, key: string, name: string): QueryFault => ({
  key,
  message: `unknown asset, group, zone or address \`${name}\``,
  nearest: nearest(name, [...Object.keys(site.assets), ...Object.keys(site.groups), ...Object.keys(site.zones), 'any']),
})

const opFault = ({ op, service }: Query, vocabulary: Vocabulary | undefined): QueryFault | undefined => {
  if (op === undefined) return undefined
  if (vocabulary === undefined) return { key: 'op', message: `the commands of service \`${service}\` cannot be judged` }
  if (Object.hasOwn(vocabulary.ops, op)) return undefined
  const valid = Object.keys(vocabulary.ops)
  return {
    key: 'op',
    message: `${vocabulary.name} has no command \`${op}\``,
    expected: `one of ${valid.join(', ')}`,
    nearest: nearest(op, valid),
  }
}

const macForm = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i

const placeFaults = (site: Site, { edge, port, mac, vlan, risk, authenticated }: Query): QueryFault[] => {
  const faults: QueryFault[] = []
  const edges = Object.keys(site.edges)
  const ports = Object.values(site.edges).flatMap((each) => Object.keys(each.ports))
  if (edge !== undefined && !edges.includes(String(edge)))
    faults.push({
      key: 'edge',
      message: `unknown edge \`${String(edge)}\``,
      expected: `one of ${edges.join(', ')}`,
      nearest: nearest(String(edge), edges),
    })
  if (port !== undefined && !ports.includes(String(port)))
    faults.push({
      key: 'port',
      message: `unknown port \`${String(port)}\``,
      expected: `one of ${[...new Set(ports)].join(', ')}`,
      nearest: nearest(String(port), ports),
    })
  if (mac !== undefined && !macForm.test(String(mac)))
    faults.push({
      key: 'mac',
      message: `\`mac\` is ${JSON.stringify(mac)}`,
      expected: 'an Ethernet address such as 00:1b:1b:aa:00:10',
    })
  if (vlan !== undefined && vlan !== 'untagged' && !(typeof vlan === 'number' && vlan >= 0 && vlan <= 4094))
    faults.push({
      key: 'vlan',
      message: `\`vlan\` is ${JSON.stringify(vlan)}`,
      expected: 'untagged, or a number from 1 to 4094',
    })
  if (risk !== undefined && !(typeof risk === 'number' && Number.isInteger(risk) && risk >= 0 && risk <= 100))
    faults.push({
      key: 'risk',
      message: `\`risk\` is ${JSON.stringify(risk)}`,
      expected: 'a whole number from 0 to 100',
    })
  if (authenticated !== undefined && typeof authenticated !== 'boolean')
    faults.push({
      key: 'authenticated',
      idle: true,
      message: `\`authenticated\` is ${JSON.stringify(authenticated)}`,
      expected: 'true or false',
    })
  return faults
}

/** Reads a question against a policy. With faults there is no answer. */
export const readQuery = (site: Site, query: Query): { asked?: Asked; faults: readonly QueryFault[] } => {
  const from = hostsOf(site, query.from)
  const to = hostsOf(site, query.to)
  const service = parseService(query.service, site.groups)
  const vocabulary: Vocabulary | undefined =
    service?.protocol === undefined ? undefined : vocabularies[service.protocol]
  const { fields, faults: fieldFaults } = fieldsOf(query, vocabulary)
  const at = query.at === undefined ? undefined : parseWallTime(query.at)
  const given = query['given'] === undefined ? () => initialCommandState : givenOf(String(query['given']), vocabulary)
  const op = opFault(query, vocabulary)
  const faults: QueryFault[] = [...placeFaults(site, query), ...(op === undefined ? [] : [op])]
  for (const [key, hosts] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (hosts === undefined) faults.push(unknownEnd(site, key, query[key]))
    else if (hosts.every(({ ips }) => ips.length === 0))
      faults.push({ key, message: `\`${query[key]}\` stands for no address` })
  }
  if (service === undefined)
    faults.push({
      key: 'service',
      message: `unknown service \`${query.service}\``,
      nearest: nearest(query.service, serviceNames(site)),
    })
  else faults.push(...fieldFaults)
  if (query.at !== undefined && at === undefined)
    faults.push({
      key: 'at',
      message: `\`at\` is ${JSON.stringify(query.at)}`,
      expected: 'a time at the site such as 2026-11-28T03:00',
    })
  if (given === undefined)
    faults.push({
      key: 'given',
      message: `\`given\` is ${JSON.stringify(query['given'])}`,
      expected: 'values seen before, such as register 40 = 1, register 100 = 300',
    })
  if (faults.length > 0 || from === undefined || to === undefined || service === undefined || given === undefined)
    return { faults }
  const { edge, port, mac, vlan, risk } = query
  return {
    faults,
    asked: {
      from,
      to,
      service,
      fields,
      given,
      authenticated: query['authenticated'] === true,
      ...(vocabulary === undefined ? {} : { vocabulary }),
      ...(query.op === undefined ? {} : { op: query.op }),
      ...(at === undefined ? {} : { at }),
      ...(edge === undefined ? {} : { edge: String(edge) }),
      ...(port === undefined ? {} : { port: String(port) }),
      ...(mac === undefined ? {} : { mac: String(mac).toLowerCase().replaceAll('-', ':') }),
      ...(risk === undefined ? {} : { risk: Number(risk) }),
      ...(vlan === undefined ? {} : { vlan: vlan === 'untagged' ? 0 : Number(vlan) }),
    },
  }
}
