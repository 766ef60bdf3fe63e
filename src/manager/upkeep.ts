/** Once an hour what is over for long goes, so that a manager that runs for years does not grow with all that ever was. */
import type { Manager } from './context.ts'
import { prune } from './orders/prune.ts'
import { keptStateMs, pruneState } from './state/prune.ts'

const hourMs = 3_600_000

/**
 * Never later than a clock that only goes: one that is set ahead for a while makes nothing old that is in force. So the first hour of
 * a manager removes nothing either; by then a clock that was wrong at the start is mostly right.
 * @param begun what both clocks said when the manager began, ms
 */
export const surelyNow = (
  begun: { readonly now: number; readonly steady: number },
  now: number,
  steady: number,
): number => Math.min(now, begun.now + (steady - begun.steady))

/**
 * @param trouble told what failed; the next hour tries again
 * @returns ends it, after what was begun is done
 */
export const startUpkeep = (manager: Manager, trouble: (what: string) => void): (() => Promise<void>) => {
  const begun = { now: manager.now(), steady: performance.now() }
  let running: Promise<void> | undefined
  const work = async (): Promise<void> => {
    const now = surelyNow(begun, manager.now(), performance.now())
    await prune(manager.db, now)
    await pruneState(manager.db, now - keptStateMs)
  }
  const timer = setInterval(() => {
    running ??= work()
      .catch((error: unknown) => trouble(`what is over was not removed: ${String(error)}`))
      .finally(() => (running = undefined))
  }, hourMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
