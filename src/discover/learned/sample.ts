/** Fields together: a proposal of units 1 and 2 and registers 0 and 9 permits register 9 of unit 1, which may never have been seen. */
import type { Constraint } from '#core/protocol.ts'
import type { Command } from '../model.ts'
import { randomFrom } from '../propose/random-plant.ts'
import type { Entry, Ranges } from './tight.ts'

const samples = 500

const sizeOf = (ranges: Ranges): number => ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0)

interface Place {
  readonly numbers: readonly (readonly [field: string, ranges: Ranges])[]
  readonly names: readonly (readonly [field: string, names: readonly string[]])[]
  readonly size: number
}

/** How something is asked for, and what the beginning of a connection tells, is no place. */
const placeOf = ({ numbers, names }: Entry, constraints: Readonly<Record<string, Constraint>>): Place => {
  const isPlace = ([field]: readonly [string, unknown]) => constraints[field]?.of === undefined
  const places = { numbers: Object.entries(numbers).filter(isPlace), names: Object.entries(names).filter(isPlace) }
  const sizes = [...places.numbers.map(([, ranges]) => sizeOf(ranges)), ...places.names.map(([, list]) => list.length)]
  return { ...places, size: sizes.reduce((product, size) => product * size, 1) }
}

const has = (command: Command, numbers: ReadonlyMap<string, number>, names: ReadonlyMap<string, string>): boolean =>
  [...numbers].every(([field, number]) => {
    const ranges = field === 'values' ? [command.values ?? [1, 0]] : (command.spans[field] ?? [])
    return ranges.some(([low, high]) => number >= Math.floor(low) && number <= Math.ceil(high))
  }) &&
  [...names].every(([field, name]) =>
    (command.texts[field] ?? []).some((text) => text.toLowerCase() === name.toLowerCase()),
  )

/** The share, 0 to 1, of what the entries of one op permit that was seen, by samples that are always the same. */
export const placesSeen = (
  entries: readonly Entry[],
  seen: readonly Command[],
  constraints: Readonly<Record<string, Constraint>>,
): number => {
  // No generator reaches far enough for a product of ranges of 32 bits: a fraction of it does.
  const random = randomFrom(7)
  const fraction = () => random(1_000_000_000) / 1_000_000_000
  const places = entries.map((entry) => placeOf(entry, constraints))
  const total = places.reduce((sum, { size }) => sum + size, 0)
  const numberIn = (ranges: Ranges): number => {
    let left = Math.floor(fraction() * sizeOf(ranges))
    for (const [low, high] of ranges) {
      if (left <= high - low) return low + left
      left -= high - low + 1
    }
    return Number.NaN
  }
  let found = 0
  for (let n = 0; n < samples; n++) {
    let left = fraction() * total
    const place = places.find(({ size }) => (left -= size) < 0) ?? places[0]
    if (place === undefined) return 1
    const numbers = new Map(place.numbers.map(([field, ranges]) => [field, numberIn(ranges)]))
    const names = new Map(place.names.map(([field, list]) => [field, list[Math.floor(fraction() * list.length)] ?? '']))
    if (seen.some((command) => has(command, numbers, names))) found++
  }
  return found / samples
}
