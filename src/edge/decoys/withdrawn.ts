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
  /** Who claimed it last, and at which port; unknown where its record did not come. */
  mac: z.string().optional(),
  port: z.string().optional(),
})
export type Withdrawal = z.infer<typeof Row>

/** As many as the kernel holds. */
const limit = 65_536

/** Addresses of one device, at most: whoever claims more is none. */
const ofOneDevice = 4

const commonest = (values: readonly (string | undefined)[]): readonly [value: string, count: number] => {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0])
}

/**
 * What a person is told while addresses are claimed: a new device is put into the policy, somebody who empties the pools is stopped.
 * @returns undefined where none is claimed
 */
export const claimedText = (rows: readonly Withdrawal[]): string | undefined => {
  const last = rows.at(-1)
  if (last === undefined) return undefined
  const addresses = `${rows.length === 1 ? 'an address' : `${rows.length} addresses`} approved for decoys`
  const [port, fromPort] = commonest(rows.map((row) => row.port))
  const at = port === '' ? '' : ` at port ${port}`
  const [mac, byMac] = commonest(rows.map((row) => row.mac))
  if (byMac > ofOneDevice)
    return `${mac}${at} claimed ${byMac} of ${addresses}: no device has so many. It empties the pools, or it is a router that answers ARP for others. Find it, and stop it or take what is behind it out of the pools; until nobody claims them any more, no decoy stands there.`
  const where =
    fromPort > ofOneDevice ? `, ${fromPort} of them${at}` : last.port === undefined ? '' : ` at port ${last.port}`
  return `Somebody claimed ${addresses}${where}, ${last.address} at last (${last.mac === undefined ? '' : `${last.mac} `}${last.cause}): see who it is, and take the address out of the pool if it is in use.`
}

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

  /** These are claimed no more. @throws Fault when that cannot be stored; they are claimed then as before */
  forget(addresses: ReadonlySet<string>): void {
    const rows = this.#rows.filter(({ address }) => !addresses.has(address))
    this.#kv.set(keys.decoyWithdrawn, rows)
    this.#rows = rows
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
