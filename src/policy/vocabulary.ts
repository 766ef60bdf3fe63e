/** The words a policy may use about a protocol's commands. */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { constraintNamed } from '#protocols/index.ts'

/** Keys of an `allow:` entry that are not constraints of the protocol. */
export const ownKeys: ReadonlySet<string> = new Set(['op', 'step', 'rate', 'while'])

/** A constraint by its own name or by its word for a single one. */
export const constraintOf = (vocabulary: Vocabulary, word: string): { name: string; constraint: Constraint } | undefined => {
  const name = constraintNamed(vocabulary, word)
  const constraint = name === undefined ? undefined : vocabulary.constraints[name]
  return name === undefined || constraint === undefined ? undefined : { name, constraint }
}
