/** When a window is open: IANA time zones, both daylight-saving edges. Pure. */
import type { PlanWindow, TimeRange } from './plan.ts'

const dayMs = 86_400_000
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

const formats = new Map<string, Intl.DateTimeFormat>()
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(timeZone, format)
  return format
}

/** Moments whose wall time is remembered: windows ask for the same few of a day, and a calendar takes long to answer. */
const memory = 16_384
const walls = new Map<string, number>()

/** The wall clock of a zone at a moment, as if it were UTC: ms since 1970. */
const wall = (timeZone: string, at: number): number => {
  const key = `${timeZone} ${at}`
  let known = walls.get(key)
  if (known !== undefined) return known
  if (walls.size >= memory) walls.clear()
  known = wallOf(timeZone, at)
  walls.set(key, known)
  return known
}

const wallOf = (timeZone: string, at: number): number => {
  const part = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  return Date.UTC(
    part['year'] ?? 1970,
    (part['month'] ?? 1) - 1,
    part['day'],
    part['hour'],
    part['minute'],
    part['second'],
  )
}

/**
 * The moment at which a zone's wall clock shows a time. A time that a change to summer time skips is the moment of the change;
 * a time that occurs twice is its first occurrence.
 */
export const momentOf = (timeZone: string, local: number): number => {
  const offsets = [local - dayMs, local + dayMs].map((near) => wall(timeZone, near) - near)
  const candidates = offsets.map((offset) => local - offset).filter((at) => wall(timeZone, at) === local)
  if (candidates.length > 0) return Math.min(...candidates)
  let low = local - Math.max(...offsets)
  let high = local - Math.min(...offsets)
  if (low > high) [low, high] = [high, low]
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2)
    if (wall(timeZone, middle) < local) low = middle
    else high = middle
  }
  return Math.round(high / 1000) * 1000
}

const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

/** Spans of a time range that begin on one local day, as moments. A range whose end is not after its start ends the next day. */
const spanOn = (timeZone: string, dayStart: number, range: TimeRange): readonly [number, number] | undefined => {
  const day = days[new Date(dayStart).getUTCDay()] ?? 'sun'
  if (range.days !== undefined && !range.days.includes(day)) return undefined
  const from = minutes(range.from)
  const to = minutes(range.to) > from ? minutes(range.to) : minutes(range.to) + 1440
  return [momentOf(timeZone, dayStart + from * 60_000), momentOf(timeZone, dayStart + to * 60_000)]
}

export interface WindowState {
  readonly open: boolean
  /** The next moment (ms since 1970) at which `open` may change; undefined: never again. */
  readonly until: number | undefined
}

/** Adjoining spans are one: a window that is always open has no edge at midnight. */
const merged = (spans: readonly (readonly [number, number])[]): [number, number][] => {
  const result: [number, number][] = []
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

/**
 * Whether a window is open at a moment, and until when that holds.
 * @param at ms since 1970
 */
export const windowState = (window: PlanWindow, timeZone: string, at: number): WindowState => {
  const end =
    window.expires === undefined
      ? Number.POSITIVE_INFINITY
      : momentOf(timeZone, Date.parse(`${window.expires}T00:00:00Z`))
  if (at >= end) return { open: false, until: undefined }
  const today = Math.floor(wall(timeZone, at) / dayMs) * dayMs
  const horizon = Array.from({ length: 10 }, (_, i) => today + (i - 1) * dayMs)
  const spans = merged(
    horizon.flatMap((day) =>
      window.times.flatMap((range) => {
        const span = spanOn(timeZone, day, range)
        return span === undefined || span[0] >= span[1] ? [] : [span]
      }),
    ),
  )
  const current = spans.find(([from, to]) => at >= from && at < to)
  if (current !== undefined) return { open: true, until: Math.min(current[1], end) }
  const next = spans.find(([from]) => from > at)?.[0]
  return { open: false, until: next === undefined || next >= end ? undefined : next }
}

/** Open windows of a plan: index → seconds until each closes. */
export const openWindows = (
  plan: { windows: readonly PlanWindow[]; timezone: string },
  at: number,
): Map<number, number> => {
  const open = new Map<number, number>()
  plan.windows.forEach((window, index) => {
    const state = windowState(window, plan.timezone, at)
    // A kernel timeout holds 32 bits of milliseconds comfortably below 20 days.
    if (state.open) open.set(index, Math.min(((state.until ?? at + dayMs) - at) / 1000, 15 * 86_400))
  })
  return open
}
