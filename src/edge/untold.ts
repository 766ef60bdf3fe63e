/**
 * What the disk did not take. Of events those of the audit trail are kept, the others are counted, and both are told when there is room;
 * orders are kept until they can be written down. And the events of orders that were begun, which are told when these are done.
 */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { Fault } from '#core/errors.ts'
import { eventKinds } from '#schema/event-kinds.ts'
import { EventDraft, timestamp } from '#schema/event.ts'
import type { StoredEvent } from './store/events.ts'
import { keys } from './store/kv.ts'
import type { Store } from './store/open.ts'

/** Events of class P0 kept in memory; of more only the number is told. */
const limit = 1000

/** Orders kept in memory; what comes beyond is in the kernel alone, and counted. */
export const orderLimit = 1000

const gapOf = (text: string, since: number, now: number, lost: Readonly<Record<string, number>>): EventDraft => ({
  kind: 'gap',
  by: 'daemon',
  first: timestamp(Math.min(since, now)),
  last: timestamp(now),
  text,
  details: { why: 'disk', ...lost },
})

export class Untold {
  #kept: EventDraft[] = []
  #lost = 0
  /** When the first of those that were lost happened, ms since 1970. */
  #since: number | undefined
  /** Events lost since the start. */
  lostInAll = 0
  #orders = 0
  /** When the first of the orders was given that are not kept, ms since 1970. */
  #ordersSince: number | undefined

  /** Events that wait here or were lost, and were not told yet. */
  get waiting(): number {
    return this.#kept.length + this.#lost
  }

  /** Orders that are in the kernel alone because too many waited for the disk, and that was not told yet. */
  get orders(): number {
    return this.#orders
  }

  /** @param at when the order was given, ms since 1970 */
  loseOrder(at: number): void {
    this.#ordersSince ??= at
    this.#orders++
  }

  /** @param now ms since 1970 */
  keep(drafts: readonly EventDraft[], now: number): void {
    for (const draft of drafts) {
      const isVital = (draft.class ?? eventKinds[draft.kind].class) === 'P0'
      if (isVital && this.#kept.length < limit) {
        const first = draft.first ?? draft.last ?? timestamp(now)
        this.#kept.push({ ...draft, first, last: draft.last ?? first })
      } else {
        this.#since ??= now
        this.#lost++
        this.lostInAll++
      }
    }
  }

  /** What is to be told, in the order in which it happened. It waits until {@link told}. */
  drafts(now: number): EventDraft[] {
    const [lost, orders] = [this.#lost, this.#orders]
    const events = `${lost} event${lost === 1 ? '' : 's'} could not be stored and ${lost === 1 ? 'is' : 'are'} lost; packets are counted all the same.`
    const given = `${orders} order${orders === 1 ? ' was' : 's were'} carried out and never written down, because ${orderLimit} others waited for the disk: a restart does not know of ${orders === 1 ? 'it' : 'them'}. Compare the status with what you want, and give ${orders === 1 ? 'it' : 'them'} again.`
    return [
      ...this.#kept,
      ...(lost === 0 ? [] : [gapOf(events, this.#since ?? now, now, { events: lost })]),
      ...(orders === 0 ? [] : [gapOf(given, this.#ordersSince ?? now, now, { orders })]),
    ]
  }

  told(): void {
    this.#kept = []
    this.#lost = 0
    this.#since = undefined
    this.#orders = 0
    this.#ordersSince = undefined
  }
}

/**
 * Orders that load rules take a while between what the store says and what is told of them. What is to be told is written down with
 * the change, so that of a daemon that dies in between the next one, or the deadline, tells who ordered what.
 */
const Drafts = z.array(EventDraft)

/** What was begun and not told, oldest first. */
export const untoldOrders = (store: Pick<Store, 'kv'>): readonly EventDraft[] => store.kv.get(keys.begun, Drafts) ?? []

const keep = (store: Pick<Store, 'kv'>, drafts: readonly EventDraft[]): void =>
  store.kv.set(keys.begun, drafts.length === 0 ? undefined : drafts)

/** @param draft what is told when it is done @returns the same, as it is kept @throws Fault of the store; then nothing is written */
export const begin = (store: Store, draft: EventDraft, change: () => unknown): EventDraft =>
  store.together(() => {
    change()
    const at = timestamp(Date.now())
    const begun = { ...draft, first: at, last: at }
    keep(store, [...untoldOrders(store), begun])
    return begun
  })

/** What is to be told without an order that came to nothing. */
export const untoldWithout = (store: Pick<Store, 'kv'>, begun: EventDraft): readonly EventDraft[] | undefined => {
  const others = untoldOrders(store).filter((draft) => !isDeepStrictEqual(draft, begun))
  return others.length === 0 ? undefined : others
}

/** The order came to nothing: what it changed is changed back, and nothing is told of it. @throws Fault of the store */
export const takeBack = (store: Store, begun: EventDraft, undo: () => unknown): void =>
  store.together(() => {
    undo()
    store.kv.set(keys.begun, untoldWithout(store, begun))
  })

/**
 * Tells what was begun; what another process told is not told again.
 * @param last instead of what was to be told of the newest
 * @throws Fault of the store; then it is still to be told
 */
export const tellBegun = (store: Store, last?: EventDraft): readonly StoredEvent[] =>
  store.together(() => {
    const drafts = untoldOrders(store)
    if (drafts.length === 0) return []
    keep(store, [])
    return store.events.append(...(last === undefined ? drafts : [...drafts.slice(0, -1), last]))
  })

/** An order that is in the kernel and that the disk did not take: it is written down as soon as there is room, in its order. */
export interface UnwrittenOrder {
  /** When it was given, ms since 1970. */
  readonly at: number
  /** Writes it down, with the events that tell of it. It may run several times and has no other effect than on the store. */
  write: () => unknown
}

/** ms between two attempts, unless one is asked for. */
const patienceMs = 1000

export class Unwritten {
  #orders: UnwrittenOrder[] = []
  #tried = -Infinity
  /** What the disk said last. */
  refusal: Fault | undefined
  /** Whether the newest order was not kept, because there were too many. */
  isBeyond = false

  get waiting(): number {
    return this.#orders.length
  }

  /** The oldest. */
  get next(): UnwrittenOrder | undefined {
    return this.#orders[0]
  }

  /** @returns false where there are too many already */
  keep(order: UnwrittenOrder): boolean {
    this.isBeyond = this.#orders.length >= orderLimit
    if (!this.isBeyond) this.#orders.push(order)
    return !this.isBeyond
  }

  has(order: UnwrittenOrder): boolean {
    return this.#orders.includes(order)
  }

  /** It is written, or came to nothing. */
  remove(order: UnwrittenOrder): void {
    this.#orders = this.#orders.filter((one) => one !== order)
  }

  /** Whether it is time for another attempt. @param now ms on a clock that does not go back */
  isDue(now: number): boolean {
    if (now - this.#tried < patienceMs) return false
    this.#tried = now
    return true
  }
}
