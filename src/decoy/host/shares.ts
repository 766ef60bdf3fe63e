/** Processor time of each source: one that asks for much waits, so that the others do not. */
export interface Shares {
  /** ms that this source has to wait before more is done for it; 0: none. */
  wait(source: string): number
  /** @param ms that were spent for it */
  spend(source: string, ms: number): void
}

/**
 * @param share ms in each `window` ms
 * @param now ms
 */
export const shares = (share: number, window: number, now: () => number): Shares => {
  const used = new Map<string, number>()
  let since = now()
  const turn = (): void => {
    if (now() - since < window) return
    since = now()
    // What was used beyond the share is owed still: one long answer is not forgotten with its window.
    for (const [source, ms] of used) {
      if (ms > share) used.set(source, Math.min(ms - share, 20 * share))
      else used.delete(source)
    }
  }
  return {
    wait: (source) => {
      turn()
      const ms = used.get(source) ?? 0
      return ms < share ? 0 : Math.max(1, since + window * Math.floor(ms / share) - now())
    },
    spend: (source, ms) => {
      turn()
      used.set(source, (used.get(source) ?? 0) + ms)
    },
  }
}
