/** From commands that were seen to entries of `allow:`: exactly the commands, on what they touched. */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { constraintsOf, isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Command } from '../model.ts'
import { mostTexts } from '../observe/recording.ts'
import { joinBoxes, type Box } from './boxes.ts'
import { generalised, joined, rangesText, sizeOf } from './ranges.ts'
import { permittedValues } from './values.ts'

/** Different numbers of a field about the message beyond which it varies from message to message and says nothing. */
const fewNumbers = 3

/** An op narrowed by what was seen of it. */
export interface Permit extends Box {
  readonly op: string
}

/** A profile in the order of the vocabulary, so that the same commands always give the same entries. */
export type Profile = readonly Permit[]

const lower = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()))

/**
 * Fields that can be narrowed: those that each command of the op had, since a constraint on what a message does not say is not
 * kept.
 */
const narrowable = (
  constraints: Readonly<Record<string, Constraint>>,
  commands: readonly Command[],
): readonly string[] =>
  Object.entries(constraints).flatMap(([name, constraint]) => {
    if (name === 'values') return []
    const numbers = commands.flatMap(({ spans }) => spans[name] ?? [])
    const texts = commands.flatMap(({ texts: seen }) => seen[name] ?? [])
    const everywhere = commands.every(({ spans, texts: seen }) => (spans[name] ?? seen[name] ?? []).length > 0)
    if (!everywhere) return []
    if (constraint.kind === 'names') {
      // Of a row that stands for many objects no more names are kept: to permit those alone would deny the others.
      if (commands.some(({ folded, texts: seen }) => folded && (seen[name] ?? []).length >= mostTexts)) return []
      const closed = constraint.values === undefined ? undefined : lower(constraint.values)
      return closed === undefined || texts.every((text) => closed.has(text.toLowerCase())) ? [name] : []
    }
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = constraint
    // Numbers that policy could not write: an address that a broken message carried.
    if (numbers.length === 0 || numbers.some(([low, high]) => low < min || high > max)) return []
    if (numbers.some((range) => !range.every(Number.isSafeInteger))) return []
    return constraint.of === 'message' && sizeOf(joined(numbers)) > fewNumbers ? [] : [name]
  })

/** How something is asked for says little about one object: it holds for all objects of the op alike. */
const shared = (
  constraints: Readonly<Record<string, Constraint>>,
  fields: readonly string[],
  commands: readonly Command[],
): { readonly numbers: Box['numbers']; readonly names: Box['names'] } => {
  const of = fields.filter((name) => constraints[name]?.of !== undefined)
  return {
    numbers: Object.fromEntries(
      of
        .filter((name) => constraints[name]?.kind !== 'names')
        .map((name) => [name, joined(commands.flatMap(({ spans }) => spans[name] ?? []))]),
    ),
    names: Object.fromEntries(
      of
        .filter((name) => constraints[name]?.kind === 'names')
        .map((name) => [name, commands.flatMap(({ texts }) => texts[name] ?? [])]),
    ),
  }
}

/** Spelled as the protocol spells it where the list is closed. */
const spelled = (constraint: Constraint | undefined, names: readonly string[]): readonly string[] =>
  names.map((name) => constraint?.values?.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name)

const boxesOf = (vocabulary: Vocabulary, op: string, commands: readonly Command[]): readonly Box[] => {
  const constraints = constraintsOf(vocabulary, op) ?? {}
  const fields = narrowable(constraints, commands)
  const common = shared(constraints, fields, commands)
  const own = fields.filter((name) => constraints[name]?.of === undefined)
  const constraint = constraints['values']
  const written = commands.map(({ unreadable, values, count, step }) =>
    unreadable || values === undefined || constraint === undefined
      ? undefined
      : permittedValues({ count, values, ...(step === undefined ? {} : { step }) }, constraint),
  )
  // A command whose value is not read as a number would keep no constraint on it.
  const narrows = written.every((range) => range !== undefined)
  const boxes = commands.map(({ spans, texts, count, id }, i): Box => {
    const range = narrows ? written[i] : undefined
    const numbers = own.filter((name) => constraints[name]?.kind !== 'names')
    const names = own.filter((name) => constraints[name]?.kind === 'names')
    return {
      numbers: { ...Object.fromEntries(numbers.map((name) => [name, spans[name] ?? []])), ...common.numbers },
      names: {
        ...Object.fromEntries(names.map((name) => [name, spelled(constraints[name], texts[name] ?? [])])),
        ...Object.fromEntries(
          Object.entries(common.names).map(([name, list]) => [name, spelled(constraints[name], list)]),
        ),
      },
      ...(range === undefined ? {} : { values: range }),
      count,
      commands: [id],
    }
  })
  // Where a value is comes last in a vocabulary's list: units and stations before the registers in them.
  return joinBoxes(boxes, own.toReversed()).map((box) => ({
    ...box,
    numbers: Object.fromEntries(
      Object.entries(box.numbers).map(([name, ranges]) => [
        name,
        constraints[name]?.of === undefined ? generalised(ranges) : ranges,
      ]),
    ),
  }))
}

/** Session commands come with every other: they are written down where that narrows how a connection is made. */
const isWorthWriting = (vocabulary: Vocabulary, op: string, box: Box): boolean =>
  Object.keys({ ...box.numbers, ...box.names }).some(
    (name) => vocabulary.constraints[name]?.of === 'connection' || vocabulary.constraints[name]?.values !== undefined,
  )

const withoutConnection = (vocabulary: Vocabulary, { numbers, names, ...rest }: Box): Box => {
  const kept = <T>(fields: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => vocabulary.constraints[name]?.of !== 'connection'))
  return { ...rest, numbers: kept(numbers), names: kept(names) }
}

const uncovered = (boxes: readonly Box[], vocabulary: Vocabulary): readonly Box[] =>
  joinBoxes(
    boxes.map((box) => withoutConnection(vocabulary, box)),
    [],
  )

/**
 * The commands as a profile.
 * @param only read commands are wanted, and session commands are implied: towards a safety system
 */
export const profileOf = (protocol: string, commands: readonly Command[], only = false): Profile => {
  if (!isProtocolName(protocol)) return []
  const vocabulary: Vocabulary = vocabularies[protocol]
  const byOp = Map.groupBy(commands, ({ op }) => op)
  const known = Object.keys(vocabulary.ops).filter((op) => byOp.has(op))
  const isSession = (op: string) => vocabulary.ops[op]?.risk === 'session'
  const boxed = known.map((op) => ({ op, boxes: boxesOf(vocabulary, op, byOp.get(op) ?? []) }))
  // What the beginning of a connection tells is enforced there, and once: behind it, it would only make the list longer.
  const narrowed = boxed.some(
    ({ op, boxes }) => isSession(op) && boxes.some((box) => isWorthWriting(vocabulary, op, box)),
  )
  const all = boxed.flatMap(({ op, boxes }) =>
    (narrowed && !only && !isSession(op) ? uncovered(boxes, vocabulary) : boxes).map((box): Permit => ({ op, ...box })),
  )
  const others = all.filter(({ op }) => !isSession(op))
  const sessions = all.filter(({ op }) => isSession(op))
  if (only) return others
  // With nothing but session commands seen, these are all there is to permit.
  return others.length === 0
    ? sessions
    : [...sessions.filter((box) => isWorthWriting(vocabulary, box.op, box)), ...others]
}

/** What an entry says besides its op, in the order of the vocabulary: as numbers where it is one, else as text or lists. */
export const constraintsWritten = (
  permit: Permit,
): readonly (readonly [string, string | number | readonly string[]])[] => {
  const numbers = Object.entries(permit.numbers).map(([name, ranges]) => [name, written(rangesText(ranges))] as const)
  const names = Object.entries(permit.names).map(
    ([name, list]) => [name, list.length === 1 ? (list[0] ?? '') : list] as const,
  )
  const values = permit.values === undefined ? [] : ([['values', written(rangesText([permit.values]))]] as const)
  return [...names, ...numbers, ...values]
}

const written = (text: string): string | number => (/^-?\d+$/.test(text) ? Number(text) : text)
