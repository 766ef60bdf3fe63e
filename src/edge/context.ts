/** What the parts of a running edge share. */
import { Fault } from '#core/errors.ts'
import type { Nft } from '#linux/nftables.ts'
import type { Plan, VlanId } from '#policy/plan.ts'
import type { EventDraft, EventEnd } from '#schema/event.ts'
import type { Site } from '#schema/site.ts'
import type { Decoys } from './decoys/late.ts'
import type { InspectionKeeper } from './inspection/keeper.ts'
import type { Risk } from './link/risk.ts'
import type { SinkConfig } from './sinks/config.ts'
import type { Store } from './store/open.ts'
import { tellBegun, type Untold } from './untold.ts'
import type { StoredEvent } from './store/events.ts'

export interface EdgeOptions {
  /** Policy file; absent: what the store has, or the first of the manager. */
  readonly policy?: string
  /** A policy that came by another way than a file. */
  readonly policyText?: string
  readonly edge: string
  /** Directory of the store and the audit key. */
  readonly state: string
  readonly socket: string
  readonly routed: boolean
  /** Receivers of copies of events. */
  readonly sinks?: readonly SinkConfig[]
  /** Version of this program, as receivers are told. */
  readonly version?: string
  /** Told about every event as it is stored. */
  readonly told?: (stored: readonly StoredEvent[]) => void
}

export interface Edge {
  readonly options: EdgeOptions
  readonly nft: Nft
  readonly store: Store
  readonly family: 'bridge' | 'inet'
  readonly started: number
  /** Alarms by id, each one sentence, shown first in `status` until they are over. */
  readonly alarms: Map<string, string>
  readonly inspection: InspectionKeeper
  readonly decoys: Decoys
  /** Risk of sources, as the manager scores them. */
  readonly risk: Risk
  readonly listeners: Set<(stored: readonly StoredEvent[]) => void>
  /** Who has to know at once that another plan is enforced. They throw nothing: the plan is in force. */
  readonly followers: Set<() => void>
  site: Site
  text: string
  plan: Plan
  generation: number
  /** Events that could not be stored since the last that could. */
  readonly untold: Untold
}

/** The kernel enforces another plan from now on, whoever put it there. */
export const nowEnforces = (edge: Edge, enforced: Pick<Edge, 'plan' | 'site' | 'text' | 'generation'>): void => {
  Object.assign(edge, enforced)
  for (const follow of edge.followers) follow()
}

/** What ends a daemon in order: what it holds down is raised, what it counted is told. A terminal that closes sends SIGHUP. */
export const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

export const storePath = (state: string): string => `${state}/edge.db`

/** Milliseconds since 1970, never before the newest time persisted: a clock that went back opens and closes nothing. */
export const steadyNow = (store: Pick<Store, 'lastTime'>): number => Math.max(Date.now(), store.lastTime() ?? 0)

const storeAlarm = (edge: Edge, { message }: Fault): void => {
  const count = edge.untold.waiting
  edge.alarms.set('store', `${message} ${count} event${count === 1 ? ' is' : 's are'} not stored; enforcement goes on.`)
}

/** Events of a transaction that is not over: what it stored, and what is to be told again when the disk takes none of it. */
interface Underway {
  readonly drafts: EventDraft[]
  readonly stored: StoredEvent[]
}
const underway = new WeakMap<Edge, Underway>()

/** Tells everybody who listens what was stored. */
export const announce = (edge: Edge, stored: readonly StoredEvent[]): void => {
  if (stored.length > 0) for (const listener of edge.listeners) listener(stored)
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
    transaction.drafts.push(...drafts)
    transaction.stored.push(...edge.store.events.append(...drafts))
    return true
  }
  try {
    const earlier = edge.untold.waiting === 0 ? [] : edge.untold.drafts(Date.now())
    const stored = edge.store.events.append(...earlier, ...drafts)
    edge.untold.told()
    announce(edge, stored)
    edge.alarms.delete('store')
    return true
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    edge.untold.keep(drafts, Date.now())
    storeAlarm(edge, error)
    return false
  }
}

/** What could not be stored is told now, if there is room. Called every few seconds. */
export const tellUntold = (edge: Edge): void => {
  if (edge.untold.waiting === 0) return
  const refusal = refusalOf(() => {
    const stored = edge.store.events.append(...edge.untold.drafts(Date.now()))
    edge.untold.told()
    announce(edge, stored)
  })
  if (refusal === undefined) edge.alarms.delete('store')
  else storeAlarm(edge, refusal)
}

/** VLANs an address may use on this edge: those of its zone, else all. */
export const vlansOf = (plan: Plan): VlanId[] => [...new Set(plan.ports.flatMap(({ vlans }) => vlans))]

/** The asset behind an address. */
export const assetOf = (plan: Plan, ip: string): string | undefined =>
  plan.known.find((known) => known.ip === ip)?.asset

export const portNamed = (plan: Plan, device: string): string =>
  plan.ports.find((port) => port.device === device)?.name ?? device

/** An address with what the plan knows about it. */
export const endOf = (plan: Plan, ip: string, more: EventEnd = {}): EventEnd => {
  const asset = assetOf(plan, ip)
  return { ip, ...(asset === undefined ? {} : { asset }), ...more }
}

const transact = <T>(edge: Edge, work: () => T, underTransaction: (mine: Underway) => void): T => {
  if (underway.has(edge)) return work()
  let mine: Underway = { drafts: [], stored: [] }
  const done = edge.store.together(() => {
    // On a full disk it is done twice.
    mine = { drafts: [], stored: [] }
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
  try {
    return transact(edge, work, (mine) => (drafts = mine.drafts))
  } catch (error) {
    if (!(error instanceof Fault) || underway.has(edge)) throw error
    edge.untold.keep(drafts, Date.now())
    edge.alarms.set('store', `${error.message} Orders are in the kernel but will not outlive a restart.`)
    return undefined
  }
}

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

/** What an order says when it could not be stored. */
export const notDurable = (stored: unknown): string =>
  stored === undefined ? ' (in the kernel, but not stored: see the alarms)' : ''

/** Tells what was begun, in a daemon. On a full disk it is told when there is room: it is tried every few seconds. */
export const recordBegun = (edge: Edge, last?: EventDraft): void => {
  const refusal = refusalOf(() => announce(edge, tellBegun(edge.store, last)))
  if (refusal !== undefined)
    edge.alarms.set('store', `${refusal.message} An order is in force and its event is not stored yet.`)
}
