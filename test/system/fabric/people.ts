/** Who gives orders to a manager that comes and goes, and remembers what it said yes to. */
import { NewOrder, Order, Orders } from '#schema/manager-orders.ts'
import { unlessAway } from './away.ts'
import type { Centre } from './centre.ts'
import type { Chance } from './chance.ts'

export class Orderer {
  readonly #centre: Centre
  readonly #chance: Chance
  readonly #sites: readonly [string, ...string[]]
  #count = 0
  /** By id, as they were answered. */
  readonly contained = new Map<string, Order>()
  readonly released = new Set<string>()
  /** Addresses that were asked for without an answer, and orders whose release was. */
  readonly unsureIps = new Set<string>()
  readonly unsureReleases = new Set<string>()

  constructor(centre: Centre, chance: Chance, sites: readonly [string, ...string[]]) {
    this.#centre = centre
    this.#chance = chance
    this.#sites = sites
  }

  #asks<T>(work: Promise<T>): Promise<T | undefined> {
    return unlessAway(this.#centre, work)
  }

  async #contain(): Promise<void> {
    const at = this.#count++
    const ip = `203.0.${112 + Math.floor(at / 250)}.${1 + (at % 250)}`
    const scope = this.#chance.next() < 0.5 ? { level: 'fleet' } : { level: 'site', site: this.#chance.of(this.#sites) }
    const body: unknown = { ip, ...scope, for: '2h', reason: 'seen elsewhere' }
    const order = await this.#asks(
      this.#centre.ask({ method: 'POST', path: '/v1/orders', body: NewOrder.parse(body), answer: Order }),
    )
    if (order === undefined) this.unsureIps.add(ip)
    else this.contained.set(order.id, order)
  }

  async #release(id: string): Promise<void> {
    const path = `/v1/orders/${id}/release`
    const order = await this.#asks(
      this.#centre.ask({ method: 'POST', path, body: { reason: 'it was nothing' }, answer: Order }),
    )
    if (order === undefined) this.unsureReleases.add(id)
    else this.released.add(id)
  }

  /** One order, or the end of one. */
  async next(): Promise<void> {
    const held = [...this.contained.keys()].filter((id) => !this.released.has(id) && !this.unsureReleases.has(id))
    const [first, ...more] = held
    if (first !== undefined && this.#chance.next() < 0.3) await this.#release(this.#chance.of([first, ...more]))
    else await this.#contain()
  }

  /** All that the manager has, oldest first. */
  async all(): Promise<Order[]> {
    const found: Order[] = []
    for (let before = ''; ;) {
      const path = `/v1/orders?state=all&limit=500${before === '' ? '' : `&before=${before}`}`
      const { orders } = await this.#centre.ask({ path, answer: Orders })
      found.push(...orders)
      const last = orders.at(-1)
      if (last === undefined || orders.length < 500) return found.toReversed()
      before = last.id
    }
  }
}
