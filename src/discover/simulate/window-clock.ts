/** Which time windows of a plan are open at the time of a packet. */
import type { Plan } from '#policy/plan.ts'
import { windowState } from '#policy/windows.ts'

const minuteMs = 60_000
/** Minutes remembered: a recording whose clock jumps to and fro must not ask a calendar for every packet. */
const maxMinutes = 4096

/** The same set for the same windows, so that a change is seen by comparing. */
export const windowClock = (plan: Pick<Plan, 'windows' | 'timezone'>): ((now: number) => ReadonlySet<number>) => {
  const sets = new Map<string, ReadonlySet<number>>()
  const minutes = new Map<number, ReadonlySet<number>>()
  const setOf = (open: readonly number[]): ReadonlySet<number> => {
    const key = open.join(' ')
    const known = sets.get(key)
    if (known !== undefined) return known
    const made = new Set(open)
    sets.set(key, made)
    return made
  }
  const always = setOf([])
  if (plan.windows.length === 0) return () => always
  return (now) => {
    const minute = Math.floor(now / minuteMs)
    const known = minutes.get(minute)
    if (known !== undefined) return known
    if (minutes.size >= maxMinutes) minutes.clear()
    const open = setOf(
      plan.windows.flatMap((window, index) =>
        windowState(window, plan.timezone, minute * minuteMs).open ? [index] : [],
      ),
    )
    minutes.set(minute, open)
    return open
  }
}
