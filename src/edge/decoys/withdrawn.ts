/** Addresses that decoys left to somebody else, and until when they stay away. */
import * as z from 'zod'
import type { Store } from '../store/open.ts'
import { keys } from '../store/kv.ts'

const Row = z.object({
  address: z.string(),
  /** ms since 1970. */
  since: z.number(),
  until: z.number(),
  cause: z.string(),
})
export type Withdrawal = z.infer<typeof Row>

/** As many as the kernel holds. */
const limit = 65_536

export class Withdrawn {
  readonly #kv: Store['kv']
  #rows: readonly Withdrawal[]

  constructor(kv: Store['kv']) {
    this.#kv = kv
    this.#rows = kv.get(keys.decoyWithdrawn, z.array(Row)) ?? []
  }

  get rows(): readonly Withdrawal[] {
    return this.#rows
  }

  addresses(): Set<string> {
    return new Set(this.#rows.map(({ address }) => address))
  }

  /**
   * Claimed again, an address stays away from then on. All at once, because each writing takes as long as there are rows.
   * @throws Fault when they cannot be stored; they are away all the same
   */
  add(rows: readonly Withdrawal[]): void {
    const earlier = new Map(this.#rows.map((row) => [row.address, row]))
    for (const row of rows) {
      const since = earlier.get(row.address)?.since ?? row.since
      earlier.delete(row.address)
      earlier.set(row.address, { ...row, since })
    }
    this.#rows = [...earlier.values()].slice(-limit)
    this.#kv.set(keys.decoyWithdrawn, this.#rows)
  }

  /** Those from a time to come, by a clock that was ahead, keep the time that was agreed, from now on. */
  setBack(now: number): void {
    this.#rows = this.#rows.map((row) =>
      row.since > now ? { ...row, since: now, until: row.until - (row.since - now) } : row,
    )
    this.#kv.set(keys.decoyWithdrawn, this.#rows)
  }

  /** Those whose time is over. */
  settle(now: number): readonly Withdrawal[] {
    const over = this.#rows.filter(({ until }) => until <= now)
    if (over.length === 0) return over
    this.#rows = this.#rows.filter(({ until }) => until > now)
    this.#kv.set(keys.decoyWithdrawn, this.#rows)
    return over
  }
}
