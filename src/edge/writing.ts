/** Writing down what happens and what is ordered: with the rest, at once, or as soon as the disk takes it. */
import { Fault } from '#core/errors.ts'
import { timestamp, type EventDraft } from '#schema/event.ts'
import type { Edge } from './context.ts'
import type { StoredEvent } from './store/events.ts'
import { keys } from './store/kv.ts'
import type { Layer } from './store/overlay.ts'
import { orderLimit, takeBack, tellBegun, untoldWithout, type UnwrittenOrder } from './untold.ts'

const storeAlarm = (edge: Edge, { message }: Fault): void => {
  const [events, orders] = [edge.untold.waiting, edge.unwritten.waiting]
  const told = events === 0 ? [] : [`${events} event${events === 1 ? ' is' : 's are'} not stored; enforcement goes on.`]
  const given =
    orders === 1
      ? 'An order is in force and not written down, which is tried every few seconds: what restarts before then does not know of it.'
      : `${orders} orders are in force and not written down, which is tried every few seconds: what restarts before then does not know of them.`
  const alone = edge.untold.orders
  const lost =
    alone === 0
      ? []
      : [
          `${alone} more ${alone === 1 ? 'is' : 'are'} in the kernel alone and never written down: give ${alone === 1 ? 'it' : 'them'} again when there is room.`,
        ]
  edge.alarms.set('store', [message, ...told, ...(orders === 0 ? [] : [given]), ...lost].join(' '))
}

/** Events of a transaction that is not over: what it stored, and what is to be told again when the disk takes none of it. */
interface Underway {
  /** When they happened, ms since 1970; absent: now. */
  readonly at?: number
  readonly drafts: EventDraft[]
  readonly stored: StoredEvent[]
}
const underway = new WeakMap<Edge, Underway>()

/** Tells everybody who listens what was stored. */
export const announce = (edge: Edge, stored: readonly StoredEvent[]): void => {
  if (stored.length > 0) for (const listener of edge.listeners) listener(stored)
}

/** With the time at which it happened. @param at ms since 1970 */
const dated = (draft: EventDraft, at = Date.now()): EventDraft => {
  const first = draft.first ?? draft.last ?? timestamp(at)
  return { ...draft, first, last: draft.last ?? first }
}

const isAllTold = ({ untold }: Edge): boolean => untold.waiting === 0 && untold.orders === 0

/** The disk takes something. Where everything is written by now, what it said before is over. */
export const heedWritten = (edge: Edge): void => {
  if (isAllTold(edge) && edge.unwritten.waiting === 0) edge.alarms.delete('store')
}

/**
 * Writes events, after those that could not be stored before. A full or broken disk never stops enforcement: it becomes an alarm, and
 * what happened is told later. Within {@link durably} they are stored with the rest or not at all.
 * @returns false when they could not be stored
 */
export const record = (edge: Edge, ...drafts: readonly EventDraft[]): boolean => {
  if (drafts.length === 0) return true
  const transaction = underway.get(edge)
  if (transaction !== undefined) {
    const happened = transaction.at === undefined ? drafts : drafts.map((draft) => dated(draft, transaction.at))
    transaction.drafts.push(...happened)
    transaction.stored.push(...edge.store.events.append(...happened))
    return true
  }
  try {
    const earlier = isAllTold(edge) ? [] : edge.untold.drafts(Date.now())
    const stored = edge.store.events.append(...earlier, ...drafts)
    edge.untold.told()
    announce(edge, stored)
    heedWritten(edge)
    return true
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    edge.untold.keep(drafts, Date.now())
    storeAlarm(edge, error)
    return false
  }
}

/** What could not be stored is written and told now, if there is room. Called every few seconds. */
export const tellUntold = (edge: Edge): void => {
  writeUnwritten(edge, true)
  if (isAllTold(edge)) return
  const refusal = refusalOf(() => {
    const stored = edge.store.events.append(...edge.untold.drafts(Date.now()))
    edge.untold.told()
    announce(edge, stored)
  })
  if (refusal === undefined) heedWritten(edge)
  else storeAlarm(edge, refusal)
}

const transact = <T>(edge: Edge, work: () => T, underTransaction: (mine: Underway) => void, at?: number): T => {
  if (underway.has(edge)) return work()
  let mine: Underway = { drafts: [], stored: [] }
  const done = edge.store.together(() => {
    // On a full disk it is done twice.
    mine = { drafts: [], stored: [], ...(at === undefined ? {} : { at }) }
    underTransaction(mine)
    underway.set(edge, mine)
    try {
      return work()
    } finally {
      underway.delete(edge)
    }
  })
  announce(edge, mine.stored)
  return done
}

/** Writes several things down with the events that tell of them: all or none. @throws Fault of the store; then none */
export const atOnce = <T>(edge: Edge, work: () => T): T => transact(edge, work, () => undefined)

/**
 * Writes down what the kernel does already. A full disk does not undo it: then it is an alarm, and the answer says that it will not
 * outlive a restart.
 * @returns undefined when it could not be stored
 */
export const durably = <T>(edge: Edge, work: () => T): T | undefined => {
  let drafts: readonly EventDraft[] = []
  if (!underway.has(edge)) writeUnwritten(edge)
  try {
    return transact(edge, work, (mine) => (drafts = mine.drafts))
  } catch (error) {
    if (!(error instanceof Fault) || underway.has(edge)) throw error
    edge.untold.keep(drafts, Date.now())
    edge.alarms.set('store', `${error.message} Orders are in the kernel but will not outlive a restart.`)
    return undefined
  }
}

/**
 * Writes down what is found again until it is: then it is told, once, and nothing of it is kept where the disk takes nothing.
 * @returns undefined when it could not be stored yet
 */
export const whenThereIsRoom = <T>(edge: Edge, work: () => T): T | undefined => {
  const earlier = writeUnwritten(edge)
  try {
    const done = transact(edge, work, () => undefined)
    if (earlier === undefined) heedWritten(edge)
    return done
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    storeAlarm(edge, error)
    return undefined
  }
}

/**
 * Writes down what the disk did not take before, oldest first.
 * @param now without regard to when it was tried last
 * @returns what the disk said; undefined when nothing waits any more
 */
export const writeUnwritten = (edge: Edge, now = false): Fault | undefined => {
  const { unwritten, store } = edge
  if (unwritten.waiting === 0) return undefined
  if (!unwritten.isDue(performance.now()) && !now && unwritten.refusal !== undefined) return unwritten.refusal
  // They are made of what the store says; what lay over it comes from them.
  const layer = store.overlay.lift()
  for (let order = unwritten.next; order !== undefined; order = unwritten.next) {
    const { write, at } = order
    const refusal = refusalOf(() => transact(edge, write, () => undefined, at))
    if (refusal !== undefined) {
      store.overlay.lay(layer)
      unwritten.refusal = refusal
      storeAlarm(edge, refusal)
      return refusal
    }
    unwritten.remove(order)
  }
  heedWritten(edge)
  return undefined
}

/** Keeps an order in memory until it can be written down; of too many the number is told. @param meanwhile says what holds until then */
export const keepUnwritten = (
  edge: Edge,
  order: UnwrittenOrder,
  refusal: Fault,
  meanwhile: (layer: Layer) => void,
): void => {
  if (!edge.unwritten.keep(order)) edge.untold.loseOrder(order.at)
  edge.unwritten.refusal = refusal
  meanwhile(edge.store.overlay.layer)
  storeAlarm(edge, refusal)
}

/** It came to nothing. With the last one goes what lay over the store. */
export const forgetUnwritten = (edge: Edge, order: UnwrittenOrder): void => {
  edge.unwritten.remove(order)
  if (edge.unwritten.waiting === 0) edge.store.overlay.lift()
  heedWritten(edge)
}

/**
 * As {@link durably}, for an order: what the disk does not take is kept, and written down when there is room.
 * @param write has no effect but on the store, and may run again much later
 * @param meanwhile lays over the store what holds until then
 * @returns undefined when it could not be stored yet
 */
export const writeOrder = <T>(
  edge: Edge,
  write: () => T,
  meanwhile: (layer: Layer) => void = () => undefined,
): T | undefined => {
  if (underway.has(edge)) return write()
  const earlier = writeUnwritten(edge)
  if (earlier !== undefined) {
    keepUnwritten(edge, { at: Date.now(), write }, earlier, meanwhile)
    return undefined
  }
  try {
    return transact(edge, write, () => undefined)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    keepUnwritten(edge, { at: Date.now(), write }, error, meanwhile)
    return undefined
  }
}

/**
 * The same for what a manager orders. Half of what is kept is left to persons: beyond, nothing lies over what is held, the digest says
 * so, and the manager orders it again.
 */
export const writeManagers = <T>(edge: Edge, write: () => T, meanwhile: (layer: Layer) => void): T | undefined =>
  edge.unwritten.waiting < orderLimit / 2 ? writeOrder(edge, write, meanwhile) : durably(edge, write)

/** What the disk or the kernel said against a change; undefined when it was made. */
export const refusalOf = (write: () => unknown): Fault | undefined => {
  try {
    write()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

/** What an order says when it could not be stored. @param otherwise what a restart does before it is */
export const notDurable = (edge: Edge, stored: unknown, otherwise = 'a restart before then undoes it'): string => {
  if (stored !== undefined) return ''
  return edge.unwritten.isBeyond
    ? ` (in the kernel, but not stored, and not tried again: ${orderLimit} orders wait for the disk already. Make room, and give it again)`
    : ` (in the kernel, but not stored: that is tried every few seconds, and ${otherwise}; see the alarms)`
}

/** Tells what was begun, in a daemon. On a full disk it is told when there is room: it is tried every few seconds. */
export const recordBegun = (edge: Edge, last?: EventDraft): void => {
  const refusal = refusalOf(() => announce(edge, tellBegun(edge.store, last)))
  if (refusal !== undefined)
    edge.alarms.set('store', `${refusal.message} An order is in force and its event is not stored yet.`)
}

/**
 * What an order changed is changed back and nothing is told of it, also where the disk does not take that yet.
 * @param begun as `begin` gave it
 * @param meanwhile lays over the store what holds until then
 */
export const giveUp = (
  edge: Edge,
  begun: EventDraft,
  undo: () => unknown,
  meanwhile: (layer: Layer) => void = () => undefined,
): void => {
  const others = untoldWithout(edge.store, begun)
  writeOrder(
    edge,
    () => takeBack(edge.store, begun, undo),
    (layer) => {
      layer.values.set(keys.begun, others)
      meanwhile(layer)
    },
  )
}
