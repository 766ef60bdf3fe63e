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

const unitMs: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000 }
/** @param text such as `5/min`: so many in so many ms */
export const parseRate = (text: string): { count: number; ms: number } => {
  const [count, unit = ''] = text.split('/')
  return { count: Number(count), ms: unitMs[unit] ?? 0 }
}

/** Whether an entry of `allow:` is about a command: it names it, or its risk class. */
export const isOp = (vocabulary: Vocabulary, entry: Entry, op: string): boolean => {
  if (typeof entry !== 'string') return entry.op === op
  return entry === op || (Object.hasOwn(vocabulary.ops, op) && vocabulary.ops[op]?.risk === entry)
}

/**
 * Commands of class `session` come with whatever else is allowed: without them no command could be sent at all. An entry that names
 * one narrows it, and then holds for it alone.
 */
export const isImplied = (vocabulary: Vocabulary, allow: readonly Entry[], op: string): boolean =>
  Object.hasOwn(vocabulary.ops, op) &&
  vocabulary.ops[op]?.risk === 'session' &&
  !allow.some((entry) => (typeof entry === 'string' ? entry : entry.op) === op)

/** Whether an entry depends on values or times seen before. */
export const isStateful = (entry: Entry): boolean =>
  typeof entry !== 'string' && (entry.step !== undefined || entry.rate !== undefined || entry.while !== undefined)
