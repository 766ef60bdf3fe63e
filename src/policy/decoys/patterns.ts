/** Serials and names in the patterns of personas, none ever twice. */
import { permutation, prf, type Prf } from './permutation.ts'

const alphabets: Readonly<Record<string, string>> = {
  '#': '0123456789',
  '@': 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  '%': '0123456789ABCDEF',
}
/** Counters of a pattern; places beyond are filled without being needed to tell decoys apart. */
const largest = 2 ** 32

const placesOf = (pattern: string): string[] => pattern.split('')
const lettersAt = (place: string): string => (alphabets[place] ?? place).toUpperCase()
const sizeAt = (place: string): number => alphabets[place]?.length ?? 1
/** How many texts a pattern has, at most 2^32. */
export const capacityOf = (pattern: string): number =>
  Math.min(
    largest,
    placesOf(pattern).reduce((product, place) => product * sizeAt(place), 1),
  )

/** Whether one text can come of both: decoys of the one would take names from those of the other when they move. */
export const mayAgree = (a: string, b: string): boolean =>
  a.length === b.length &&
  placesOf(a).every((place, i) => {
    const other = lettersAt(b[i] ?? '')
    return lettersAt(place)
      .split('')
      .some((letter) => other.includes(letter))
  })

/** A pattern with more digits at its end, within `longest` characters, where it has fewer texts than are needed. */
const wide = (pattern: string, needed: number, longest: number): string => {
  let out = pattern
  for (let digits = 1; capacityOf(out) < needed && digits < longest; digits++)
    out = `${pattern.slice(0, longest - digits)}${'#'.repeat(digits)}`
  return out
}

/** The text with this number: the last places count, those before them are as the key has them. */
const written = (pattern: string, number: number, random: Prf): string => {
  let rest = number
  let room = largest
  let out = ''
  for (let i = pattern.length - 1; i >= 0; i--) {
    const place = pattern[i] ?? ''
    const alphabet = alphabets[place]
    if (alphabet === undefined) {
      out = place + out
      continue
    }
    if (room >= alphabet.length) {
      out = (alphabet[rest % alphabet.length] ?? '') + out
      rest = Math.floor(rest / alphabet.length)
      room = Math.floor(room / alphabet.length)
    } else {
      out = (alphabet[random(number, i) % alphabet.length] ?? '') + out
    }
  }
  return out
}

/** What of a pattern is counted: the product of the last places that fit 32 bits. */
const countedOf = (pattern: string): number => {
  let product = 1
  let room = largest
  for (const place of placesOf(pattern).toReversed()) {
    const size = sizeAt(place)
    if (size === 1) continue
    if (room < size) break
    product *= size
    room = Math.floor(room / size)
  }
  return product
}

export interface Counted {
  readonly pattern: string
  /** Rises each time that the decoy moves. */
  readonly lap: number
}

/** A number for each: unique among all at any time, and another after each movement. `size` at least the number of them. */
export const counter = (index: number, of: number, lap: number, size: number): number =>
  index + of * (lap % Math.max(1, Math.floor(size / of)))

/**
 * A text for each decoy. Where two patterns that differ allow one text ({@link mayAgree}), who comes later in the list takes another.
 * @param purpose what the texts are, so that serials tell nothing of names
 */
export const texts = (all: readonly Counted[], seed: Uint8Array, purpose: string, longest = 40): string[] => {
  const groups = Map.groupBy(all.keys(), (i) => all[i]?.pattern ?? '')
  const makers = new Map(
    [...groups].map(([pattern, members]) => {
      const room = wide(pattern, members.length * 2, longest)
      const random = prf(seed, `${purpose} ${pattern}`)
      const size = countedOf(room)
      const scattered = permutation(size, random)
      const position = new Map(members.map((at, i) => [at, i]))
      return [
        pattern,
        (at: number, lap: number) =>
          written(room, scattered(counter(position.get(at) ?? 0, members.length, lap, size)), random),
      ] as const
    }),
  )
  const used = new Set<string>()
  return all.map(({ pattern, lap }, at) => {
    const make = makers.get(pattern)
    let text = make?.(at, lap) ?? ''
    for (let later = 1; used.has(text.toLowerCase()) && later < 1024; later++) text = make?.(at, lap + later) ?? text
    used.add(text.toLowerCase())
    return text
  })
}
