/** What an edge may do, but not over and over: each time is a row of the audit for good, and all changes wait for each other there. */
import type { Manager } from '../context.ts'

interface Count {
  readonly since: number
  readonly count: number
}

/** Counted at a time; beyond, counting begins anew. */
const mostKeys = 50_000

/** @returns whether it is once too often; counts it otherwise */
export const repeats = (most: number, withinMs: number) => {
  const kept = new WeakMap<object, Map<string, Count>>()
  return (manager: Pick<Manager, 'db' | 'now'>, key: string): boolean => {
    const counts = kept.get(manager.db) ?? new Map<string, Count>()
    kept.set(manager.db, counts)
    const now = manager.now()
    const before = counts.get(key)
    const { since, count } = before === undefined || now - before.since >= withinMs ? { since: now, count: 0 } : before
    if (count >= most) return true
    if (counts.size >= mostKeys) counts.clear()
    counts.set(key, { since, count: count + 1 })
    return false
  }
}
