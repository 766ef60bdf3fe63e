/** A map that forgets what was used longest ago: whatever strangers make us remember has an end. */
export interface Bounded<K, V> {
  readonly size: number
  /** Counts as a use. */
  get(key: K): V | undefined
  set(key: K, value: V): void
  delete(key: K): void
  values(): IterableIterator<V>
  entries(): IterableIterator<[K, V]>
}

/** @param forgotten called with what had to go for want of room */
export const bounded = <K, V>(most: number, forgotten?: (value: V) => void): Bounded<K, V> => {
  const map = new Map<K, V>()
  return {
    get size() {
      return map.size
    },
    get: (key) => {
      const value = map.get(key)
      if (value === undefined) return undefined
      map.delete(key)
      map.set(key, value)
      return value
    },
    set: (key, value) => {
      map.delete(key)
      map.set(key, value)
      if (map.size <= most) return
      for (const [oldest, gone] of map) {
        map.delete(oldest)
        forgotten?.(gone)
        break
      }
    },
    delete: (key) => {
      map.delete(key)
    },
    values: () => map.values(),
    entries: () => map.entries(),
  }
}
