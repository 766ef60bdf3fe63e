/** Hours of a plant's calendar that recordings cover: which shifts, days and ends of months they do not. */
import type { Span } from '../model.ts'

const hour = 3_600_000
/** Hours looked at: more than a year. Whoever recorded longer has seen every shift. */
const maxHours = 400 * 24

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

/** Three shifts of eight hours, as most plants count them; local time. */
const shifts = [
  { name: 'early shift (06–14)', from: 6 },
  { name: 'late shift (14–22)', from: 14 },
  { name: 'night shift (22–06)', from: 22 },
] as const
/** Hours of a shift that must have been seen for it to count. */
const enoughOfShift = 4

export interface Coverage {
  /** ms within at least one recording. */
  readonly watchedMs: number
  /** What was not seen, in words: `no night shift`, `no Saturday or Sunday`. */
  readonly missing: readonly string[]
  /** One sentence: how long, when, and what is missing. */
  readonly text: string
}

/** Spans that do not overlap, in order. */
export const joined = (spans: readonly Span[]): readonly Span[] => {
  const found: Span[] = []
  for (const span of spans.toSorted((a, b) => a.first - b.first)) {
    const last = found.at(-1)
    if (last !== undefined && span.first <= last.last)
      found[found.length - 1] = { first: last.first, last: Math.max(last.last, span.last) }
    else found.push(span)
  }
  return found
}

interface Local {
  readonly weekday: number
  readonly hour: number
  readonly day: number
}

const readerOf = (timezone: string): ((at: number) => Local) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    day: 'numeric',
    hourCycle: 'h23',
  })
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
    return {
      weekday: days.findIndex((day) => day === parts.get('weekday')),
      hour: Number(parts.get('hour')),
      day: Number(parts.get('day')),
    }
  }
}

interface Piece {
  readonly at: number
  /** Of the hour that it is in. */
  readonly ms: number
}

const piecesOf = (spans: readonly Span[]): readonly Piece[] => {
  const found: Piece[] = []
  for (const { first, last } of spans)
    for (let at = first, next; at <= last && found.length < maxHours; at = next) {
      next = (Math.floor(at / hour) + 1) * hour
      found.push({ at, ms: Math.min(next, last) - at })
    }
  return found
}

const partOfDay = (of: number): string =>
  of < 6 ? 'night' : of < 12 ? 'morning' : of < 14 ? 'midday' : of < 18 ? 'afternoon' : of < 22 ? 'evening' : 'night'

/** `58 minutes`, `3 hours 20 minutes`, `2 days 4 hours`. */
export const durationText = (ms: number): string => {
  const units: readonly (readonly [name: string, ms: number])[] = [
    ['day', 24 * hour],
    ['hour', hour],
    ['minute', 60_000],
    ['second', 1000],
  ]
  const at = units.findIndex(([, size]) => ms >= size)
  if (at === -1) return 'less than a second'
  const written: string[] = []
  let rest = ms
  for (const [name, size] of units.slice(at, at + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) written.push(`${count} ${name}${count === 1 ? '' : 's'}`)
  }
  return written.join(' ')
}

/** `Tuesday to Friday`, `Monday, Thursday` */
const daysText = (absent: readonly number[]): string => {
  const [first = 0] = absent
  const last = absent.at(-1) ?? first
  return absent.length >= 3 && last - first === absent.length - 1
    ? `${dayNames[first] ?? ''} to ${dayNames[last] ?? ''}`
    : absent.map((day) => dayNames[day] ?? '').join(', ')
}

const missingOf = (seen: readonly (Local & Pick<Piece, 'ms'>)[]): readonly string[] => {
  const absent = shifts.filter(({ from }) => {
    const within = seen.filter((local) => (local.hour - from + 24) % 24 < 8)
    const ms = within.reduce((sum, piece) => sum + piece.ms, 0)
    // Many short looks are no shift, and neither is the same hour of many days.
    return ms < enoughOfShift * hour || new Set(within.map((local) => local.hour)).size < enoughOfShift
  })
  const weekdays = new Set(seen.map(({ weekday }) => weekday))
  const working = [0, 1, 2, 3, 4].filter((day) => !weekdays.has(day))
  const free = [5, 6].filter((day) => !weekdays.has(day))
  const monthEnd = seen.some(({ day }) => day === 1) && seen.some(({ day }) => day >= 28)
  return [
    ...absent.map(({ name }) => `no whole ${name}`),
    ...(working.length === 0 || working.length === 5 ? [] : [`no ${daysText(working)}`]),
    ...(free.length === 2 ? ['no weekend'] : free.map((day) => `no ${dayNames[day]!}`)),
    ...(monthEnd ? [] : ['no turn of a month']),
  ]
}

/**
 * What recordings cover of the hours, days and months of a plant.
 * @param timezone IANA name; a RangeError when there is none by that name
 */
export const coverageOf = (spans: readonly Span[], timezone: string): Coverage => {
  const read = readerOf(timezone)
  const whole = joined(spans)
  const watchedMs = whole.reduce((sum, { first, last }) => sum + last - first, 0)
  const seen = piecesOf(whole).map(({ at, ms }) => ({ ...read(at), ms }))
  const [first] = seen
  if (first === undefined) return { watchedMs: 0, missing: [], text: 'Nothing was observed.' }
  const missing = missingOf(seen)
  const weekdays = [...new Set(seen.map(({ weekday }) => weekday))]
  const when =
    weekdays.length === 1
      ? ` on a ${dayNames[first.weekday] ?? ''}${watchedMs < 8 * hour ? ` ${partOfDay(first.hour)}` : ''}`
      : ` on ${weekdays.length === 7 ? 'every day of the week' : `${weekdays.length} days of the week`}`
  const lack = missing.length === 0 ? 'every shift, day and the turn of a month were seen' : missing.join(', ')
  return { watchedMs, missing, text: `Observed ${durationText(watchedMs)}${when}: ${lack}.` }
}
