/**
 * How settled the picture of a plant is: since when nothing new came, how regularly things come, and what part of the plant's calendar
 * was not seen. A proposal is as good as this.
 */
import type { Command, Conversation, Inventory, Observed, Rhythm, Span } from '../model.ts'
import { coverageOf, durationText, joined, type Coverage } from './calendar.ts'

/** By the deviation of its distances: `cyclic` like a clock, `regular` with delays, `irregular` as people act, `single` at most twice. */
export type Regularity = 'cyclic' | 'regular' | 'irregular' | 'single'

export interface Clock extends Span {
  /** A device's id, or a conversation's. */
  readonly id: string
  /** When the last new thing was seen: a peer or service for a device, a command for a conversation. */
  readonly since: number
  /** ms that were watched since then: gaps between recordings do not count. */
  readonly stableMs: number
  /** Nothing new in the last half of the time that it was watched, and in at least ten minutes. */
  readonly stable: boolean
}

export interface ConversationClock extends Clock {
  readonly regularity: Regularity
  readonly periodMs?: number
}

export interface Baseline {
  readonly coverage: Coverage
  readonly devices: readonly Clock[]
  readonly conversations: readonly ConversationClock[]
  /** When the last new conversation or command was seen, and the ms watched since. */
  readonly since: number
  readonly stableMs: number
  /** Sentences for a person: what is covered, and how settled it is. */
  readonly text: readonly string[]
}

const leastMs = 600_000

/** Deviation over mean; the limits part a controller's cycle from a server's timer, and that from people. */
export const regularityOf = (rhythm: Rhythm | undefined): Regularity => {
  if (rhythm === undefined || rhythm.count < 2) return 'single'
  const variation = rhythm.meanMs <= 0 ? 0 : rhythm.deviationMs / rhythm.meanMs
  return variation <= 0.15 ? 'cyclic' : variation <= 0.6 ? 'regular' : 'irregular'
}

const watchedAfter = (spans: readonly Span[], from: number): number =>
  spans.reduce((sum, { first, last }) => sum + Math.max(0, last - Math.max(first, from)), 0)

const clockOf = (id: string, seen: Span, since: number, spans: readonly Span[]): Clock => {
  const stableMs = watchedAfter(spans, since)
  const watchedMs = watchedAfter(spans, seen.first)
  return {
    id,
    first: seen.first,
    last: seen.last,
    since,
    stableMs,
    stable: stableMs >= leastMs && stableMs * 2 >= watchedMs,
  }
}

const lastNew = (first: number, commands: readonly Command[]): number =>
  commands.reduce((latest, command) => Math.max(latest, command.first), first)

const conversationClock = (conversation: Conversation, spans: readonly Span[]): ConversationClock => {
  const { id, first, commands, rhythm } = conversation
  const regularity = regularityOf(rhythm)
  return {
    ...clockOf(id, conversation, lastNew(first, commands), spans),
    regularity,
    ...(rhythm === undefined || regularity === 'single' ? {} : { periodMs: rhythm.meanMs }),
  }
}

const settledText = (conversations: readonly ConversationClock[], stableMs: number): string => {
  const stable = conversations.filter((clock) => clock.stable).length
  return stableMs < leastMs
    ? `Something new was seen until the end: the picture is not settled yet.`
    : `Nothing new came in the last ${durationText(stableMs)} of recording; ${stable} of ${conversations.length} ${conversations.length === 1 ? 'conversation' : 'conversations'} ${stable === 1 ? 'is' : 'are'} settled.`
}

/**
 * Clocks of devices and conversations.
 * @param timezone IANA name of the plant's; its shifts and days follow from it
 */
export const baselineOf = (observed: Observed, inventory: Inventory, timezone = 'UTC'): Baseline => {
  const watched = observed.captures.flatMap((capture) => capture.watched ?? [capture])
  const spans = joined(watched)
  const conversations = observed.conversations.map((conversation) => conversationClock(conversation, spans))
  const since = observed.conversations.reduce(
    (latest, { first, commands }) => Math.max(latest, lastNew(first, commands)),
    spans[0]?.first ?? 0,
  )
  const newest = new Map<string, number>()
  for (const { vlan, client, server, first } of observed.conversations)
    for (const address of [client, server]) {
      const device = inventory.at(vlan, address)
      if (device !== undefined) newest.set(device.id, Math.max(newest.get(device.id) ?? device.first, first))
    }
  const stableMs = watchedAfter(spans, since)
  const coverage = coverageOf(watched, timezone)
  return {
    coverage,
    devices: inventory.devices.map((device) =>
      clockOf(device.id, device, newest.get(device.id) ?? device.first, spans),
    ),
    conversations,
    since,
    stableMs,
    text: observed.captures.length === 0 ? [coverage.text] : [coverage.text, settledText(conversations, stableMs)],
  }
}
