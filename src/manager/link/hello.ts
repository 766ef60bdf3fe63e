/** The first frame of a link: from here on the edge is this manager's. */
import { sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import { stateStreams } from '#schema/link-objects.ts'
import { dialledElsewhere } from '../bus/bus.ts'
import type { Manager } from '../context.ts'
import { acknowledged } from '../events/ingest.ts'
import { digestSeconds } from '../fleet/view.ts'
import { policyFrames } from '../policies/desired.ts'
import type { Admission } from './admission.ts'
import type { CatchUp } from './catch-up.ts'
import type { FrameOf } from './frames.ts'
import type { Hub } from './hub.ts'
import { placeOf, send, type Session } from './session.ts'

export interface HelloOptions {
  readonly manager: Manager
  readonly hub: Hub
  readonly catchUp: CatchUp
  readonly begun: Admission
  /** Ends a link without blame: the edge has another one. */
  readonly cut: (session: Session, why: string) => void
}

/** Its row says who holds its link; not that of an edge that was revoked or enrolled anew since its certificate was looked at. */
const hold = async (manager: Manager, session: Session, version: string): Promise<void> => {
  session.connected = manager.now()
  const now = new Date(session.connected)
  const { rows } = await sql`
    UPDATE edges SET manager = ${manager.id}, connected = ${now}, seen = ${now}, version = ${version}
    WHERE id = ${session.edge.id} AND revoked IS NULL AND enrolled = ${new Date(session.enrolled)} RETURNING id`.execute(
    manager.db,
  )
  if (rows.length === 0)
    throw new Fault(
      'forbidden',
      `The edge ${session.edge.site}/${session.edge.edge} was revoked, or another machine was enrolled for it.`,
      {
        advice: 'Enrol it again.',
      },
    )
}

export const helloWith =
  ({ manager, hub, catchUp, begun, cut }: HelloOptions) =>
  async (session: Session, { version, store, have }: FrameOf<'hello'>): Promise<void> => {
    const wait = begun.enter()
    if (wait !== undefined)
      throw new Fault('too-many-requests', 'There are too many edges at once.', {
        advice: `Wait ${wait} s, then try again.`,
      })
    try {
      const { edge } = session
      await hold(manager, session, version)
      const stored = await acknowledged(manager, edge, store)
      if (session.ended) return
      session.store = store
      session.policy = have.policy
      for (const stream of stateStreams) session.have[placeOf(stream)] = have[stream]
      const before = hub.add(session)
      if (before !== undefined) {
        before.replaced = true
        cut(before, 'it dialled anew; if this goes on, another machine has its key')
      }
      manager.bus.publish('cut', {
        edges: [{ site: edge.site, edge: edge.edge }],
        except: manager.id,
        why: dialledElsewhere,
      })
      const at = manager.now()
      send(session, { type: 'welcome', at, manager: manager.id, digest: digestSeconds, acknowledged: stored })
      for (const stream of stateStreams) catchUp.bring(session, stream)
      for (const frame of await policyFrames(manager, edge, have.policy)) send(session, frame)
    } finally {
      begun.leave()
    }
  }

/** The row of an edge whose link ended here, unless it has another one by now. */
export const letGo = async ({ db, id, now }: Manager, session: Session): Promise<void> => {
  await db
    .updateTable('edges')
    .set({ manager: null, connected: null, seen: new Date(now()) })
    .where('id', '=', session.edge.id)
    .where('manager', '=', id)
    .where('connected', '=', new Date(session.connected))
    .execute()
}

/** Those of all edges, when the manager stops. */
export const letAllGo = async ({ db, id, now }: Manager): Promise<void> => {
  await db
    .updateTable('edges')
    .set({ manager: null, connected: null, seen: new Date(now()) })
    .where('manager', '=', id)
    .execute()
}
