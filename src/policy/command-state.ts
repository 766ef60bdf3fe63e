/**
 * What permitted traffic has shown of the process, and how often commands came. Values of places in devices are found by what is said of
 * where: all of it, less, or more; no look-up walks over all of them.
 */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import type { Seen } from './constraint.ts'
import { fold } from './names.ts'

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

export interface Command {
  readonly op: string
  /** Address (or name) of the client and of the device. */
  readonly from: string
  readonly to: string
  /** ms since 1970. */
  readonly at: number
  /** By the names of the protocol's constraints: one value, or one for each point the message touches. */
  readonly fields: Readonly<Record<string, Seen>>
  /** Which of the values of its place the first one is, 0 when absent; -1: that is not told. */
  readonly first?: number
  /** The device takes none of its values: it only tests, or takes another command back. */
  readonly idle?: boolean
}

export interface CommandState {
  /** Last value of each point of each device. */
  readonly points: Points
  /** Times (ms) of permitted commands under a rate, oldest first. */
  readonly permitted: ReadonlyMap<string, readonly number[]>
  /** Values were forgotten, for there were more than are kept: one that is not known may be one of them. */
  readonly forgot?: boolean
}

export const initialCommandState: CommandState = { points: new Points(), permitted: new Map() }

const known: readonly Vocabulary[] = Object.values(vocabularies)

const fieldsThat = (holds: (constraint: Constraint) => boolean): readonly string[] =>
  known.flatMap(({ constraints }) =>
    Object.entries(constraints).flatMap(([name, constraint]) => (holds(constraint) ? [name] : [])),
  )

/** Fields that say how or what, not where, nor how bytes are read: by the vocabularies that have them. */
const notPoint: ReadonlySet<string> = new Set(['values', ...fieldsThat(({ of }) => of !== undefined)]).difference(
  new Set(fieldsThat(({ reads }) => reads === true)),
)

/** Whether a field says where a value is, or as what it was read there. */
export const isPlace = (field: string): boolean => !notPoint.has(field)

const announcing: ReadonlySet<string> = new Set(
  known.flatMap(({ ops }) =>
    Object.entries(ops).flatMap(([name, { announces }]) => (announces === true ? [name] : [])),
  ),
)
const announcingNames: readonly (readonly [field: string, name: string])[] = known.flatMap(({ constraints }) =>
  Object.entries(constraints).flatMap(([field, { announces }]) =>
    announces === undefined ? [] : [[field, announces] as const],
  ),
)

/** Whether the device does not take the values of a command yet, such as those of a select before the operate. */
const onlyAnnounces = ({ op, fields, idle }: Command): boolean =>
  idle === true || announcing.has(op) || announcingNames.some(([field, name]) => fields[field] === name)

export const listOf = <T extends string | number>(value: T | readonly T[]): readonly T[] =>
  typeof value === 'object' ? value : [value]

const named: ReadonlyMap<string, Constraint> = new Map(
  known.flatMap(({ constraints }) => Object.entries(constraints).filter(([, { kind }]) => kind === 'names')),
)

/** What a name says of where, and the number of the first value there. */
export const placeOfName = (field: string, name: string): readonly [where: string, first: number] => {
  const { cased, aside } = named.get(field) ?? {}
  const found = aside?.exec(name)
  return [fold(found ? name.slice(0, found.index) : name, cased), Number(found?.[1] ?? 0)]
}

/** @param offset of the value behind the first one that the point names */
const placeOf = (point: Point, offset = 0): Place => {
  let index = offset
  const place = Object.entries(point).map(([field, value]) => {
    if (typeof value !== 'string' || !named.has(field)) return [field, value] as const
    const [where, first] = placeOfName(field, value)
    index += first
    return [field, where] as const
  })
  return { point: Object.fromEntries(place), index }
}

interface Touched {
  readonly point: Point
  /** Of several values at one point. */
  readonly offset: number
  readonly value: number | undefined
}

/** The points a command touches, each with the value it carries; a list of addresses pairs with a list of values. */
export const touched = ({ fields, first = 0 }: Command): Touched[] => {
  const where = Object.entries(fields).flatMap(([name, value]) => (isPlace(name) ? [{ name, all: listOf(value) }] : []))
  const places = Math.max(1, ...where.map(({ all }) => all.length))
  const values = fields['values'] === undefined ? [] : listOf(fields['values'])
  return Array.from({ length: Math.max(places, values.length) }, (_, i) => {
    const point = Object.fromEntries(where.map(({ name, all }) => [name, all[Math.min(i, all.length - 1)] ?? 0]))
    const value = first < 0 ? undefined : values[values.length === 1 ? 0 : i]
    return {
      point,
      offset: first + Math.max(0, i + 1 - places),
      value: value === undefined ? undefined : Number(value),
    }
  })
}

/** Records a value seen in permitted traffic: a write that passed, or a read's answer. */
export const observe = (state: CommandState, to: string, point: Point, value: number): CommandState => {
  const points = state.points.copy()
  points.put(to, placeOf(point), value)
  return { ...state, points }
}

/** A value with its place. */
export interface Shown extends Place {
  readonly value: number
}

/**
 * The values that a permitted command writes, or that an answer shows. Those that are only announced are none: a client could walk
 * there in small steps that never happen.
 * @param isAsked points worth remembering; all when absent
 */
export const shownBy = (command: Command, isAsked: (point: Point) => boolean = () => true): readonly Shown[] =>
  onlyAnnounces(command)
    ? []
    : touched(command).flatMap(({ value, point, offset }) =>
        value === undefined || !isAsked(point) ? [] : [{ ...placeOf(point, offset), value }],
      )

/** What a permitted command writes, or an answer shows, is seen last. */
export const remember = (state: CommandState, command: Command): CommandState => {
  const shown = shownBy(command)
  if (shown.length === 0) return state
  const points = state.points.copy()
  for (const { value, ...place } of shown) points.put(command.to, place, value)
  return { ...state, points }
}

/**
 * The latest value of a point, or of one that one side describes more closely than the other, such as with a unit.
 * @param offset of the value behind the first one that the point names
 */
export const lastValue = ({ points }: CommandState, to: string, wanted: Point, offset = 0): Observed | undefined => {
  const place = placeOf(wanted, offset)
  // Of several values at one point only the first is ever told without the others.
  return offset > 0 ? points.exact(to, place) : points.nearest(to, place)
}

/** The latest value of any point of a device that has these fields. */
export const valueWhere = ({ points }: CommandState, device: string, wanted: Point): number | undefined =>
  points.within(device, placeOf(wanted))?.value
