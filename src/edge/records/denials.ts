/**
 * Exact counts in few events. The kernel counts every packet; its records tell the first of a conversation at once, the growth of its
 * counts tells the others, and what neither tells is a sum.
 */
import * as z from 'zod'
import type { Packet } from '#policy/packet.ts'
import type { Plan } from '#policy/plan.ts'
import { hasPorts } from '#policy/packet.ts'
import { timestamp, type EventDraft } from '#schema/event.ts'
import { endOf, type Edge } from '../context.ts'
import { record } from '../writing.ts'
import { type Conversation, type Counted, listConversations, nameOf } from '../kernel/conversations.ts'
import { type Count, readCounters } from '../kernel/counters.ts'
import { keys } from '../store/kv.ts'
import { type AccountName, accountNames, accountOfRecord, accounts, placeOf, totalOf } from './accounts.ts'
import { Tally, type Times } from './tally.ts'

/** Milliseconds after which a record for a conversation that stood still means that the kernel had forgotten it meanwhile. */
const forgottenMs = 50_000
const Told = z.record(z.string(), z.number())
const transport: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' }

interface Followed {
  packets: number
  /** When it last grew, in monotonic milliseconds. */
  grew: number
  account: AccountName | undefined
  draft: EventDraft | undefined
}

const times = (): Times => ({ monotonic: performance.now(), wall: Date.now() })
const sum = (drafts: readonly EventDraft[]) => drafts.reduce((total, { count = 1 }) => total + count, 0)

const conversationOf = (account: AccountName, packet: Packet): Conversation | undefined => {
  const { noted } = accounts[account]
  const { ip, tag } = packet
  if (noted === undefined || ip === undefined) return undefined
  const port = hasPorts(ip) ? ip.dport : undefined
  return {
    noted,
    vlan: tag?.vid ?? 0,
    src: ip.src,
    dst: ip.dst,
    proto: ip.proto,
    ...(port === undefined ? {} : { port }),
  }
}

/** What the kernel remembered before this daemon did anything. */
export interface Before {
  readonly counted: ReadonlyMap<string, Count>
  readonly conversations: readonly Counted[]
}

const bothKinds = ['bridge', 'inet'] as const

export const lookBefore = (): Before => ({
  counted: new Map(bothKinds.flatMap((family) => [...readCounters(family)])),
  conversations: bothKinds.flatMap((family) => listConversations(family)),
})

export class Denials {
  readonly #edge: Edge
  /** Whose modes the conversations followed are told by. */
  #plan: Plan
  readonly #followed = new Map<string, Followed>()
  readonly #tallies: ReadonlyMap<AccountName, Tally>
  /** When the kernel's counts were last read, in milliseconds since 1970. */
  #readAt: number

  /** Takes over what the kernel remembers, and what earlier daemons have told of it. */
  constructor(edge: Edge, { counted, conversations }: Before) {
    this.#edge = edge
    this.#plan = edge.plan
    const { monotonic, wall } = times()
    const told = edge.store.kv.get(keys.told, Told)
    this.#readAt = wall
    this.#tallies = new Map(
      accountNames.map((name) => {
        const total = totalOf(name, counted)
        return [name, new Tally(told === undefined ? total : (told[name] ?? 0), total, wall)]
      }),
    )
    for (const one of conversations) this.#follow(one, monotonic)
    this.#settle()
    this.#remember()
    edge.followers.add(() => this.#heedPlan())
  }

  /** Takes the draft of a kernel record; undefined prefixes are told as they come. */
  take(prefix: string, packet: Packet, draft: EventDraft): void {
    const name = accountOfRecord(prefix)
    if (name === undefined) return void record(this.#edge, draft)
    const now = times()
    const conversation = conversationOf(name, packet)
    if (conversation !== undefined) {
      const id = nameOf(conversation)
      const followed = this.#followed.get(id)
      // Its packet has been counted with the others already.
      if (followed !== undefined && now.monotonic - followed.grew < forgottenMs) {
        followed.draft ??= draft
        return
      }
      this.#followed.set(id, { packets: 1, grew: now.monotonic, account: name, draft })
    }
    this.#add(name, draft, now)
  }

  /** Tells the summaries that are due. Called every second. */
  tell(): void {
    const { monotonic } = times()
    for (const name of accountNames) this.#record(name, this.#tally(name).due(monotonic))
  }

  /** Reads the kernel's counts. Called every ten seconds, well within the minute that it remembers a conversation. */
  read(): void {
    const now = times()
    const next = this.#edge.plan
    const present = listConversations(this.#edge.family)
    const names = new Set(present.map(nameOf))
    for (const id of this.#followed.keys()) if (!names.has(id)) this.#followed.delete(id)
    for (const one of present) {
      const followed = this.#followed.get(nameOf(one)) ?? this.#follow({ ...one, packets: 0 }, now.monotonic)
      const grown = one.packets < followed.packets ? one.packets : one.packets - followed.packets
      followed.packets = one.packets
      if (grown > 0) {
        followed.grew = now.monotonic
        if (followed.account !== undefined) {
          const draft = followed.draft ?? this.#draftOf(followed.account, one)
          this.#add(followed.account, { ...draft, count: grown, first: timestamp(this.#readAt) }, now)
        }
      }
      if (next !== this.#plan) this.#judgeAnew(followed, one, next)
    }
    this.#plan = next
    this.#readAt = now.wall
    this.#settle()
  }

  /** Tells everything: at the end. */
  drain(): void {
    this.read()
    // What was counted by now is compared at once: no record comes any more.
    this.#settle()
    for (const name of accountNames) this.#record(name, this.#tally(name).drain())
  }

  /** What was counted until the plan changed is told by the former one; a conversation that goes on is another one by the new. */
  #heedPlan(): void {
    try {
      this.read()
    } catch {
      // The next look at the kernel's counts does it.
    }
  }

  #judgeAnew(followed: Followed, one: Conversation, next: Plan): void {
    const { account } = placeOf(next, one)
    if (account === placeOf(this.#plan, one).account) return
    followed.account = account
    followed.draft = undefined
  }

  #follow(one: Counted, grew: number): Followed {
    const followed: Followed = {
      packets: one.packets,
      grew,
      account: placeOf(this.#plan, one).account,
      draft: undefined,
    }
    this.#followed.set(nameOf(one), followed)
    return followed
  }

  #draftOf(account: AccountName, one: Conversation): EventDraft {
    const { event, reason } = accounts[account]
    const zone = placeOf(this.#plan, one).zone
    return {
      kind: event,
      reason,
      source: endOf(this.#edge.plan, one.src, one.vlan > 0 && one.vlan < 4095 ? { vlan: one.vlan } : {}),
      destination: endOf(this.#edge.plan, one.dst),
      protocol: transport[one.proto] ?? String(one.proto),
      ...(one.port === undefined || one.port === 0 ? {} : { port: one.port }),
      ...(zone === undefined ? {} : { zone }),
    }
  }

  #add(name: AccountName, draft: EventDraft, now: Times): void {
    this.#record(name, this.#tally(name).add(draft, now))
  }

  #settle(): void {
    const wall = Date.now()
    const counted = readCounters(this.#edge.family)
    for (const name of accountNames) {
      const { event, reason } = accounts[name]
      const found = this.#tally(name).settle(totalOf(name, counted), wall)
      if (found === undefined) continue
      const { missing, first } = found
      const text = `${missing} more packet${missing === 1 ? '' : 's'} of kind ${event} counted by the kernel, not told one by one.`
      const draft: EventDraft = {
        kind: 'overflow',
        by: 'daemon',
        count: missing,
        first,
        last: timestamp(wall),
        text,
        details: { [`${event}:${reason}`]: missing },
      }
      this.#record(name, [draft])
    }
  }

  #record(name: AccountName, drafts: readonly EventDraft[]): void {
    if (drafts.length === 0) return
    const tally = this.#tally(name)
    tally.stored(sum(drafts), record(this.#edge, ...drafts))
    this.#remember()
  }

  #remember(): void {
    const told = Object.fromEntries([...this.#tallies].map(([name, tally]) => [name, tally.told]))
    try {
      this.#edge.store.kv.set(keys.told, told, { durable: false })
    } catch {
      // On a full disk the next daemon tells again what this one told: the alarm of `record` says why.
    }
  }

  #tally(name: AccountName): Tally {
    const tally = this.#tallies.get(name)
    if (tally === undefined) throw new RangeError(name)
    return tally
  }
}
