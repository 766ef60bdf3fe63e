/** The decoys of one plan while they stand: where they are placed, moved, and taken away from whoever claims their address. */
import * as z from 'zod'
import type { Persona } from '#core/persona.ts'
import { forwardingTable } from '#linux/neighbours.ts'
import type { Place as PlaceDecoys, Station } from '#policy/decoys/placement.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import { durably, record, steadyNow, type Edge } from '../context.ts'
import { keys } from '../store/kv.ts'
import { allAddresses, changedAt, withoutAddresses } from './change.ts'
import { Deceive } from './deceive.ts'
import { Field, placesOf } from './field.ts'
import { hubOf } from './hub.ts'
import type { HostKeeper } from './host-keeper.ts'
import {
  heldWithdrawn,
  holdWithdrawn,
  lastClaimed,
  noDecoys,
  releaseWithdrawn,
  setAddresses,
  setDecoys,
  setGround,
} from './kernel.ts'
import { Withdrawn, type Withdrawal } from './withdrawn.ts'

export interface StandingParts {
  readonly place: PlaceDecoys
  readonly personas: Readonly<Record<string, Persona>>
}

export interface Claim {
  readonly address: string
  /** Who claims it; unknown where its record did not come. */
  readonly mac?: string
  readonly how: string
}

export interface Moved {
  readonly epoch: number
  readonly appeared: readonly string[]
  readonly left: readonly string[]
  /** Addresses that stayed with another device. */
  readonly changed: readonly string[]
}

const Epoch = z.object({ epoch: z.int().min(0), last: z.number() })

/** ms between two comparisons with the kernel. */
const compareMs = 5000

/** What of a plan the host is told at its start and cannot be told later. */
const hostPart = ({ honeytokens, verifier }: PlanDecoys): string =>
  JSON.stringify([honeytokens, verifier !== undefined])

export class Standing {
  readonly #edge: Edge
  readonly #parts: StandingParts
  readonly #seed: Uint8Array
  readonly #host: HostKeeper
  readonly field: Field
  readonly withdrawn: Withdrawn
  readonly deceive: Deceive
  /** ms since 1970 at which a decoy came to its address. */
  readonly since = new Map<string, number>()
  #plan: PlanDecoys
  #epoch: z.infer<typeof Epoch>
  #taken: ReadonlySet<string> = new Set()
  /** When the kernel was asked last which addresses were claimed. */
  #comparedAt = -Infinity
  /** Generation of rules whose sets were filled. */
  #filled = -1

  constructor(
    edge: Edge,
    plan: PlanDecoys,
    parts: StandingParts & { readonly seed: Uint8Array; readonly host: HostKeeper },
  ) {
    this.#edge = edge
    this.#plan = plan
    this.#parts = parts
    this.#seed = parts.seed
    this.#host = parts.host
    this.#epoch = edge.store.kv.get(keys.decoyEpoch, Epoch) ?? { epoch: 0, last: steadyNow(edge.store) }
    this.withdrawn = new Withdrawn(edge.store.kv)
    this.deceive = new Deceive(edge)
    this.field = new Field({ hub: hubOf(edge), personas: parts.personas })
  }

  get epoch(): number {
    return this.#epoch.epoch
  }

  /** ms since 1970. */
  get lastMoved(): number {
    return this.#epoch.last
  }

  get plan(): PlanDecoys {
    return this.#plan
  }

  zoneOf(pool: string): string {
    return this.#plan.pools.find(({ id }) => id === pool)?.zone ?? ''
  }

  /** First placement, after a start or when a plan has decoys for the first time. */
  async begin(): Promise<void> {
    // Stored at once: a schedule counts from the first placement, also over restarts.
    this.#edge.store.kv.set(keys.decoyEpoch, this.#epoch)
    this.#mark()
    this.#recall()
    await this.#look()
    await this.#build(this.#placed())
  }

  /** Another plan. */
  async replan(plan: PlanDecoys): Promise<void> {
    const anew = hostPart(plan) !== hostPart(this.#plan)
    this.#plan = plan
    this.#mark()
    await this.#bring(this.#placed(), anew)
  }

  /** The next placement. Who moves is gone before anybody appears elsewhere. */
  async move(): Promise<Moved> {
    await this.withdraw(this.#missed())
    const { stations } = this.field
    const before = allAddresses(stations)
    await this.#look()
    this.#epoch = { epoch: this.#epoch.epoch + 1, last: steadyNow(this.#edge.store) }
    durably(this.#edge, () => this.#edge.store.kv.set(keys.decoyEpoch, this.#epoch))
    await this.#bring(this.#placed(), false)
    const after = allAddresses(this.field.stations)
    const [was, is] = [new Set(before), new Set(after)]
    return {
      epoch: this.epoch,
      appeared: after.filter((address) => !was.has(address)),
      left: before.filter((address) => !is.has(address)),
      changed: changedAt(stations, this.field.stations),
    }
  }

  /**
   * The kernel keeps everybody from these addresses already; here the decoys leave them, for the time that was agreed, and none comes to
   * those where none stood.
   */
  async withdraw(claims: readonly Claim[]): Promise<void> {
    const standing = new Set(allAddresses(this.field.stations))
    const [ground, known] = [this.#ground(), this.withdrawn.addresses()]
    const mine = claims.filter(({ address }) => standing.has(address) || (ground.has(address) && !known.has(address)))
    if (mine.length === 0) return
    const gone = new Set(mine.map(({ address }) => address))
    const now = steadyNow(this.#edge.store)
    const until = now + this.#plan.withdrawFor * 1000
    holdWithdrawn(this.#edge.nft, this.#edge.family, [...gone], this.#plan.withdrawFor)
    durably(this.#edge, () =>
      this.withdrawn.add(mine.map(({ address, how }) => ({ address, since: now, until, cause: how }))),
    )
    if (gone.intersection(standing).size > 0) await this.#shift(withoutAddresses(this.field.stations, gone))
    const left = (address: string): string =>
      standing.has(address) ? `The decoy at ${address} left` : `No decoy comes to ${address}`
    record(
      this.#edge,
      ...mine.map(({ address, mac, how }) => ({
        kind: 'decoy-withdrawn' as const,
        by: 'daemon',
        source: mac === undefined ? {} : { mac },
        destination: { ip: address },
        text: `${left(address)}: ${mac ?? 'somebody'} ${how}. No decoy stands there until ${new Date(until).toISOString()}, or for longer while somebody uses it.`,
      })),
    )
    this.#alarm()
  }

  /** Called every second: addresses whose time is over, rules that were loaded anew. */
  async tick(): Promise<void> {
    if (this.#filled !== this.#edge.generation) {
      this.#mark()
      this.#fill()
      await this.#standIn()
    }
    if (performance.now() - this.#comparedAt >= compareMs) await this.withdraw(this.#missed())
    const now = steadyNow(this.#edge.store)
    this.#setBack(now)
    this.#renew(
      now,
      this.withdrawn.rows.filter(({ until }) => until <= now),
    )
    const over = this.withdrawn.settle(now)
    if (over.length > 0) {
      releaseWithdrawn(
        this.#edge.nft,
        this.#edge.family,
        over.map(({ address }) => address),
      )
      await this.#bring(this.#placed(), false)
    }
    this.#alarm()
  }

  startHost(): void {
    const { fds, stations } = this.field.handed()
    const { honeytokens, verifier } = this.#plan
    const site = this.#edge.plan.site.slice(0, 64)
    this.#host.start(fds, { type: 'begin', site, stations, honeytokens, verify: verifier !== undefined })
  }

  /** Nothing of decoys is left on the wire. */
  async clear(): Promise<void> {
    await this.deceive.clear()
    await this.#host.end()
    await this.field.clear()
    this.#edge.alarms.delete('decoy-withdrawn')
    try {
      setDecoys(this.#edge.nft, this.#edge.family, noDecoys)
    } catch {
      // Rules without decoys have no such sets.
    }
  }

  /** A clock that was ahead and is right now must not keep decoys where they are until then. */
  #setBack(now: number): void {
    if (this.#epoch.last > now) {
      this.#epoch = { ...this.#epoch, last: now }
      durably(this.#edge, () => this.#edge.store.kv.set(keys.decoyEpoch, this.#epoch))
    }
    if (this.withdrawn.rows.some(({ since }) => since > now)) durably(this.#edge, () => this.withdrawn.setBack(now))
  }

  /** Addresses of the pools that somebody claimed. */
  get claimed(): Withdrawal[] {
    const ground = this.#ground()
    return this.withdrawn.rows.filter(({ address }) => ground.has(address))
  }

  #ground(): Set<string> {
    return new Set(this.#plan.pools.flatMap(({ addresses }) => addresses))
  }

  /** Where the kernel heeds who is there: also where no decoy stands, so that none comes to somebody. */
  #mark(): void {
    setGround(this.#edge.nft, this.#edge.family, [...this.#ground()])
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
    if (renewed.length > 0) durably(this.#edge, () => this.withdrawn.add(renewed))
  }

  /** Before decoys stand: what was claimed while no daemon ran is left alone, and the kernel knows again what an earlier one left. */
  #recall(): void {
    const { nft, family, store } = this.#edge
    const now = steadyNow(store)
    const held = heldWithdrawn(nft, family)
    this.#renew(now, this.withdrawn.rows)
    const known = this.withdrawn.addresses()
    const pools = this.#ground()
    const until = now + this.#plan.withdrawFor * 1000
    const claimed = held.filter((one) => pools.has(one) && !known.has(one))
    if (claimed.length > 0)
      durably(this.#edge, () =>
        this.withdrawn.add(
          claimed.map((address) => ({ address, since: now, until, cause: 'claimed it while nobody watched' })),
        ),
      )
    for (const [end, rows] of Map.groupBy(this.withdrawn.rows, (row) => row.until))
      if (end > now)
        holdWithdrawn(
          nft,
          family,
          rows.map(({ address }) => address),
          (end - now) / 1000,
        )
  }

  /** Claims whose records did not come: there may be more of them than are told one by one. */
  #missed(): Claim[] {
    this.#comparedAt = performance.now()
    const standing = new Set(allAddresses(this.field.stations))
    const [ground, known] = [this.#ground(), this.withdrawn.addresses()]
    return heldWithdrawn(this.#edge.nft, this.#edge.family)
      .filter((address) => standing.has(address) || (ground.has(address) && !known.has(address)))
      .map((address) => ({ address, how: 'claimed it' }))
  }

  /** Ethernet addresses that no decoy may take: those of the policy, and those seen on the wire. */
  async #look(): Promise<void> {
    const { bridge, knownMacs } = this.#edge.plan
    const seen = (await forwardingTable(bridge)).filter(({ device }) => device !== this.#plan.device)
    this.#taken = new Set([...knownMacs, ...seen.map(({ mac }) => mac)])
  }

  #placed(): readonly Station[] {
    const options = { seed: this.#seed, epoch: this.epoch, withdrawn: this.withdrawn.addresses(), taken: this.#taken }
    return this.#parts.place(this.#plan, options, this.#parts.personas)
  }

  async #bring(stations: readonly Station[], anew: boolean): Promise<void> {
    const seats = anew ? undefined : this.field.seats(stations)
    if (seats === undefined) await this.#build(stations)
    else await this.#shift(seats)
  }

  async #build(stations: readonly Station[]): Promise<void> {
    this.deceive.leave([])
    setAddresses(this.#edge.nft, this.#edge.family, [])
    await this.#host.end()
    await this.field.build(stations)
    if (stations.length > 0) this.startHost()
    this.#fill()
    await this.field.appear()
    await this.#standIn()
    this.#stamp()
  }

  async #shift(seats: readonly Station[]): Promise<void> {
    await this.field.move(seats, (changes) => {
      this.deceive.leave(this.field.stations)
      this.#fill()
      const now = new Map(this.field.stations.map((station) => [station.id, station]))
      for (const { after } of changes) {
        const station = now.get(after.id)
        if (station !== undefined) this.#host.send({ type: 'move', station: after.id, decoys: placesOf(station) })
      }
    })
    await this.#standIn()
    this.#stamp()
  }

  #standIn(): Promise<void> {
    return this.deceive.fill(this.#plan, this.field.stations)
  }

  #fill(): void {
    setDecoys(this.#edge.nft, this.#edge.family, this.field.sets())
    this.#filled = this.#edge.generation
  }

  #stamp(): void {
    const now = steadyNow(this.#edge.store)
    const standing = new Set(allAddresses(this.field.stations))
    for (const address of this.since.keys()) if (!standing.has(address)) this.since.delete(address)
    for (const address of standing) if (!this.since.has(address)) this.since.set(address, now)
  }

  #alarm(): void {
    const rows = this.claimed
    const last = rows.at(-1)
    if (last === undefined) this.#edge.alarms.delete('decoy-withdrawn')
    else
      this.#edge.alarms.set(
        'decoy-withdrawn',
        `Somebody claimed ${rows.length === 1 ? 'an address' : `${rows.length} addresses`} approved for decoys, ${last.address} at last (${last.cause}): see who it is, and take the address out of the pool if it is in use.`,
      )
  }
}
