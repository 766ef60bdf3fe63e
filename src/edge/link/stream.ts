/** What the three streams of state have in common: how an object is taken, remembered and reported. */
import type { StateReport } from '#schema/link-frames.ts'
import type { StateObject, StateStream } from '#schema/link-objects.ts'
import type { Edge } from '../context.ts'
import type { HeldObject } from '../store/held.ts'
import { heldKey, type Layer } from '../store/overlay.ts'

export interface StreamContext {
  readonly edge: Edge
  /** Name of the manager, as reasons tell it. */
  readonly manager: string
  /** What the manager's clock is ahead of this machine's, in ms. */
  readonly ahead: number
}

/** How objects of one stream become what this edge enforces. */
export interface Stream<T extends StateObject = StateObject> {
  /**
   * Carries objects out in their order: in the kernel first, then on the disk together with what is held and reported, each once.
   * Never throws for what is wrong with one of them: that is its report. What need not look first is done when it returns.
   */
  take(context: StreamContext, objects: readonly T[]): void | Promise<void>
  /** Ends what a snapshot does not hold any more. */
  drop(context: StreamContext, gone: readonly HeldObject[], kept: readonly StateObject[]): void | Promise<void>
  /** How many of those held the kernel has. */
  enforced(edge: Edge, held: readonly HeldObject[]): number
}

/** Until when an object holds, on this machine's clock. */
export const localExpiry = ({ ahead }: StreamContext, object: StateObject): number =>
  Math.max(0, object.expires - ahead)

/** Longest time that the kernel counts down; what lasts longer is renewed by nobody, so it is cut here. */
const longestSeconds = 365 * 86_400
export const secondsLeft = (expires: number): number => Math.min(longestSeconds, (expires - Date.now()) / 1000)

export interface Outcome {
  readonly outcome: StateReport['outcome']
  readonly text?: string
  readonly at?: number
  readonly kernelMs?: number
}

/** Writes down what became of an object. */
export const note = (
  { edge }: StreamContext,
  stream: StateStream,
  { id, revision }: StateObject,
  { outcome, text, at = Date.now(), kernelMs }: Outcome,
): void => {
  const report: StateReport = {
    type: 'state-report',
    stream,
    id,
    revision,
    outcome,
    at,
    ...(text === undefined ? {} : { text: text.slice(0, 500) }),
    ...(kernelMs === undefined ? {} : { kernelMs }),
  }
  edge.store.held.report(JSON.stringify(report))
}

/** An object as it is held. @param became what it is here; empty where it was refused */
const heldAs = (
  context: StreamContext,
  stream: StateStream,
  object: StateObject,
  ip: string,
  became: string,
): HeldObject => {
  const { id, revision } = object
  return { stream, id, revision, ip, expires: localExpiry(context, object), became }
}

/** Remembers an object as held, as {@link heldAs} says. */
export const keep = (...held: Parameters<typeof heldAs>): void => held[0].edge.store.held.put(heldAs(...held))

/** The same where the disk takes nothing. */
export const layHeld = ({ held }: Layer, ...one: Parameters<typeof heldAs>): void => {
  const object = heldAs(...one)
  held.set(heldKey(object), object)
}

/** It is not held any more, where the disk takes nothing. */
export const layGone = ({ held }: Layer, stream: StateStream, { id }: Pick<HeldObject, 'id'>): void =>
  void held.set(heldKey({ stream, id }), undefined)

/** Who is written down as the one who ordered something: the manager, and whom it names. */
export const orderer = ({ manager }: StreamContext, { by }: StateObject): string =>
  `manager ${manager}: ${by}`.slice(0, 100)
export const reasonOf = ({ manager }: StreamContext, { id, reason }: StateObject): string =>
  `${reason.slice(0, 300)} (order ${id} of manager ${manager})`.slice(0, 400)
