/** Times as a person at the site says them: by the clock on its wall. */
import type { Plan, PlanWindow } from './plan.ts'
import { momentOf, windowState } from './windows.ts'

/** What the clock on the wall shows. */
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

const two = (value: number) => String(value).padStart(2, '0')
/** `2026-11-28T03:00` */
export const wallText = ({ day, minute }: WallTime): string =>
  `${day}T${two(Math.floor(minute / 60))}:${two(minute % 60)}`

/** The wall time of a moment (ms since 1970) in an IANA time zone. */
export const wallTime = (timezone: string, at: number): WallTime =>
  parseWallTime(formatOf(timezone).format(at)) ?? { day: new Date(at).toISOString().slice(0, 10), minute: 0 }

/** Whether a window is open at a wall time of the site. */
export const isOpenAt = (window: PlanWindow, timezone: string, { day, minute }: WallTime): boolean =>
  windowState(window, timezone, momentOf(timezone, Date.parse(`${day}T00:00Z`) + minute * 60_000)).open

/** Windows of a plan that are open at a wall time. */
export const openAt = (plan: Plan, time: WallTime): ReadonlySet<number> =>
  new Set(plan.windows.flatMap((window, index) => (isOpenAt(window, plan.timezone, time) ? [index] : [])))

const isAllDay = ({ times }: PlanWindow) =>
  times.every(({ days, from, to }) => days === undefined && from === '00:00' && to === '24:00')

/** Windows open on a day without a time of day being known: only those that are open all day, every day. */
export const openAllDay = (plan: Plan, day: string): ReadonlySet<number> =>
  new Set(
    plan.windows.flatMap((window, index) =>
      isAllDay(window) && (window.expires === undefined || day < window.expires) ? [index] : [],
    ),
  )
