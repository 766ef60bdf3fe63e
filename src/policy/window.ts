/** Whether a time window is open, by the wall clock of the site. */
import type { Plan, PlanWindow, TimeRange } from './plan.ts'

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** What a clock on the wall of the site shows. */
export interface WallTime {
  /** YYYY-MM-DD */
  readonly day: string
  /** From midnight. */
  readonly minute: number
}

const formats = new Map<string, Intl.DateTimeFormat>()
const formatOf = (timezone: string) => {
  let format = formats.get(timezone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' })
    formats.set(timezone, format)
  }
  return format
}

/** Reads `2026-11-28T03:00` or `2026-11-28 03:00`; undefined when it is no such time. */
export const parseWallTime = (text: string): WallTime | undefined => {
  const match = /^(\d{4}-\d{2}-\d{2})[T ]([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?$/.exec(text)
  const [, day = '', hour, minute] = match ?? []
  const date = Date.parse(`${day}T00:00Z`)
  if (match === null || Number.isNaN(date) || !new Date(date).toISOString().startsWith(day)) return undefined
  return { day, minute: Number(hour) * 60 + Number(minute) }
}

/** The wall time of a moment (ms since 1970) in an IANA time zone. */
export const wallTime = (timezone: string, at: number): WallTime =>
  parseWallTime(formatOf(timezone).format(at)) ?? { day: new Date(at).toISOString().slice(0, 10), minute: 0 }

const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
const weekdayOf = (day: string, shift = 0) => weekdays[(new Date(`${day}T00:00Z`).getUTCDay() + shift + 7) % 7]!

/** A range that ends before it begins goes over midnight and belongs to the day it begins on. */
const inRange = ({ days, from, to }: TimeRange, { day, minute }: WallTime): boolean => {
  const on = (weekday: string) => days === undefined || days.includes(weekday)
  const [start, end] = [minuteOf(from), minuteOf(to)]
  if (start < end) return on(weekdayOf(day)) && minute >= start && minute < end
  return (on(weekdayOf(day)) && minute >= start) || (on(weekdayOf(day, -1)) && minute < end)
}

/** Whether a window's last day has passed. */
export const isExpired = ({ expires }: PlanWindow, { day }: WallTime): boolean =>
  expires !== undefined && day >= expires

export const isWindowOpen = (window: PlanWindow, time: WallTime): boolean =>
  !isExpired(window, time) && window.times.some((range) => inRange(range, time))

/** Windows open at a wall time. */
export const openAt = (plan: Plan, time: WallTime): ReadonlySet<number> =>
  new Set(plan.windows.flatMap((window, index) => (isWindowOpen(window, time) ? [index] : [])))

const isAllDay = ({ times }: PlanWindow) =>
  times.every(({ days, from, to }) => days === undefined && from === '00:00' && to === '24:00')

/** Windows open on a day without a time of day being known: only those that are open all day, every day. */
export const openAllDay = (plan: Plan, day: string): ReadonlySet<number> =>
  new Set(
    plan.windows.flatMap((window, index) =>
      isAllDay(window) && !isExpired(window, { day, minute: 0 }) ? [index] : [],
    ),
  )
