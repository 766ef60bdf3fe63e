/** What permitted traffic has shown of the process, and how often commands came. */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import type { Seen } from './constraint.ts'
import { fold } from './names.ts'

export interface Command {
  readonly op: string
  /** Address (or name) of the client and of the device. */
  readonly from: string
  readonly to: string
  /** ms since 1970. */
  readonly at: number
  /** By the names of the protocol's constraints: one value, or one for each point the message touches. */
  readonly fields: Readonly<Record<string, Seen>>
}

/** Where in a device a value is, such as `{ unit: 1, registers: 100 }`. */
export type Point = Readonly<Record<string, string | number>>

/** A point as it is compared: of names that stand for one place there is one. */
interface Place {
  readonly point: Point
  /** Which of the values that stand there one behind the other. */
  readonly index: number
}

export interface Observed extends Place {
  readonly to: string
  readonly value: number
}

export interface CommandState {
  /** Last value of each point of each device; the latest observation is last. */
  readonly points: ReadonlyMap<string, Observed>
  /** Times (ms) of permitted commands under a rate, oldest first. */
  readonly permitted: ReadonlyMap<string, readonly number[]>
}

export const initialCommandState: CommandState = { points: new Map(), permitted: new Map() }

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
const onlyAnnounces = ({ op, fields }: Command): boolean =>
  announcing.has(op) || announcingNames.some(([field, name]) => fields[field] === name)

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

const keyOf = (to: string, { point, index }: Place) =>
  `${to} ${index} ${JSON.stringify(Object.entries(point).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`

interface Touched {
  readonly point: Point
  /** Of several values at one point. */
  readonly offset: number
  readonly value: number | undefined
}

/** The points a command touches, each with the value it carries; a list of addresses pairs with a list of values. */
export const touched = ({ fields }: Command): Touched[] => {
  const where = Object.entries(fields).flatMap(([name, value]) => (isPlace(name) ? [{ name, all: listOf(value) }] : []))
  const places = Math.max(1, ...where.map(({ all }) => all.length))
  const values = fields['values'] === undefined ? [] : listOf(fields['values'])
  return Array.from({ length: Math.max(places, values.length) }, (_, i) => {
    const point = Object.fromEntries(where.map(({ name, all }) => [name, all[Math.min(i, all.length - 1)] ?? 0]))
    const value = values[values.length === 1 ? 0 : i]
    return { point, offset: Math.max(0, i + 1 - places), value: value === undefined ? undefined : Number(value) }
  })
}

const put = (points: Map<string, Observed>, to: string, place: Place, value: number): void => {
  const key = keyOf(to, place)
  points.delete(key)
  points.set(key, { ...place, to, value })
}

/** Records a value seen in permitted traffic: a write that passed, or a read's answer. */
export const observe = (state: CommandState, to: string, point: Point, value: number): CommandState => {
  const points = new Map(state.points)
  put(points, to, placeOf(point), value)
  return { ...state, points }
}

/**
 * The values that a permitted command writes, or that an answer shows, are the last ones seen. Those that are only announced are none:
 * a client could walk there in small steps that never happen.
 * @param isAsked points worth remembering; all when absent
 */
export const remember = (
  state: CommandState,
  command: Command,
  isAsked: (point: Point) => boolean = () => true,
): CommandState => {
  if (onlyAnnounces(command)) return state
  const seen = touched(command).filter(({ value, point }) => value !== undefined && isAsked(point))
  if (seen.length === 0) return state
  const points = new Map(state.points)
  for (const { point, offset, value } of seen) put(points, command.to, placeOf(point, offset), value ?? 0)
  return { ...state, points }
}

/**
 * The latest value of a point, or of one that one side describes more closely than the other, such as with a unit.
 * @param offset of the value behind the first one that the point names
 */
export const lastValue = (state: CommandState, to: string, wanted: Point, offset = 0): number | undefined => {
  const place = placeOf(wanted, offset)
  const exact = state.points.get(keyOf(to, place))
  // Of several values at one point only the first is ever told without the others.
  if (exact !== undefined || offset > 0) return exact?.value
  const { point } = place
  return [...state.points.values()].findLast((seen) => {
    const names = Object.keys(seen.point)
    const shared = names.filter((name) => point[name] !== undefined)
    const nested = shared.length > 0 && (shared.length === names.length || shared.length === Object.keys(point).length)
    const here = seen.to === to && seen.index === place.index
    return here && nested && shared.every((name) => String(seen.point[name]) === String(point[name]))
  })?.value
}

/** The latest value of any point of a device that has these fields. */
export const valueWhere = (state: CommandState, device: string, wanted: Point): number | undefined => {
  const place = placeOf(wanted)
  const fields = Object.entries(place.point)
  return [...state.points.values()].findLast(
    ({ to, point, index }) =>
      to === device &&
      index === place.index &&
      fields.every(([name, value]) => point[name] !== undefined && String(point[name]) === String(value)),
  )?.value
}
