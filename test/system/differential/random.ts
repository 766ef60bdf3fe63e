import { Random as Chance } from '#protocols/fuzz/random.ts'

/** Reproducible chance, with what random policies and packets need. */
export class Random extends Chance {
  constructor(seed: number) {
    super(seed)
    // Neighbouring seeds differ in a few bits only; these steps spread them.
    for (let i = 0; i < 8; i++) this.next()
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of the names, each as likely as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries<number>(weights)
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.entries forgets the keys' type
      if (left < 0) return name as K
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return entries.at(-1)?.[0] as K
  }

  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from]
    const taken: T[] = []
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.int(0, left.length - 1), 1))
    return taken
  }

  times<T>(low: number, high: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.int(low, high) }, (_, index) => make(index))
  }
}
