/** What stays when events are gone, added up before it is written. Pure. */
import type { EventClass } from '#schema/event-kinds.ts'
import { columnText } from '../database/text.ts'
import { inetOf, type ReadEvent } from './read.ts'
import { dayMs, hourMs } from './spans.ts'

export interface HourSum {
  readonly hour: number
  readonly site: string
  readonly edge: string
  readonly kind: string
  readonly reason: string
  readonly conduit: string
  readonly class: EventClass
  events: number
  packets: number
  bytes: number
  raw: number
}
export interface UseSum {
  readonly hour: number
  readonly site: string
  readonly edge: string
  readonly conduit: string
  readonly mode: string
  packets: number
  bytes: number
  seconds: number
}
export interface ConversationSum {
  readonly day: number
  readonly site: string
  readonly edge: string
  readonly source: string
  readonly destination: string
  readonly protocol: string
  readonly port: number
  packets: number
  first: number
  last: number
}
export interface Sums {
  readonly hours: readonly HourSum[]
  readonly uses: readonly UseSum[]
  readonly conversations: readonly ConversationSum[]
}

/** A sum that would leave the numbers that both sides have exactly stays at their end. */
const plus = (a: number, b: number): number => Math.min(Number.MAX_SAFE_INTEGER, a + b)
const text = (value: string | undefined): string => (value === undefined ? '' : columnText(value))
const whole = (value: unknown): number =>
  typeof value === 'number' && value > 0 ? Math.min(Number.MAX_SAFE_INTEGER, Math.round(value)) : 0

/** In one order everywhere, so that two writers never wait for each other in a circle. */
const sorted = <T>(sums: ReadonlyMap<string, T>): T[] =>
  [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)

const addHour = (sums: Map<string, HourSum>, { event, at, sent }: ReadEvent): void => {
  const hour = Math.floor(at / hourMs) * hourMs
  const [reason, conduit] = [text(event.reason), text(event.conduit)]
  const key = `${hour}\0${event.site}\0${event.edge}\0${event.kind}\0${reason}\0${conduit}\0${event.class}`
  const size = sent.body.length
  const raw = size * Math.max(1, event.count)
  const sum = sums.get(key)
  if (sum === undefined) {
    const { site, edge, kind, class: of } = event
    const first = { events: 1, packets: event.count, bytes: size, raw: plus(raw, 0) }
    sums.set(key, { hour, site, edge, kind, reason, conduit, class: of, ...first })
  } else {
    sum.events++
    sum.packets = plus(sum.packets, event.count)
    sum.bytes += size
    sum.raw = plus(sum.raw, raw)
  }
}

const addUse = (sums: Map<string, UseSum>, { event, at }: ReadEvent): void => {
  if (event.conduit === undefined) return
  const hour = Math.floor(at / hourMs) * hourMs
  const { site, edge, details = {} } = event
  const [conduit, mode] = [
    text(event.conduit),
    String(details['mode'] ?? '')
      .slice(0, 16)
      .replaceAll('\0', ''),
  ]
  const key = `${hour}\0${site}\0${edge}\0${conduit}\0${mode}`
  const sum = sums.get(key) ?? { hour, site, edge, conduit, mode, packets: 0, bytes: 0, seconds: 0 }
  sum.packets = plus(sum.packets, event.count)
  sum.bytes = plus(sum.bytes, whole(details['bytes']))
  sum.seconds = plus(sum.seconds, whole(details['seconds']))
  sums.set(key, sum)
}

const addConversation = (sums: Map<string, ConversationSum>, { event, at }: ReadEvent): void => {
  const [source, destination] = [inetOf(event.source?.ip), inetOf(event.destination?.ip)]
  if (source === undefined || destination === undefined) return
  const day = Math.floor(at / dayMs) * dayMs
  const { site, edge } = event
  const [protocol, port] = [text(event.protocol), event.port ?? 0]
  const key = `${source}\0${destination}\0${day}\0${protocol}\0${port}\0${site}\0${edge}`
  const sum = sums.get(key) ?? { day, site, edge, source, destination, protocol, port, packets: 0, first: at, last: at }
  sum.packets = plus(sum.packets, event.count)
  sum.first = Math.min(sum.first, at)
  sum.last = Math.max(sum.last, at)
  sums.set(key, sum)
}

/** What a kind adds beside its hour. By name: an older vocabulary may not have it. */
export const usageKinds = { use: 'conduit-use', conversation: 'conversation' } as const

export const addUp = (events: readonly ReadEvent[]): Sums => {
  const hours = new Map<string, HourSum>()
  const uses = new Map<string, UseSum>()
  const conversations = new Map<string, ConversationSum>()
  for (const one of events) {
    addHour(hours, one)
    if (one.event.kind === usageKinds.use) addUse(uses, one)
    else if (one.event.kind === usageKinds.conversation) addConversation(conversations, one)
  }
  return { hours: sorted(hours), uses: sorted(uses), conversations: sorted(conversations) }
}
