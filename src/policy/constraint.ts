/** What a rule may narrow about a command, and whether a command keeps within it. */
import type { Constraint } from '#core/protocol.ts'
import { fold, Names } from './names.ts'

export type Ranges = readonly (readonly [from: number, to: number])[]
/** As written in `allow:`. */
export type Written = number | string | readonly (number | string)[]
/** As seen in a command: one value, or one for each point it touches. */
export type Seen = number | string | readonly (number | string)[]

/** Reads `5`, `100-119`, `-10--1` or `1,3,10-12`, or a list of them; undefined when it is no such thing. */
export const parseRanges = (written: Written): Ranges | undefined => {
  if (typeof written === 'number') return Number.isSafeInteger(written) ? [[written, written]] : undefined
  if (typeof written !== 'string') {
    const parts = written.map(parseRanges)
    return parts.length > 0 && parts.every((part) => part !== undefined) ? parts.flat() : undefined
  }
  const ranges: (readonly [number, number])[] = []
  for (const part of written.split(',')) {
    const match = /^\s*(-?\d+)(?:-(-?\d+))?\s*$/.exec(part)
    if (match === null) return undefined
    const from = Number(match[1])
    const to = Number(match[2] ?? match[1])
    if (from > to || !Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return undefined
    ranges.push([from, to])
  }
  return ranges
}

const listOf = <T extends string | number>(value: T | readonly T[]): readonly T[] =>
  typeof value === 'object' ? value : [value]

export const inRanges = (ranges: Ranges, value: number): boolean =>
  ranges.some(([from, to]) => value >= from && value <= to)

/** Whether every value of a command keeps within what a rule wrote. A number constraint is the largest value allowed. */
export const keeps = (constraint: Constraint, written: Written, seen: Seen): boolean => {
  const values = listOf(seen)
  switch (constraint.kind) {
    case 'ranges': {
      const ranges = parseRanges(written)
      return ranges !== undefined && values.every((value) => inRanges(ranges, Number(value)))
    }
    case 'number':
      return values.every((value) => Number(value) <= Number(written))
    case 'names':
    default: {
      const { cased } = constraint
      const names = new Names(written, cased)
      return values.every((value) => names.has(fold(String(value), cased)))
    }
  }
}

const limits = ({ min, max }: Constraint): string =>
  min === undefined && max === undefined
    ? ''
    : min === undefined
      ? ` up to ${max}`
      : max === undefined
        ? ` from ${min}`
        : ` from ${min} to ${max}`

/** What the constraint takes, as words that follow "expected". */
export const constraintText = (constraint: Constraint): string => {
  if (constraint.kind === 'ranges') return `whole numbers or ranges${limits(constraint)}, such as 5 or 100-119`
  if (constraint.kind === 'number') return `a number${limits(constraint)}`
  return constraint.values === undefined ? 'a name or a list of names' : `one of ${constraint.values.join(', ')}`
}

const within = ({ min, max }: Constraint, value: number) =>
  (min === undefined || value >= min) && (max === undefined || value <= max)

/** Why a rule's value for a constraint makes no sense; undefined when it does. */
export const constraintFault = (constraint: Constraint, written: Written): string | undefined => {
  if (constraint.kind === 'ranges') {
    const ranges = parseRanges(written)
    if (ranges === undefined) return 'is not made of whole numbers and ranges that rise'
    return ranges.every(([from, to]) => within(constraint, from) && within(constraint, to))
      ? undefined
      : 'is out of range'
  }
  if (constraint.kind === 'number') {
    if (typeof written !== 'number') return 'is not a number'
    return within(constraint, written) ? undefined : 'is out of range'
  }
  const closed = constraint.values
  const unknown = closed === undefined ? undefined : listOf(written).find((name) => !closed.includes(String(name)))
  return unknown === undefined ? undefined : `has \`${unknown}\`, which the protocol does not know`
}
