/**
 * What an edge sends, one frame after the other. Batches of different classes are stored side by side, so that what is urgent waits for
 * nothing; nothing more is read from an edge that sends a class of which a batch is being stored.
 */
import { Fault } from '#core/errors.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import type { FromEdge } from '#schema/link-frames.ts'
import { told } from '../api/refusal.ts'
import type { Manager } from '../context.ts'
import { databaseFault } from '../database/pool.ts'
import { ingest } from '../events/ingest.ts'
import { renew } from '../fleet/renew.ts'
import { policyReported } from '../policies/desired.ts'
import { areReportsCrowded, stateReported } from '../state/report.ts'
import type { Digests } from './digests.ts'
import { type FrameOf, readFrame } from './frames.ts'
import { send, type Session } from './session.ts'

export interface Receiver {
  /** Takes one message; never throws. */
  message(session: Session, data: Buffer, binary: boolean): void
}

export interface ReceiverOptions {
  readonly manager: Manager
  readonly digests: Digests
  readonly hello: (session: Session, frame: FrameOf<'hello'>) => Promise<void>
  /** Ends a link with words. */
  readonly refuse: (session: Session, fault: Fault, wait?: number) => void
  readonly tell: (what: string) => void
}

/** Seconds until an edge comes back when it was not its fault. */
const troubleWait = 5

const malformed = (what: string): Fault =>
  new Fault('request-malformed', `A frame is none of this protocol: ${what}.`.slice(0, 400), {
    advice: 'Edge and manager are of versions that do not fit together: upgrade the older one.',
  })

export const receiverWith = ({ manager, digests, hello, refuse, tell }: ReceiverOptions): Receiver => {
  /** Mostly nobody waits for it, and the digest says the same: it goes to the others that are written together. */
  const report = (session: Session, frame: FrameOf<'state-report'>): Promise<void> => {
    const stored = stateReported(manager, session.edge, frame).catch((error: unknown) => {
      tell(`a report was not stored: ${String(error)}`)
      // The edge has it still, and brings it again with its next link.
      if (databaseFault(error) !== undefined) fail(session, error)
    })
    const before = session.reports
    const all = before === undefined ? stored : Promise.all([before, stored]).then(() => undefined)
    session.reports = all
    void all.finally(() => {
      if (session.reports === all) session.reports = undefined
    })
    return stored
  }

  const acknowledge = (session: Session, { store, class: of }: FrameOf<'events'>, seq: number): void => {
    const ack = { type: 'ack', store, class: of, seq } as const
    // With it the edge forgets the reports that it sent before this batch.
    if (session.reports === undefined) send(session, ack)
    else void session.reports.then(() => send(session, ack))
  }

  /** Not awaited: one batch of each class at most, which the map says. */
  const store = (session: Session, batch: FrameOf<'events'>): void => {
    const storing = (session.storing ??= new Map<EventClass, Promise<void>>())
    const done = ingest(manager, session.edge, batch)
      .then((seq) => acknowledge(session, batch, seq))
      .catch((error: unknown) => fail(session, error))
      .finally(() => {
        storing.delete(batch.class)
        if (storing.size === 0) session.storing = undefined
      })
    storing.set(batch.class, done)
  }

  const take = async (session: Session, frame: FromEdge): Promise<void> => {
    if (frame.type === 'hello') {
      if (session.store !== undefined) throw malformed('a second hello')
      return hello(session, frame)
    }
    if (session.store === undefined) throw malformed(`${frame.type} before hello`)
    const { edge } = session
    switch (frame.type) {
      case 'events': {
        if (frame.store !== session.store) throw malformed('events of another store than hello named')
        await session.storing?.get(frame.class)
        if (!session.ended) store(session, frame)
        return
      }
      case 'digest':
        return digests.take(session, frame)
      case 'policy-report':
        return policyReported(manager, edge, frame)
      case 'state-report': {
        const isCrowded = areReportsCrowded(manager)
        const stored = report(session, frame)
        return isCrowded ? stored : undefined
      }
      case 'renew': {
        const svid = await renew(manager, edge, frame)
        session.until = svid.until
        send(session, { type: 'svid', ...svid })
        return
      }
    }
  }

  const fail = (session: Session, error: unknown): void => {
    const { fault } = told(error)
    if (fault.code === 'internal') tell(`a frame of ${session.edge.site}/${session.edge.edge} failed: ${String(error)}`)
    refuse(session, fault, fault.code === 'internal' || fault.code === 'database-failed' ? troubleWait : undefined)
  }

  const work = async (session: Session, queue: Buffer[]): Promise<void> => {
    try {
      for (let at = 0; at < queue.length && !session.ended; at++) {
        const frame = readFrame(queue[at]!.toString('utf8'))
        if (typeof frame === 'string') throw malformed(frame)
        await take(session, frame)
      }
    } catch (error) {
      fail(session, error)
    }
    session.queue = undefined
    if (!session.ended && session.ws.isPaused) session.ws.resume()
  }

  return {
    message: (session, data, binary) => {
      if (session.ended) return
      session.heard = manager.now()
      if (binary) return refuse(session, malformed('it is binary'))
      // What one read from the socket brought comes all the same; it is bounded by the size of a read.
      if (session.queue !== undefined) return void session.queue.push(data)
      session.queue = [data]
      session.ws.pause()
      void work(session, session.queue)
    },
  }
}
