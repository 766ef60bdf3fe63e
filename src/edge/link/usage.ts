/** What the manager needs for its history and has no other way to know: how conduits are used, and who talks outside them. Bounded. */
import * as z from 'zod'
import type { EventDraft } from '#schema/event.ts'
import { timestamp } from '#schema/event.ts'
import type { Mode } from '#schema/site.ts'
import { endOf, type Edge } from '../context.ts'
import { type Counted, listConversations, nameOf } from '../kernel/conversations.ts'
import { totals } from '../records/hits.ts'
import { keys } from '../store/kv.ts'

/** ms between two tellings. */
export const periodMs = 300_000
/** A conduit without traffic is told of when it was enforced for so long; seconds. */
const quietSeconds = 3600
/** Events of each kind in one period; what is beyond is told by the next, or counted. */
const perPeriod = { conduits: 2000, conversations: 200 } as const

const Bypass = z.object({ until: z.iso.datetime() })

const modeOf = (
  { site }: Pick<Edge, 'site'>,
  { mode, to }: { readonly mode?: Mode; readonly to: string },
): Mode | 'mixed' => mode ?? site.zones[to]?.mode ?? site.zones[site.assets[to]?.zone ?? '']?.mode ?? 'mixed'

interface Use {
  seconds: number
  packets: number
  bytes: number
}

const protocolNames: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' }

/** Where the figures come from. */
export interface Readings {
  /** Packets and bytes by counter, since ever. */
  readonly totals: () => ReadonlyMap<string, { readonly packets: number; readonly bytes: number }>
  readonly conversations: () => readonly Counted[]
}
export const readingsOf = (edge: Edge): Readings => ({
  totals: () => totals(edge),
  conversations: () => listConversations(edge.family),
})

export class UsageKeeper {
  readonly #edge: Pick<Edge, 'plan' | 'site' | 'store'>
  readonly #readings: Readings
  readonly #uses = new Map<string, Use>()
  readonly #told = new Map<string, number>()
  #ticked: number
  #since: number

  /** @param now ms on a clock that does not go back */
  constructor(edge: Pick<Edge, 'plan' | 'site' | 'store'>, readings: Readings, now = performance.now()) {
    this.#edge = edge
    this.#readings = readings
    this.#ticked = now
    this.#since = now
    for (const [name, { packets, bytes }] of readings.totals()) this.#uses.set(name, { seconds: 0, packets, bytes })
    for (const one of readings.conversations()) this.#told.set(nameOf(one), one.packets)
  }

  /** Called every ten seconds or so. @returns what to tell; mostly nothing */
  tick(now = performance.now()): EventDraft[] {
    const seconds = (now - this.#ticked) / 1000
    this.#ticked = now
    const bypass = this.#edge.store.kv.get(keys.bypass, Bypass)
    const isBypassed = bypass !== undefined && Date.parse(bypass.until) > Date.now()
    for (const { counter } of isBypassed ? [] : this.#edge.plan.conduits) {
      const use = this.#uses.get(counter) ?? { seconds: 0, packets: 0, bytes: 0 }
      use.seconds += seconds
      this.#uses.set(counter, use)
    }
    if (now - this.#since < periodMs) return []
    const lasted = now - this.#since
    this.#since = now
    return [...this.#conduits(lasted), ...this.#conversations(lasted)]
  }

  #conduits(lasted: number): EventDraft[] {
    const counted = this.#readings.totals()
    const told: EventDraft[] = []
    for (const conduit of this.#edge.plan.conduits) {
      if (told.length >= perPeriod.conduits) break
      const use = this.#uses.get(conduit.counter)
      const total = counted.get(conduit.counter)
      if (use === undefined) continue
      const packets = Math.max(0, (total?.packets ?? 0) - use.packets)
      const bytes = Math.max(0, (total?.bytes ?? 0) - use.bytes)
      if (packets === 0 && use.seconds < quietSeconds) continue
      told.push({
        kind: 'conduit-use',
        conduit: conduit.id.slice(0, 64),
        by: 'kernel',
        count: packets,
        first: timestamp(Date.now() - lasted),
        last: timestamp(Date.now()),
        text: `${conduit.id} carried ${packets} packets.`.slice(0, 500),
        details: { bytes, mode: modeOf(this.#edge, conduit), seconds: Math.round(use.seconds) },
      })
      this.#uses.set(conduit.counter, { seconds: 0, packets: total?.packets ?? 0, bytes: total?.bytes ?? 0 })
    }
    return told
  }

  #conversations(lasted: number): EventDraft[] {
    const present = this.#readings.conversations()
    const told: EventDraft[] = []
    let more = 0
    const names = new Set<string>()
    for (const one of present) {
      const name = nameOf(one)
      names.add(name)
      const before = this.#told.get(name) ?? 0
      // The kernel forgot it meanwhile and counts anew.
      const packets = one.packets < before ? one.packets : one.packets - before
      if (packets === 0) continue
      if (told.length >= perPeriod.conversations) {
        more++
        continue
      }
      this.#told.set(name, one.packets)
      const { src, dst, vlan, proto, port, noted } = one
      const protocol = protocolNames[proto] ?? String(proto)
      told.push({
        kind: 'conversation',
        source: endOf(this.#edge.plan, src, vlan <= 4094 ? { vlan } : {}),
        destination: endOf(this.#edge.plan, dst),
        protocol,
        ...(port === undefined || port === 0 ? {} : { port }),
        count: packets,
        first: timestamp(Date.now() - lasted),
        last: timestamp(Date.now()),
        details: { noted },
      })
    }
    for (const name of this.#told.keys()) if (!names.has(name)) this.#told.delete(name)
    const last = told.at(-1)
    if (more > 0 && last !== undefined) told[told.length - 1] = { ...last, details: { ...last.details, more } }
    return told
  }
}
