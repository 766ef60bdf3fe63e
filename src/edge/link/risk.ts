/** The risk of sources as the manager scores them. What the kernel does with it is for those who listen. */

export interface RiskOf {
  readonly ip: string
  /** 0 to 100. */
  readonly score: number
  /** Milliseconds since 1970, on this machine's clock. */
  readonly expires: number
}

export interface Risk {
  /** 0 where nothing is known, and where what was known is over. */
  of(ip: string, now?: number): number
  set(ip: string, score: number, expires: number): void
  /** Everything that holds: what is not in it is forgotten. */
  replace(all: readonly RiskOf[]): void
  /** Everything that holds. */
  list(now?: number): readonly RiskOf[]
  /**
   * Told about changes, a score of 0 where a source has none any more. Called at once with what holds already. May throw: then the
   * change is reported as refused.
   */
  listen(listener: (changed: readonly RiskOf[]) => void): void
}

export const newRisk = (): Risk => {
  const held = new Map<string, RiskOf>()
  const listeners: ((changed: readonly RiskOf[]) => void)[] = []
  const list = (now = Date.now()): RiskOf[] => [...held.values()].filter(({ expires }) => expires > now)
  const change = (changed: readonly RiskOf[]): void => {
    if (changed.length === 0) return
    for (const listener of listeners) listener(changed)
    for (const one of changed)
      if (one.score > 0) held.set(one.ip, one)
      else held.delete(one.ip)
  }
  return {
    of: (ip, now = Date.now()) => {
      const found = held.get(ip)
      return found !== undefined && found.expires > now ? found.score : 0
    },
    set: (ip, score, expires) => change([{ ip, score, expires }]),
    replace: (all) => {
      const wanted = new Set(all.map(({ ip }) => ip))
      const gone = [...held.values()].filter(({ ip }) => !wanted.has(ip)).map((one) => ({ ...one, score: 0 }))
      const fresh = all.filter(({ ip, score, expires }) => {
        const found = held.get(ip)
        return found?.score !== score || found.expires !== expires
      })
      change([...gone, ...fresh])
    },
    list,
    listen: (listener) => {
      listeners.push(listener)
      const now = list()
      if (now.length > 0) listener(now)
    },
  }
}
