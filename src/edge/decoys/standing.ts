/** The decoys of one plan while they stand: where they are placed, moved, and taken away from whoever claims their address. */
import * as z from 'zod'
import type { Persona } from '#core/persona.ts'
import { forwardingTable } from '#linux/neighbours.ts'
import type { Place as PlaceDecoys, Station } from '#policy/decoys/placement.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import type { ReturnReport } from '#schema/decoys-control.ts'
import { steadyNow, type Edge } from '../context.ts'
import { durably } from '../writing.ts'
import { keys } from '../store/kv.ts'
import { allAddresses, changedAt, withoutAddresses } from './change.ts'
import { type Claim, Claims } from './claims.ts'
import { Deceive } from './deceive.ts'
import { Field, placesOf } from './field.ts'
import { hubOf } from './hub.ts'
import type { HostKeeper } from './host-keeper.ts'
import { noDecoys, setAddresses, setDecoys } from './kernel.ts'
import { returning } from './returning.ts'

export interface StandingParts {
  readonly place: PlaceDecoys
  readonly personas: Readonly<Record<string, Persona>>
}

export interface Moved {
  readonly epoch: number
  readonly appeared: readonly string[]
  readonly left: readonly string[]
  /** Addresses that stayed with another device. */
  readonly changed: readonly string[]
}

const Epoch = z.object({ epoch: z.int().min(0), last: z.number() })

/** What of a plan the host is told at its start and cannot be told later. */
const hostPart = ({ honeytokens, verifier }: PlanDecoys): string =>
  JSON.stringify([honeytokens, verifier !== undefined])

export class Standing {
  readonly #edge: Edge
  readonly #parts: StandingParts
  readonly #seed: Uint8Array
  readonly #host: HostKeeper
  readonly field: Field
  readonly claims: Claims
  readonly deceive: Deceive
  /** ms since 1970 at which a decoy came to its address. */
  readonly since = new Map<string, number>()
  #plan: PlanDecoys
  #epoch: z.infer<typeof Epoch>
  #taken: ReadonlySet<string> = new Set()
  /** Addresses that were listened to when decoys were placed last. */
  #listening = 0
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
    this.claims = new Claims(edge, plan)
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
    this.claims.mark()
    this.claims.recall()
    await this.#look()
    await this.#build(this.#placed())
  }

  /** Another plan. */
  async replan(plan: PlanDecoys): Promise<void> {
    const anew = hostPart(plan) !== hostPart(this.#plan)
    this.#plan = plan
    this.claims.replan(plan)
    await this.#bring(this.#placed(), anew)
  }

  /** The next placement. Who moves is gone before anybody appears elsewhere. */
  async move(): Promise<Moved> {
    await this.withdraw(this.claims.held())
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
    const { gone, tell } = this.claims.hold(claims, standing)
    if (gone.size === 0) return
    if (gone.intersection(standing).size > 0) await this.#shift(withoutAddresses(this.field.stations, gone))
    tell()
  }

  /** Decoys may come back to addresses that were claimed, before their time is over. */
  async giveBack(addresses: readonly string[]): Promise<ReturnReport> {
    // Who was heard in the last moment counts as well.
    await this.withdraw(this.claims.held())
    const now = steadyNow(this.#edge.store)
    const report = returning(addresses, this.claims.rows, {
      now,
      quiet: this.#plan.listenFor ?? 0,
      heardLast: this.claims.heardLast(now),
    })
    if (report.returned.length === 0) return report
    this.claims.giveBack(report.returned)
    await this.#bring(this.#placed(), false)
    this.claims.alarm()
    return report
  }

  /** Called every second: addresses whose time is over, rules that were loaded anew. */
  async tick(): Promise<void> {
    if (this.#filled !== this.#edge.generation) {
      this.claims.mark()
      this.#fill()
      await this.#standIn()
    }
    if (this.claims.isDue()) await this.withdraw(this.claims.held())
    const now = steadyNow(this.#edge.store)
    this.#setBack(now)
    const isHeard = this.claims.listening().addresses.size < this.#listening
    // Whoever spoke in the last moment is there as well.
    if (isHeard) await this.withdraw(this.claims.held())
    if (this.claims.settle(now) || isHeard) await this.#bring(this.#placed(), false)
    this.claims.alarm()
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
    this.claims.setBack(now)
  }

  /** Ethernet addresses that no decoy may take: those of the policy, and those seen on the wire. */
  async #look(): Promise<void> {
    const { bridge, knownMacs } = this.#edge.plan
    const seen = (await forwardingTable(bridge)).filter(({ device }) => device !== this.#plan.device)
    this.#taken = new Set([...knownMacs, ...seen.map(({ mac }) => mac)])
  }

  #placed(): readonly Station[] {
    this.#listening = this.claims.listening().addresses.size
    const options = { seed: this.#seed, epoch: this.epoch, withdrawn: this.claims.kept(), taken: this.#taken }
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
}
