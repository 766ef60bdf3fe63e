/** What permitted traffic has shown of the process, and how often commands came. */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import type { Seen } from './constraint.ts'
import { fold } from './names.ts'
import { Points, type Observed, type Place, type Point } from './points.ts'

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
