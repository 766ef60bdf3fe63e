/** What Bulkhead knows of its protocols, read from the registry and put into plain values. */
import type { Broadcast, Companion, Constraint, Op, Vocabulary } from '#core/protocol.ts'
import { isProtocolName, vocabularies, type ProtocolName } from '#protocols/index.ts'

export interface OpFacts {
  readonly name: string
  readonly code: string
  readonly risk: string
  readonly from: 'client' | 'server' | 'either'
  readonly constraints: readonly string[]
  readonly summary: string
}

export interface ConstraintFacts {
  readonly name: string
  /** The word in `tests:` and `while:`. */
  readonly one: string
  readonly kind: Constraint['kind']
  /** What it may be: `0-255`, or the names there are. */
  readonly takes: string
  /** Only the beginning of a connection tells it. */
  readonly connection: boolean
  readonly summary: string
}

export interface FlowFacts {
  readonly id: string
  readonly flow: string
  readonly summary: string
}

export interface ProtocolFacts {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly ports: readonly string[]
  readonly refusal: Vocabulary['refusal']
  readonly neutralisable: boolean
  readonly blind: string
  readonly commands: readonly OpFacts[]
  readonly constraints: readonly ConstraintFacts[]
  readonly companions: readonly FlowFacts[]
  readonly broadcast: readonly FlowFacts[]
}

const opFacts = (name: string, { code, risk, from, constraints = [], summary }: Op): OpFacts => ({
  name,
  code,
  risk,
  from: from ?? 'client',
  constraints,
  summary,
})

const takes = ({ kind, min, max, values }: Constraint): string => {
  if (values !== undefined) return values.join(', ')
  if (kind === 'names') return 'names'
  if (min === undefined && max === undefined) return 'numbers'
  return max === undefined ? `${min} and above` : `${min ?? ''}-${max}`
}

const constraintFacts = (name: string, constraint: Constraint): ConstraintFacts => ({
  name,
  one: constraint.one ?? name,
  kind: constraint.kind,
  takes: takes(constraint),
  connection: constraint.of === 'connection',
  summary: constraint.summary,
})

const companionFacts = ({ id, transport, from, port, multicast, summary }: Companion): FlowFacts => ({
  id,
  flow: `${transport}/${port} from the ${from}${multicast === undefined ? '' : `, multicast ${multicast}`}`,
  summary,
})

export const broadcastFacts = ({ id, match, summary }: Broadcast): FlowFacts => ({
  id,
  flow:
    'port' in match
      ? `${match.transport}/${match.port}`
      : `EtherType 0x${match.etherType.toString(16).padStart(4, '0')}`,
  summary,
})

export const factsOf = (protocol: ProtocolName): ProtocolFacts => {
  const vocabulary: Vocabulary = vocabularies[protocol]
  const { name, title, source, ports, refusal, neutralisable, blind = '', ops, constraints } = vocabulary
  return {
    name,
    title,
    source,
    ports: ports.map(({ transport, port }) => `${transport}/${port}`),
    refusal,
    neutralisable,
    blind,
    commands: Object.entries(ops).map(([op, known]) => opFacts(op, known)),
    constraints: Object.entries(constraints).map(([word, known]) => constraintFacts(word, known)),
    companions: vocabulary.companions.map(companionFacts),
    broadcast: vocabulary.broadcast.map(broadcastFacts),
  }
}

/** All protocols, in the order of the registry. */
export const allFacts = (): readonly ProtocolFacts[] => Object.keys(vocabularies).filter(isProtocolName).map(factsOf)
