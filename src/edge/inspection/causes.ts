/** Why commands were not judged for a while, as far as the kernel and the watchdog know. */
import type { QueueState, WatchdogReport } from '#schema/inspection.ts'

/** - `unreached`: packets do not come to the queue at all, because of PRP or another firewall */
export type Cause = 'hung' | 'dead' | 'full' | 'unreached'

/** ms: the kernel keeps the ends of a window to the second. */
const blur = 1500

export interface Window {
  /** ms since 1970. */
  readonly from: number
  readonly to: number
  /** Packets that the kernel counted while it was told that an inspector hangs, and while none took them. */
  readonly hung: number
  readonly dead: number
  /** Whether packets come to the queue here. */
  readonly reached: boolean
}

const failedIn = ({ failures }: QueueState, { from, to }: Window): boolean =>
  failures.some((failure) => failure.from <= to + blur && (failure.to ?? Infinity) >= from - blur)

/** @param watchdog undefined when there is none, so that there may be no inspector either */
export const causesOf = (window: Window, watchdog: WatchdogReport | undefined): Cause[] => {
  const nobody =
    watchdog === undefined ||
    // One that began in the midst knows nothing of what was before it.
    watchdog.started >= window.from - blur ||
    watchdog.queues.some((queue) => queue.role !== 'watch' && failedIn(queue, window))
  const untaken: Cause = window.reached ? (nobody ? 'dead' : 'full') : 'unreached'
  const causes: Cause[] = [...(window.hung > 0 ? ['hung' as const] : []), ...(window.dead > 0 ? [untaken] : [])]
  // What was stopped is counted apart, whatever the cause.
  return causes.length === 0 ? [untaken] : causes
}
