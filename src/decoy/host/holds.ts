/** Answers that wait until somebody decides about their source. */
export type Decision = 'go-on' | 'cut' | 'late'

export interface Holds {
  /** Resolves when it is decided, or `late` when it was not in time. */
  wait(source: string): Promise<Decision>
  decide(source: string, decision: 'go-on' | 'cut'): void
  readonly size: number
}

/** @param limit ms until `late` */
export const holds = (limit: number): Holds => {
  const waiting = new Map<string, Set<(decision: Decision) => void>>()
  let size = 0
  return {
    wait: (source) => {
      const { promise, resolve } = Promise.withResolvers<Decision>()
      const own = waiting.get(source) ?? new Set()
      waiting.set(source, own)
      const end = (decision: Decision): void => {
        if (!own.delete(end)) return
        size--
        if (own.size === 0 && waiting.get(source) === own) waiting.delete(source)
        clearTimeout(timer)
        resolve(decision)
      }
      const timer = setTimeout(end, limit, 'late')
      own.add(end)
      size++
      return promise
    },
    decide: (source, decision) => {
      for (const end of waiting.get(source) ?? []) end(decision)
    },
    get size() {
      return size
    },
  }
}
