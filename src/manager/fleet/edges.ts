/** Edges: made, looked at, revoked. */
import { Fault } from '#core/errors.ts'
import { type StateStream, stateStreams } from '#schema/link-objects.ts'
import type { EdgeDetail, EdgeView } from '#schema/manager-fleet.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { desiredFor } from '../state/desired.ts'
import { readHeads } from '../state/heads.ts'
import { makeEnrolment } from './enrolments.ts'
import { makeSite } from './sites.ts'
import { auditedEdge, type EdgeRow, edgeView } from './view.ts'

const notThere = (): Fault => new Fault('not-found', 'There is no such edge.')

export interface Wanted {
  readonly site?: string | undefined
  readonly name?: string | undefined
  readonly after: number
  readonly limit: number
}

export const listEdges = async ({ db, now }: Manager, { site, name, after, limit }: Wanted): Promise<EdgeView[]> => {
  let rows = db.selectFrom('edges').selectAll().where('id', '>', after).orderBy('id').limit(limit)
  if (site !== undefined) rows = rows.where('site', '=', site)
  if (name !== undefined) rows = rows.where('name', '=', name)
  const at = now()
  return (await rows.execute()).map((row) => edgeView(row, at))
}

export const lockEdge = async (tx: Tx, id: number): Promise<EdgeRow> => {
  const row = await tx.selectFrom('edges').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined) throw notThere()
  return row
}

const streamState = async (manager: Manager, row: EdgeRow, stream: StateStream, newest: number) => {
  const said = row.digest?.streams.find((one) => one.stream === stream)
  const desired = await desiredFor(manager, { site: row.site, edge: row.name }, stream, newest)
  return {
    stream,
    revision: said?.revision ?? 0,
    newest: desired.revision,
    enforced: said?.enforced ?? 0,
    desired: desired.count,
    matches: said === undefined ? desired.count === 0 : said.hash === desired.hash && said.count === desired.count,
  }
}

/** An edge with what it enforces of what it should. */
export const showEdge = async (manager: Manager, id: number): Promise<EdgeDetail> => {
  const row = await manager.db.selectFrom('edges').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notThere()
  const heads = await readHeads(manager)
  const streams = await Promise.all(stateStreams.map((stream) => streamState(manager, row, stream, heads[stream])))
  return {
    ...edgeView(row, manager.now()),
    streams,
    enforced: streams.reduce((sum, { enforced }) => sum + enforced, 0),
    desired: streams.reduce((sum, { desired }) => sum + desired, 0),
    digestAt: row.digest_at?.toISOString() ?? null,
  }
}

export interface Enrolment {
  readonly edge: EdgeView
  readonly token: string
  readonly expires: string
}

/** Makes an edge, and its site when there is none, with a token for its enrolment. */
export const addEdge = (
  manager: Manager,
  actor: string,
  { site, name, hours }: { readonly site: string; readonly name: string; readonly hours: number },
): Promise<Enrolment> =>
  manager.trail.change(async (tx, write) => {
    const now = manager.now()
    await makeSite(tx, write, actor, site, now)
    const row = await tx
      .insertInto('edges')
      .values({ site, name, created: new Date(now) })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined)
      throw new Fault('conflict', `There is an edge ${name} in ${site} already.`, {
        advice: `For another token: bulkhead edges enrol ${site} ${name}`,
      })
    await write({ actor, action: 'edge.create', object: `edge ${site}/${name}`, after: auditedEdge(row) })
    const made = await makeEnrolment(manager, tx, write, { actor, edge: row, hours })
    return { edge: edgeView(row, now), ...made }
  })

/** A token for an edge that there is: a machine that replaces another, or one that was revoked. */
export const enrolAgain = (manager: Manager, actor: string, id: number, hours: number): Promise<Enrolment> =>
  manager.trail.change(async (tx, write) => {
    const edge = await lockEdge(tx, id)
    const made = await makeEnrolment(manager, tx, write, { actor, edge, hours })
    return { edge: edgeView(edge, manager.now()), ...made }
  })

/** Its certificates count no more, its tokens neither, and its link ends at once. */
export const revokeEdge = async (manager: Manager, actor: string, id: number, reason: string): Promise<EdgeView> => {
  const { view, ref } = await manager.trail.change(async (tx, write) => {
    const row = await lockEdge(tx, id)
    if (row.revoked !== null) throw new Fault('conflict', `The edge ${row.name} of ${row.site} is revoked already.`)
    const now = manager.now()
    const after = { ...row, revoked: new Date(now), manager: null, connected: null }
    await tx
      .updateTable('edges')
      .set({ revoked: after.revoked, manager: null, connected: null })
      .where('id', '=', id)
      .execute()
    await tx.deleteFrom('enrolments').where('edge_id', '=', id).execute()
    const object = `edge ${row.site}/${row.name}`
    await write({
      actor,
      action: 'edge.revoke',
      object,
      before: auditedEdge(row),
      after: { ...auditedEdge(after), reason },
    })
    return { view: edgeView(after, now), ref: { site: row.site, edge: row.name } }
  })
  manager.bus.publish('cut', { edges: [ref], why: 'it was revoked' })
  return view
}
