/** The registry of protocols: policy vocabulary, completion, editor schema and documentation are derived from it. */
import type { Broadcast, Constraint, Risk, Vocabulary } from '#core/protocol.ts'
import { bacnet } from './bacnet/ops.ts'
import { dnp3 } from './dnp3/ops.ts'
import { enip } from './enip/ops.ts'
import { iec104 } from './iec104/ops.ts'
import { layer2Broadcast } from './layer2.ts'
import { modbus } from './modbus/ops.ts'
import { opcua } from './opcua/ops.ts'
import { s7comm } from './s7comm/ops.ts'

export const vocabularies = { modbus, s7comm, enip, dnp3, iec104, opcua, bacnet } as const
export type ProtocolName = keyof typeof vocabularies
export type OpOf<P extends ProtocolName> = keyof (typeof vocabularies)[P]['ops'] & string

export const isProtocolName = (name: string): name is ProtocolName => Object.hasOwn(vocabularies, name)

/** Names of the commands of one protocol in a risk class, in the order of its vocabulary. */
export const opsOfRisk = ({ ops }: Vocabulary, risk: Risk): readonly string[] =>
  Object.keys(ops).filter((op) => ops[op]?.risk === risk)

/**
 * What a rule for a command may narrow, by name.
 * @returns undefined when the protocol has no such command
 */
export const constraintsOf = (
  { ops, constraints }: Vocabulary,
  op: string,
): Readonly<Record<string, Constraint>> | undefined => {
  if (!Object.hasOwn(ops, op)) return undefined
  const names = ops[op]?.constraints ?? []
  return Object.fromEntries(Object.entries(constraints).filter(([name]) => names.includes(name)))
}

/**
 * The constraint that a word stands for: its own name (`registers`) or its word for a single one (`register`).
 * @returns the constraint's name; undefined when the protocol has none by that word
 */
export const constraintNamed = ({ constraints }: Vocabulary, word: string): string | undefined =>
  Object.keys(constraints).find((name) => name === word || constraints[name]?.one === word)

/** Every service that policy may name under `broadcast:`, by id. */
export const broadcastServices: Readonly<Record<string, Broadcast>> = Object.fromEntries(
  [...Object.values(vocabularies).flatMap(({ broadcast }) => broadcast), ...layer2Broadcast].map((service) => [
    service.id,
    service,
  ]),
)
