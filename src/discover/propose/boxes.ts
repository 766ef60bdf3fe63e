/** What was asked for, as boxes: a set of numbers or names for each field. Boxes that differ in one field are one box. */
import { sortedUnique } from '#core/order.ts'
import { joined, type Ranges } from './ranges.ts'
import { together, type Shared } from './values.ts'

export interface Box extends Shared {
  /** Number fields by name; joined. */
  readonly numbers: Readonly<Record<string, Ranges>>
  /** Text fields by name; sorted. */
  readonly names: Readonly<Record<string, readonly string[]>>
  readonly count: number
  /** Ids of the commands in it. */
  readonly commands: readonly string[]
}

const fieldsOf = (box: Box): readonly string[] => [...Object.keys(box.numbers), ...Object.keys(box.names)].toSorted()

/** All of a box but one field, and but its values. */
const keyWithout = (box: Box, field: string): string =>
  JSON.stringify(
    fieldsOf(box).map((name) => (name === field ? [name] : [name, box.numbers[name] ?? box.names[name] ?? []])),
  )

const both = (a: Box, b: Box, field: string): Box => {
  const numbers = a.numbers[field]
  const names = a.names[field]
  return {
    numbers:
      numbers === undefined ? a.numbers : { ...a.numbers, [field]: joined([...numbers, ...(b.numbers[field] ?? [])]) },
    names: names === undefined ? a.names : { ...a.names, [field]: sortedUnique([...names, ...(b.names[field] ?? [])]) },
    ...together(a, b),
    count: a.count + b.count,
    commands: [...a.commands, ...b.commands],
  }
}

const byValues = (a: Box, b: Box) =>
  (a.values?.[0] ?? 0) - (b.values?.[0] ?? 0) || (a.values?.[1] ?? 0) - (b.values?.[1] ?? 0)

const fits = (a: Box, b: Box): boolean =>
  (a.values === undefined && b.values === undefined) || together(a, b) !== undefined

/** Boxes that are the same but for `field` become one, as far as their values are alike. */
const alongField = (boxes: readonly Box[], field: string): readonly Box[] =>
  [...Map.groupBy(boxes, (box) => keyWithout(box, field)).values()].flatMap((same) => {
    const merged: Box[] = []
    for (const box of same.toSorted(byValues)) {
      const last = merged.at(-1)
      if (last !== undefined && fits(last, box)) merged[merged.length - 1] = both(last, box, field)
      else merged.push(box)
    }
    return merged
  })

/**
 * The fewest boxes that this finds, permitting nothing that none of them permitted.
 * @param order fields to join along, the most telling first
 */
export const joinBoxes = (boxes: readonly Box[], order: readonly string[]): readonly Box[] => {
  let all: readonly Box[] = boxes.map((box) => ({
    ...box,
    numbers: Object.fromEntries(Object.entries(box.numbers).map(([name, ranges]) => [name, joined(ranges)])),
    names: Object.fromEntries(Object.entries(box.names).map(([name, list]) => [name, sortedUnique(list)])),
  }))
  for (;;) {
    const before = all.length
    for (const field of ['', ...order]) all = alongField(all, field)
    if (all.length === before) return all
  }
}
