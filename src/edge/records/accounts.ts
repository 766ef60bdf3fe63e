/** Which kernel counters stand for which packets, and what an event about them says. */
import { counters } from '#policy/nft/names.ts'
import type { Noted } from '#policy/nft/outcome.ts'
import type { Mode } from '#schema/site.ts'
import type { EventKindName } from '#schema/event-kinds.ts'
import type { Plan } from '#policy/plan.ts'
import type { Conversation } from '../kernel/conversations.ts'
import type { Count } from '../kernel/counters.ts'
import { cidrContains } from '#core/address.ts'

interface AccountRule {
  readonly event: EventKindName
  readonly reason: string
  /** Whether a named counter is part of the account; an account without counters rests on conversations alone. */
  readonly counts: (name: string) => boolean
  /** The sets that count its conversations; frames that are not IP have none. */
  readonly noted?: Noted
  /** Prefixes of the records whose packets it counts. */
  readonly records: readonly string[]
}

const never = () => false
const oneOf =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name)
const ofZones = (what: 'denied' | 'would-deny') => (name: string) => name.startsWith('z-') && name.endsWith(`-${what}`)

const rules = {
  denied: { event: 'denial', reason: 'out-of-scope', noted: 'denials', counts: ofZones('denied'), records: ['denied'] },
  'would-deny': {
    event: 'would-deny',
    reason: 'would-deny',
    noted: 'denials',
    counts: ofZones('would-deny'),
    records: ['would-deny'],
  },
  spoof: { event: 'spoof', reason: 'spoof', noted: 'spoofs', counts: oneOf(counters.spoof), records: ['spoof'] },
  'would-spoof': {
    event: 'spoof',
    reason: 'would-spoof',
    noted: 'spoofs',
    counts: oneOf(counters.wouldSpoof),
    records: ['would-spoof', 'observed-spoof'],
  },
  layer2: {
    event: 'layer2',
    reason: 'layer2-refused',
    counts: oneOf(counters.port('all', 'dropped')),
    records: ['layer2'],
  },
  'would-layer2': {
    event: 'would-deny',
    reason: 'would-deny',
    counts: oneOf(counters.port('all', 'would-drop')),
    records: ['would-layer2'],
  },
  'arp-spoof': {
    event: 'spoof',
    reason: 'arp-forged',
    counts: oneOf(counters.port('all', 'arp-spoof')),
    records: ['arp-spoof', 'would-arp-spoof', 'observed-arp-spoof'],
  },
  // The counter of what is not unicast also counts what passes.
  group: { event: 'denial', reason: 'not-unicast', noted: 'groups', counts: never, records: ['group'] },
  'would-group': {
    event: 'would-deny',
    reason: 'would-deny',
    noted: 'groups',
    counts: never,
    records: ['would-group'],
  },
} satisfies Record<string, AccountRule>
export type AccountName = keyof typeof rules
export const accounts: Readonly<Record<AccountName, AccountRule>> = rules

export const accountNames = Object.keys(accounts).filter((name): name is AccountName => Object.hasOwn(accounts, name))

/** The account of a record, by its prefix; undefined for what is told as it comes (sensors) or not at all (observe). */
export const accountOfRecord = (prefix: string): AccountName | undefined =>
  accountNames.find((name) => accounts[name].records.includes(prefix))

/** Packets the kernel has counted for an account. */
export const totalOf = (name: AccountName, counted: ReadonlyMap<string, Count>): number =>
  [...counted].reduce((sum, [counter, { packets }]) => (accounts[name].counts(counter) ? sum + packets : sum), 0)

const zoneOf = (plan: Plan, ip: string) =>
  plan.zones.find(({ networks }) => networks.some((network) => cidrContains(network, ip)))
const ofModes: Readonly<Record<Noted, Readonly<Record<Mode, AccountName | undefined>>>> = {
  denials: { observe: undefined, shadow: 'would-deny', enforce: 'denied', contain: 'denied' },
  spoofs: { observe: 'would-spoof', shadow: 'would-spoof', enforce: 'spoof', contain: 'spoof' },
  groups: { observe: undefined, shadow: 'would-group', enforce: 'group', contain: 'group' },
}

export interface Place {
  /** Undefined for what is counted but not told (mode observe). */
  readonly account: AccountName | undefined
  readonly zone?: string
}

/** Where a conversation belongs whose record did not come: by the mode of its destination. */
export const placeOf = (plan: Plan, { noted, dst, src }: Conversation): Place => {
  const to = zoneOf(plan, dst)
  const mode = (to ?? zoneOf(plan, src))?.mode ?? 'observe'
  return { account: ofModes[noted][mode], ...(to === undefined ? {} : { zone: to.name }) }
}
