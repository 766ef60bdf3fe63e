/**
 * Orders that load rules take a while between what the store says and what is told of them. What is to be told is written down with
 * the change, so that of a daemon that dies in between the next one, or the deadline, tells who ordered what.
 */
import * as z from 'zod'
import { EventDraft, timestamp } from '#schema/event.ts'
import { announce, refusalOf, type Edge } from './context.ts'
import { keys } from './store/kv.ts'
import type { StoredEvent } from './store/events.ts'
import type { Store } from './store/open.ts'

const Drafts = z.array(EventDraft)

/** What was begun and not told, oldest first. */
export const begun = (store: Pick<Store, 'kv'>): readonly EventDraft[] => store.kv.get(keys.begun, Drafts) ?? []

const keep = (store: Pick<Store, 'kv'>, drafts: readonly EventDraft[]): void =>
  store.kv.set(keys.begun, drafts.length === 0 ? undefined : drafts)

/** @param draft what is told when it is done @throws Fault of the store; then nothing is written */
export const begin = (store: Store, draft: EventDraft, change: () => unknown): void =>
  store.together(() => {
    change()
    const at = timestamp(Date.now())
    keep(store, [...begun(store), { ...draft, first: at, last: at }])
  })

/** The order came to nothing: what it changed is changed back, and nothing is told of it. @throws Fault of the store */
export const takeBack = (store: Store, undo: () => unknown): void =>
  store.together(() => {
    undo()
    keep(store, begun(store).slice(0, -1))
  })

/**
 * Tells what was begun; what another process told is not told again.
 * @param last instead of what was to be told of the newest
 * @throws Fault of the store; then it is still to be told
 */
export const tellBegun = (store: Store, last?: EventDraft): readonly StoredEvent[] =>
  store.together(() => {
    const drafts = begun(store)
    if (drafts.length === 0) return []
    keep(store, [])
    return store.events.append(...(last === undefined ? drafts : [...drafts.slice(0, -1), last]))
  })

/** The same in a daemon. On a full disk it is told when there is room: it is tried every few seconds. */
export const recordBegun = (edge: Edge, last?: EventDraft): void => {
  const refusal = refusalOf(() => announce(edge, tellBegun(edge.store, last)))
  if (refusal !== undefined)
    edge.alarms.set('store', `${refusal.message} An order is in force and its event is not stored yet.`)
}
