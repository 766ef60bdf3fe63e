/** The words a policy may use about a protocol's commands. */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { constraintNamed } from '#protocols/index.ts'
import type { Conduit } from '#schema/site.ts'
import type { Written } from './constraint.ts'

/** One entry of `allow:`; narrowed where it is more than a name. */
export type Entry = NonNullable<Conduit['allow']>[number]
export type Narrowed = Exclude<Entry, string>

/** Keys of an `allow:` entry that are not constraints of the protocol. */
export const ownKeys: ReadonlySet<string> = new Set(['op', 'step', 'rate', 'while'])
const whileKeys: ReadonlySet<string> = new Set(['equals', 'in'])

const isWritten = (value: unknown): value is Written =>
  typeof value === 'string' || typeof value === 'number' || Array.isArray(value)

const without = (entry: object, keys: ReadonlySet<string>): (readonly [word: string, value: Written])[] =>
  Object.entries(entry).flatMap(([word, value]: [string, unknown]) =>
    keys.has(word) || !isWritten(value) ? [] : [[word, value] as const],
  )

/** What an entry narrows its command by. */
export const constraintsIn = (entry: Entry) => (typeof entry === 'string' ? [] : without(entry, ownKeys))

/** The point that a `while:` is about. */
export const whilePoint = (condition: NonNullable<Narrowed['while']>) => without(condition, whileKeys)

/** A constraint by its own name or by its word for a single one. */
export const constraintOf = (
  vocabulary: Vocabulary,
  word: string,
): { name: string; constraint: Constraint } | undefined => {
  const name = constraintNamed(vocabulary, word)
  const constraint = name === undefined ? undefined : vocabulary.constraints[name]
  return name === undefined || constraint === undefined ? undefined : { name, constraint }
}
