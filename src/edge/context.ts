/** What the parts of a running edge share. */
import type { Nft } from '#linux/nftables.ts'
import type { Plan, VlanId } from '#policy/plan.ts'
import type { EventEnd } from '#schema/event.ts'
import type { Site } from '#schema/site.ts'
import type { Decoys } from './decoys/late.ts'
import type { InspectionKeeper } from './inspection/keeper.ts'
import type { Risk } from './link/risk.ts'
import type { SinkConfig } from './sinks/config.ts'
import type { Store } from './store/open.ts'
import type { Untold, Unwritten } from './untold.ts'
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
  /** Orders that could not be written down since. */
  readonly unwritten: Unwritten
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
