/** What one recording amounts to: sums that are added to those of others in any order. Keys are texts, unique within their map. */
import type { Capture, Command, Conversation, Endpoint, Binding, Evidence, Fact } from '../model.ts'
import type { Sums } from './pace.ts'

export type { Sums } from './pace.ts'

type Changeable<T> = { -readonly [K in keyof T]: T[K] }

export type EndpointSum = Changeable<Endpoint>
export type BindingSum = Changeable<Binding>
export type FactSum = Changeable<Fact>

export interface CommandSum extends Omit<
  Changeable<Command>,
  'id' | 'rhythm' | 'spans' | 'texts' | 'values' | 'step' | 'lowest' | 'highest' | 'evidence'
> {
  spans: Record<string, [low: number, high: number][]>
  texts: Record<string, string[]>
  values?: [low: number, high: number]
  step?: number
  lowest?: [value: number, times: number][]
  highest?: [value: number, times: number][]
  pace: Sums
  evidence: Evidence
}

export interface ConversationSum extends Omit<
  Changeable<Conversation>,
  'id' | 'rhythm' | 'commands' | 'packets' | 'bytes' | 'clientMacs' | 'serverMacs' | 'faults'
> {
  packets: [there: number, back: number]
  bytes: [there: number, back: number]
  clientMacs: string[]
  serverMacs: string[]
  faults: Record<string, number>
  pace: Sums
}

/** Among the faults of a conversation: packets whose end the recording left out, so that nothing in them was read. */
export const cutShort = 'cut-short'

export interface Recording {
  readonly capture: Capture
  readonly endpoints: ReadonlyMap<string, EndpointSum>
  readonly bindings: ReadonlyMap<string, BindingSum>
  readonly facts: ReadonlyMap<string, FactSum>
  readonly conversations: ReadonlyMap<string, ConversationSum>
  /** By conversation, then by what is asked of which object. */
  readonly commands: ReadonlyMap<string, ReadonlyMap<string, CommandSum>>
  readonly limits: ReadonlySet<string>
}

/** Ethernet addresses kept of one end of a conversation. */
export const mostMacs = 16
/** Ranges kept of one field of a row that stands for many objects; beyond it the nearest are joined. */
export const mostRanges = 256
/** Texts kept of one field of such a row. */
export const mostTexts = 256

export const conversationKey = (one: {
  readonly vlan: number
  readonly etherType: number
  readonly proto?: number
  readonly client: string
  readonly server: string
  readonly port?: number
}): string => `${one.vlan} ${one.etherType} ${one.proto ?? ''} ${one.client} ${one.server} ${one.port ?? ''}`

export const commandKey = ({ op, from, spans, texts, folded }: CommandSum): string =>
  folded ? `${from} ${op} *` : `${from} ${op} ${JSON.stringify([spans, texts])}`

/** The earlier of two, told apart by name and number where both were at the same time. */
export const earlier = (a: Evidence, b: Evidence): Evidence => {
  if (a.at !== b.at) return a.at < b.at ? a : b
  if (a.capture !== b.capture) return a.capture < b.capture ? a : b
  return a.packet <= b.packet ? a : b
}
