/** Times as a person at the machine reads them. */

const day = 86_400
const units = [
  ['d', day],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** `2h 5m`, `45s`: at most two units, rounded down. */
export const span = (ms: number): string => {
  let rest = Math.max(0, Math.floor(ms / 1000))
  const parts = units.flatMap(([unit, seconds]) => {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    return count === 0 ? [] : [`${count}${unit}`]
  })
  return parts.slice(0, 2).join(' ') || '0s'
}

const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** `10:30:00`, or `2026-11-28 10:30:00` when it is more than half a day from now, in the time zone of this machine. */
export const clock = (iso: string, now: number, timezone = zoneHere()): string => {
  const at = Date.parse(iso)
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(
    at,
  )
  return Math.abs(at - now) < (day / 2) * 1000 ? text.slice(-8) : text
}

/** `29m 10s left`, or `over` when it has passed. */
export const left = (iso: string, now: number): string => {
  const ms = Date.parse(iso) - now
  return ms <= 0 ? 'over' : span(ms)
}

/** `3s ago`; `never` without a time. */
export const ago = (iso: string | undefined, now: number): string =>
  iso === undefined ? 'never' : `${span(now - Date.parse(iso))} ago`
