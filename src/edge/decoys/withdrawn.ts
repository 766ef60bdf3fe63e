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

/** Of a pool of 4,096 addresses all may be claimed. */
const limit = 4096

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

  /** Claimed again, an address stays away from then on. @throws Fault when it cannot be stored; it is away all the same */
  add(row: Withdrawal): void {
    const earlier = this.#rows.find(({ address }) => address === row.address)
    const others = this.#rows.filter(({ address }) => address !== row.address)
    this.#rows = [...others, { ...row, since: earlier?.since ?? row.since }].slice(-limit)
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
