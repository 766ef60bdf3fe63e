/** Addresses approved for decoys that somebody claims: held by the kernel at once, remembered and told here, and free again in time. */
import type { PlanDecoys } from '#policy/plan.ts'
import { steadyNow, type Edge } from '../context.ts'
import { durably, record } from '../writing.ts'
import { groundOf, heldWithdrawn, holdWithdrawn, lastClaimed, releaseWithdrawn, setGround } from './kernel.ts'
import { claimedText, Withdrawn, type Withdrawal } from './withdrawn.ts'

export interface Claim {
  readonly address: string
  /** Who claims it, and at which port of the plan; unknown where its record did not come. */
  readonly mac?: string
  readonly port?: string
  readonly how: string
}

/** ms between two comparisons with the kernel. */
const compareMs = 5000

export class Claims {
  readonly #edge: Edge
  readonly #withdrawn: Withdrawn
  #plan: PlanDecoys
  /** Since when the kernel heeds who is at an address: ms of performance.now. */
  readonly #heeded = new Map<string, number>()
  /** When the kernel was asked last which addresses were claimed. */
  #comparedAt = -Infinity

  constructor(edge: Edge, plan: PlanDecoys) {
    this.#edge = edge
    this.#plan = plan
    this.#withdrawn = new Withdrawn(edge.store.kv)
  }

  /** Where no decoy may stand: what was claimed, and what nobody has listened to for long enough. */
  kept(): Set<string> {
    return this.#withdrawn.addresses().union(this.listening().addresses)
  }

  /**
   * Addresses that are new to the pools. A device may be at one of them, known to nobody; before a decoy answers in its place it is
   * given the time to be heard.
   */
  listening(): { readonly addresses: ReadonlySet<string>; readonly ms: number } {
    const since = performance.now() - (this.#plan.listenFor ?? 0) * 1000
    const open = this.#heeded.entries().filter(([, from]) => from > since)
    const left = [...open].map(([address, from]) => ({ address, ms: from - since }))
    return {
      addresses: new Set(left.map(({ address }) => address)),
      ms: left.reduce((most, { ms }) => Math.max(most, ms), 0),
    }
  }

  /** Addresses of the pools that somebody claimed. */
  get rows(): Withdrawal[] {
    const ground = this.#ground()
    return this.#withdrawn.rows.filter(({ address }) => ground.has(address))
  }

  replan(plan: PlanDecoys): void {
    this.#plan = plan
    this.mark()
  }

  /** Where the kernel heeds who is there: also where no decoy stands, so that none comes to somebody. */
  mark(): void {
    const { nft, family } = this.#edge
    const [ground, before] = [this.#ground(), new Set(groundOf(nft, family))]
    setGround(nft, family, [...ground])
    for (const address of this.#heeded.keys()) if (!ground.has(address)) this.#heeded.delete(address)
    // Rules outlive the daemon: what they heeded then was heeded all the time.
    for (const address of ground)
      if (!this.#heeded.has(address)) this.#heeded.set(address, before.has(address) ? -Infinity : performance.now())
  }

  /** Before decoys stand: what was claimed while no daemon ran is left alone, and the kernel knows again what an earlier one left. */
  recall(): void {
    const { nft, family, store } = this.#edge
    const now = steadyNow(store)
    const held = heldWithdrawn(nft, family)
    this.#renew(now, this.#withdrawn.rows)
    const [ground, known] = [this.#ground(), this.#withdrawn.addresses()]
    const until = now + this.#plan.withdrawFor * 1000
    const claimed = held.filter((one) => ground.has(one) && !known.has(one))
    if (claimed.length > 0)
      durably(this.#edge, () =>
        this.#withdrawn.add(
          claimed.map((address) => ({ address, since: now, until, cause: 'claimed it while nobody watched' })),
        ),
      )
    for (const [end, rows] of Map.groupBy(this.#withdrawn.rows, (row) => row.until))
      if (end > now)
        holdWithdrawn(
          nft,
          family,
          rows.map(({ address }) => address),
          (end - now) / 1000,
        )
  }

  /** Whether the kernel is to be asked again. */
  isDue(): boolean {
    return performance.now() - this.#comparedAt >= compareMs
  }

  /** All that the kernel holds: there may be more of them than are told one by one. */
  held(): Claim[] {
    this.#comparedAt = performance.now()
    return heldWithdrawn(this.#edge.nft, this.#edge.family).map((address) => ({ address, how: 'claimed it' }))
  }

  /**
   * Keeps decoys away from what is claimed where one stands, or could come to, for the time that was agreed.
   * @param standing where decoys stand
   * @returns those that are new, and what tells of them
   */
  hold(
    claims: readonly Claim[],
    standing: ReadonlySet<string>,
  ): { readonly gone: ReadonlySet<string>; readonly tell: () => void } {
    const [ground, known] = [this.#ground(), this.#withdrawn.addresses()]
    const mine = claims.filter(({ address }) => standing.has(address) || (ground.has(address) && !known.has(address)))
    const gone = new Set(mine.map(({ address }) => address))
    const now = steadyNow(this.#edge.store)
    const until = now + this.#plan.withdrawFor * 1000
    if (mine.length > 0) {
      holdWithdrawn(this.#edge.nft, this.#edge.family, [...gone], this.#plan.withdrawFor)
      durably(this.#edge, () =>
        this.#withdrawn.add(mine.map(({ how, ...who }) => ({ ...who, since: now, until, cause: how }))),
      )
    }
    return { gone, tell: () => this.#tell(mine, standing, until) }
  }

  /** A clock that was ahead and is right now must not keep decoys away until then. */
  setBack(now: number): void {
    if (this.#withdrawn.rows.some(({ since }) => since > now)) durably(this.#edge, () => this.#withdrawn.setBack(now))
  }

  /** Frees what nobody claims any more. @returns whether there was any */
  settle(now: number): boolean {
    this.#renew(
      now,
      this.#withdrawn.rows.filter(({ until }) => until <= now),
    )
    const over = this.#withdrawn.settle(now)
    if (over.length === 0) return false
    releaseWithdrawn(
      this.#edge.nft,
      this.#edge.family,
      over.map(({ address }) => address),
    )
    return true
  }

  /** ms since 1970 at which whoever claimed an address was heard there last. */
  heardLast(now: number): (row: Withdrawal) => number {
    const kernel = lastClaimed(this.#edge.nft, this.#edge.family)
    const { withdrawFor } = this.#plan
    return ({ address, since, until }) =>
      Math.max(since, until - withdrawFor * 1000, now - (kernel.get(address) ?? Infinity) * 1000)
  }

  /** A person says that decoys may stand there again. @throws Fault when it cannot be stored; they stay away then */
  giveBack(addresses: readonly string[]): void {
    this.#withdrawn.forget(new Set(addresses))
    releaseWithdrawn(this.#edge.nft, this.#edge.family, addresses)
  }

  alarm(): void {
    const text = claimedText(this.rows)
    if (text === undefined) this.#edge.alarms.delete('decoy-withdrawn')
    else this.#edge.alarms.set('decoy-withdrawn', text)
  }

  #ground(): Set<string> {
    return new Set(this.#plan.pools.flatMap(({ addresses }) => addresses))
  }

  /** Whoever claimed an address is there still: it stays away from when he was heard last. */
  #renew(now: number, rows: readonly Withdrawal[]): void {
    if (rows.length === 0) return
    const claimed = lastClaimed(this.#edge.nft, this.#edge.family)
    const { withdrawFor } = this.#plan
    const renewed = rows.flatMap((row) => {
      const until = now + (withdrawFor - (claimed.get(row.address) ?? Infinity)) * 1000
      return until > now && until > row.until ? [{ ...row, until }] : []
    })
    if (renewed.length > 0) durably(this.#edge, () => this.#withdrawn.add(renewed))
  }

  #tell(claims: readonly Claim[], standing: ReadonlySet<string>, until: number): void {
    const left = (address: string): string =>
      standing.has(address) ? `The decoy at ${address} left` : `No decoy comes to ${address}`
    record(
      this.#edge,
      ...claims.map(({ address, mac, port, how }) => ({
        kind: 'decoy-withdrawn' as const,
        by: 'daemon',
        source: { ...(mac !== undefined && { mac }), ...(port !== undefined && { port }) },
        destination: { ip: address },
        text: `${left(address)}: ${mac ?? 'somebody'}${port === undefined ? '' : ` at port ${port}`} ${how}. No decoy stands there until ${new Date(until).toISOString()}, or for longer while somebody uses it.`,
      })),
    )
    this.alarm()
  }
}
