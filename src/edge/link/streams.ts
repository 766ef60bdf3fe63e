/** Takes the state that a manager sends, stream by stream: verified, in turn, in slices that hold nothing else up. */
import { setImmediate as breath } from 'node:timers/promises'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { Revisions, ToEdgeOf } from '#schema/link-frames.ts'
import type { OrderObject, PermitObject, RiskObject, StateObject, StateStream } from '#schema/link-objects.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'
import type { Edge } from '../context.ts'
import { refusalOf } from '../writing.ts'
import { keys } from '../store/kv.ts'
import type { Store } from '../store/open.ts'
import type { Complain } from './complaints.ts'
import { orderStream } from './orders.ts'
import { joinParts } from './parts.ts'
import { permitStream } from './permits.ts'
import { riskStream } from './risks.ts'
import type { Stream, StreamContext } from './stream.ts'
import { type Signer, stateUpdate, type StateUpdate } from './verify.ts'

/** Objects carried out at a time. */
const slice = 100

const Held = z.partialRecord(z.enum(['orders', 'permits', 'risk']), z.int().min(0))
/** Revisions of the streams that this edge has. */
export const heldRevisions = (store: Pick<Store, 'kv'>): Omit<Revisions, 'policy'> => ({
  orders: 0,
  permits: 0,
  risk: 0,
  ...store.kv.get(keys.revisions, Held),
})

const isOrder = (object: StateObject): object is OrderObject => object.type === 'order'
const isPermit = (object: StateObject): object is PermitObject => object.type === 'permit'
const isRisk = (object: StateObject): object is RiskObject => object.type === 'risk'

/** A stream for objects of any kind: those of others are none of its. */
const only = <T extends StateObject>(stream: Stream<T>, mine: (object: StateObject) => object is T): Stream => ({
  ...stream,
  take: (context, objects) => stream.take(context, objects.filter(mine)),
})
export const streams: Record<StateStream, Stream> = {
  orders: only(orderStream, isOrder),
  permits: only(permitStream, isPermit),
  risk: only(riskStream, isRisk),
}

export interface StreamsOptions {
  readonly edge: Edge
  readonly identity: EdgeIdentity
  readonly signer: Signer
  readonly context: () => StreamContext
  readonly complain: Complain
  /** What was sent does not follow what is held: the manager has to be told anew. */
  readonly onGap: () => void
  /** Something changed, and reports wait. */
  readonly onChange: () => void
}

export const stateStreamsOf = (options: StreamsOptions) => {
  const { edge, identity, signer, context, complain, onGap, onChange } = options
  const { held, kv } = edge.store
  const have = heldRevisions(edge.store)
  const busy = new Map<StateStream, Promise<void>>()
  const join = joinParts()

  const carry = async ({ stream, to, whole, objects }: StateUpdate): Promise<void> => {
    const one = streams[stream]
    // On a full disk what is over stays a little longer: nothing that is ordered waits for that.
    refusalOf(() => held.expire(Date.now()))
    if (whole) {
      const wanted = new Map(objects.map(({ id, revision }) => [id, revision]))
      const gone = held.list(stream).filter(({ id }) => !wanted.has(id))
      for (let at = 0; at < gone.length; at += slice) {
        await one.drop(context(), gone.slice(at, at + slice), objects)
        if (at + slice < gone.length) await breath()
      }
    }
    const fresh = objects.filter(({ id, revision }) => held.get(stream, id)?.revision !== revision)
    for (let at = 0; at < fresh.length; at += slice) {
      await one.take(context(), fresh.slice(at, at + slice))
      if (at + slice < fresh.length) await breath()
    }
    have[stream] = to
    onChange()
    // What could not be written down is asked for again after a restart.
    refusalOf(() => kv.set(keys.revisions, have, { durable: false }))
  }

  /** Runs at once up to its first pause, so that a single order waits for nothing. */
  const take = async (frame: ToEdgeOf<'state'>): Promise<void> => {
    const checking = stateUpdate(signer, identity, have[frame.stream], frame)
    let step = checking.next()
    for (let at = 1; step.done !== true; at++) {
      if (at % slice === 0) await breath()
      step = checking.next()
    }
    const update = step.value
    if (update.ok)
      try {
        await carry(update.value)
      } catch (error) {
        // What the kernel did not take now is asked for again, and what was carried out of it is known.
        if (error instanceof Fault && error.code === 'kernel-rejected') onGap()
        throw error
      }
    else if (update.error.kind === 'gap') onGap()
    else complain(update.error.text)
  }

  return {
    have: () => ({ ...have }),
    /** Resolves when it is carried out. Rejects when the disk or the kernel did not let it. */
    take: async (part: ToEdgeOf<'state'>): Promise<void> => {
      const frame = join(part)
      if (typeof frame === 'string') complain(frame)
      if (typeof frame !== 'object') return
      const { stream } = frame
      const before = busy.get(stream)
      const done = before === undefined ? take(frame) : before.then(() => take(frame))
      const ended = (): void => {
        if (busy.get(stream) === settled) busy.delete(stream)
      }
      const settled = done.then(ended, ended)
      busy.set(stream, settled)
      await done
    },
  }
}
