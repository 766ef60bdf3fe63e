/** Brings an edge to the newest revision of a stream from the database: after hello, after a gap, and when its digest is wrong. */
import { Fault } from '#core/errors.ts'
import type { StateStream } from '#schema/link-objects.ts'
import type { Manager } from '../context.ts'
import { type Heads, raiseHead } from '../state/heads.ts'
import { isGone, stateSince, stateSnapshot } from '../state/since.ts'
import { bitOf, placeOf, send, type Session } from './session.ts'

/** Edges that are brought up to date at a time: the database has ten connections for everything. */
const atOnce = 4

export interface CatchUp {
  /** Nothing when it is under way already. */
  bring(session: Session, stream: StateStream): void
  /** All that is in force, in place of whatever the edge has. */
  anew(session: Session, stream: StateStream): void
}

/** Frames for one edge, and looks for what came meanwhile, before it waits for its digest to say what is missing. */
const mostTurns = 1000

interface Task {
  readonly session: Session
  readonly stream: StateStream
  readonly anew: boolean
}

/** @param onFault told what went wrong with a link; it ends there */
export const catchUpWith = (
  manager: Manager,
  heads: Heads,
  onFault: (session: Session, error: unknown) => void,
): CatchUp => {
  const waiting: Task[] = []
  let running = 0

  const snapshot = async (session: Session, stream: StateStream): Promise<boolean> => {
    try {
      const frames = await stateSnapshot(manager, session.edge, stream)
      for (const frame of frames) send(session, frame)
      session.have[placeOf(stream)] = frames[0]?.to ?? 0
      return true
    } catch (error) {
      // More than a snapshot may have: as changes, it can be brought all the same.
      if (error instanceof Fault && error.code === 'refused') return false
      throw error
    }
  }

  const work = async ({ session, stream, anew }: Task): Promise<void> => {
    const place = placeOf(stream)
    let whole = anew
    let leftOver = false
    for (let turn = 0; turn < mostTurns; turn++) {
      if (session.ended) return
      const have = session.have[place]
      if (have > heads[stream]) {
        await raiseHead(manager, session.edge, stream, have)
        heads[stream] = Math.max(heads[stream], have)
        whole = true
      }
      if (whole || (have === 0 && heads[stream] > 0)) {
        const sent = await snapshot(session, stream)
        if (!sent && whole) return
        whole = false
        if (sent) continue
      }
      const frame = await stateSince(manager, session.edge, stream, have, leftOver)
      if (frame === isGone) {
        // Where a snapshot cannot hold it: what is left of the changes says all that is in force.
        leftOver = !(await snapshot(session, stream))
        continue
      }
      if (frame !== undefined) {
        heads[stream] = Math.max(heads[stream], frame.to)
        send(session, frame)
        session.have[place] = frame.to
        continue
      }
      // From here to the mark nothing is awaited: a hint comes before, and is seen here, or after, and finds the mark.
      if (session.have[place] < heads[stream]) continue
      session.live |= bitOf[stream]
      return
    }
  }

  const next = (): void => {
    while (running < atOnce) {
      const task = waiting.shift()
      if (task === undefined) return
      running++
      void work(task)
        .catch((error: unknown) => onFault(task.session, error))
        .finally(() => {
          running--
          task.session.catching &= ~bitOf[task.stream]
          next()
        })
    }
  }

  const begin = (session: Session, stream: StateStream, anew: boolean): void => {
    const bit = bitOf[stream]
    if ((session.catching & bit) !== 0 || session.ended) return
    session.catching |= bit
    session.live &= ~bit
    waiting.push({ session, stream, anew })
    next()
  }

  return {
    bring: (session, stream) => {
      const idle = (session.catching & bitOf[stream]) === 0
      if (idle && session.have[placeOf(stream)] === heads[stream]) session.live |= bitOf[stream]
      else begin(session, stream, false)
    },
    anew: (session, stream) => begin(session, stream, true),
  }
}
