/** One request of a client while it is answered, and what is kept of its conversation. */
import type { Attempt, TalkContext } from '#core/personality.ts'
import { nodeKinds, type Cursor } from '../cursor.ts'
import { limits } from './limits.ts'
import type { OpcuaProfile } from './profile.ts'
import type { Reference, Space, SpaceNode } from './space.ts'
import type { NodeId, Value, Writer } from './writer.ts'

/** References that a browse has not given yet. */
export interface Continuation {
  readonly rest: readonly Reference[]
  readonly most: number
  readonly mask: number
}
export interface MonitoredItem {
  readonly id: number
  readonly handle: number
  readonly node: SpaceNode
}
export interface Subscription {
  readonly id: number
  /** ms. */
  interval: number
  publishing: boolean
  sequence: number
  readonly items: Map<number, MonitoredItem>
}
export interface Session {
  readonly id: number
  active: boolean
  readonly continuations: Map<number, Continuation>
  readonly subscriptions: Map<number, Subscription>
}

export interface Conversation {
  readonly context: TalkContext
  readonly profile: OpcuaProfile
  readonly space: Space
  /** By authentication token. */
  readonly sessions: Map<number, Session>
  /** Values that this client wrote, by node. */
  readonly written: Map<string, Value>
  /** A number that was not given before. */
  readonly next: () => number
  /** 32 bits that look like chance, other ones each time. */
  readonly chance: () => number
}

export interface Call extends Conversation {
  readonly reader: Cursor
  readonly out: Writer
  /** Present where a service needs one. */
  readonly session: Session | undefined
  readonly token: number
  /** One, as it was asked: what is not printable is taken out at the end. */
  readonly notes: string[]
  readonly attempts: Attempt[]
  /** ms. */
  delay: number
}
/** Writes the parameters of a response. @returns the status of the service; what is not good becomes a ServiceFault */
export type Service = (call: Call) => number

const decoder = new TextDecoder()
/** The string just read, cut. */
export const textOf = ({ bytes, from, to }: Cursor): string =>
  decoder.decode(bytes.subarray(from, Math.min(to, from + limits.text)))

export const readText = (reader: Cursor): string => {
  reader.string()
  return textOf(reader)
}

const idOf = (reader: Cursor): NodeId => {
  const { kind, namespace: ns, number, from, to, server, uriFrom } = reader.id
  // Nothing here is named by a GUID, by bytes, by a URI or on another server.
  if (server !== 0 || uriFrom >= 0) return { ns, id: '' }
  if (kind === nodeKinds.numeric) return { ns, id: number }
  return {
    ns,
    id: kind === nodeKinds.string ? decoder.decode(reader.bytes.subarray(from, Math.min(to, from + limits.text))) : '',
  }
}
export const readNode = (reader: Cursor): NodeId => {
  reader.node()
  return idOf(reader)
}

/** @returns how many elements follow; -1 when they are more than are looked at */
export const operations = (reader: Cursor): number => {
  const count = reader.count()
  return count > limits.operations ? -1 : count
}
export const noDiagnostics = (out: Writer): void => {
  out.u32(-1)
}
