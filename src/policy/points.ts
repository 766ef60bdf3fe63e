/** Values of places in devices, found by what is said of where: all of it, less, or more; no look-up walks over all of them. */

/** Where in a device a value is, such as `{ unit: 1, registers: 100 }`. */
export type Point = Readonly<Record<string, string | number>>

/** A point as it is compared: of names that stand for one place there is one. */
export interface Place {
  readonly point: Point
  /** Which of the values that stand there one behind the other. */
  readonly index: number
}

export interface Observed extends Place {
  readonly to: string
  readonly value: number
  /** The device may have this one as well: it took a part of what was written, and did not say which. */
  readonly or?: number
  readonly key: string
  /** Rises with every observation. */
  readonly turn: number
}

const namesOf = (point: Point): readonly string[] => Object.keys(point).toSorted()

/** Numbers and their digits are the same. */
const keyOf = (to: string, index: number, names: readonly string[], point: Point): string =>
  JSON.stringify([to, index, ...names, ...names.map((name) => String(point[name]))])

/** Keys of places by some of the fields that they have. */
interface Projection {
  readonly names: readonly string[]
  readonly groups: Map<string, Set<string>>
}

const isWithin = (few: readonly string[], many: readonly string[]): boolean => few.every((name) => many.includes(name))

const later = (a: Observed | undefined, b: Observed | undefined): Observed | undefined =>
  a === undefined || (b !== undefined && b.turn > a.turn) ? b : a

export class Points {
  /** The one seen longest ago is first. */
  readonly #seen = new Map<string, Observed>()
  /** Sets of fields that places have: a handful, for the vocabulary has no more. */
  readonly #shapes = new Map<string, readonly string[]>()
  readonly #projections = new Map<string, Projection>()
  #turn = 0

  get size(): number {
    return this.#seen.size
  }

  /** @returns what was seen there before, and what is now */
  put(
    to: string,
    { point, index }: Place,
    value: number,
  ): { readonly before: Observed | undefined; readonly now: Observed } {
    const key = keyOf(to, index, namesOf(point), point)
    const before = this.#seen.get(key)
    const now = { point, index, to, value, key, turn: ++this.#turn }
    this.#set(now)
    return { before, now }
  }

  /** What stands under a key. */
  at(key: string): Observed | undefined {
    return this.#seen.get(key)
  }

  /** Puts back what was seen under a key before; undefined: nothing. */
  restore(key: string, before: Observed | undefined): void {
    if (before === undefined) this.#remove(key)
    else this.#set(before)
  }

  /** Forgets what was seen longest ago. */
  forgetOldest(): void {
    for (const key of this.#seen.keys().take(1)) this.#remove(key)
  }

  /** The latest value of a place, or of one that one side describes more closely than the other, such as with a unit. */
  nearest(to: string, { point, index }: Place): Observed | undefined {
    const names = namesOf(point)
    const exact = this.#seen.get(keyOf(to, index, names, point))
    if (exact !== undefined || names.length === 0) return exact
    let found = this.within(to, { point, index })
    for (const shape of this.#shapes.values())
      if (shape.length > 0 && shape.length < names.length && isWithin(shape, names))
        found = later(found, this.#seen.get(keyOf(to, index, shape, point)))
    return found
  }

  /** The value of this very place. */
  exact(to: string, { point, index }: Place): Observed | undefined {
    return this.#seen.get(keyOf(to, index, namesOf(point), point))
  }

  /** The latest value of any place that has these fields, and perhaps others. */
  within(to: string, { point, index }: Place): Observed | undefined {
    const names = namesOf(point)
    let found: Observed | undefined
    for (const key of this.#projection(names).groups.get(keyOf(to, index, names, point)) ?? [])
      found = later(found, this.#seen.get(key))
    return found
  }

  [Symbol.iterator](): Iterator<Observed> {
    return this.#seen.values()
  }

  copy(): Points {
    const copy = new Points()
    for (const seen of this.#seen.values()) copy.#set(seen)
    copy.#turn = this.#turn
    return copy
  }

  #set(seen: Observed): void {
    const isNew = !this.#seen.delete(seen.key)
    this.#seen.set(seen.key, seen)
    if (!isNew) return
    const names = namesOf(seen.point)
    this.#shapes.set(names.join(' '), names)
    for (const projection of this.#projections.values()) this.#join(projection, seen, names)
  }

  #remove(key: string): void {
    const seen = this.#seen.get(key)
    if (seen === undefined) return
    this.#seen.delete(key)
    for (const { names, groups } of this.#projections.values()) {
      const group = keyOf(seen.to, seen.index, names, seen.point)
      const keys = groups.get(group)
      if (keys?.delete(key) === true && keys.size === 0) groups.delete(group)
    }
  }

  #join({ names, groups }: Projection, { to, index, point, key }: Observed, all: readonly string[]): void {
    if (!isWithin(names, all)) return
    const group = keyOf(to, index, names, point)
    const keys = groups.get(group)
    if (keys === undefined) groups.set(group, new Set([key]))
    else keys.add(key)
  }

  /** Made when it is asked for first, kept right from then on. */
  #projection(names: readonly string[]): Projection {
    const id = names.join(' ')
    const known = this.#projections.get(id)
    if (known !== undefined) return known
    const made: Projection = { names, groups: new Map() }
    for (const seen of this.#seen.values()) this.#join(made, seen, namesOf(seen.point))
    this.#projections.set(id, made)
    return made
  }
}
