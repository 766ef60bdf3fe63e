/** What a person found an event to be. */
import { sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import { idTime } from '#core/id.ts'
import { type Judgement, StoredEvent, type Verdict } from '#schema/manager-events.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { Database } from '../database/pool.ts'
import { columnText } from '../database/text.ts'
import type { EventRow } from './search.ts'
import { dayMs, hourMs } from './spans.ts'

/** ms since 1970; PostgreSQL and JavaScript write it alike. */
const latest = Date.UTC(9000, 0)

const lookUp = async (db: Database | Tx, id: string, from: number, to: number): Promise<EventRow | undefined> => {
  const { rows } = await sql<EventRow>`
    SELECT id, at, received, intact, body FROM events
    WHERE event = ${id} AND at >= ${new Date(Math.max(0, from))} AND at < ${new Date(Math.min(latest, to))} LIMIT 1`.execute(
    db,
  )
  return rows[0]
}

/**
 * Ids tell their time, so that no index has to hold them: an event is filed under the moment of its id, nearly always. Later looks are for
 * events that say another time than when they were made, and for clocks that went back.
 */
export const eventOf = async (db: Database | Tx, id: string): Promise<EventRow | undefined> => {
  const time = Math.min(idTime(id), latest)
  for (const [before, behind] of [
    [1000, 1000],
    [hourMs, 1000],
    [dayMs, dayMs],
    [latest, latest],
  ] as const) {
    const found = await lookUp(db, id, time - before, time + behind)
    if (found !== undefined) return found
  }
  return undefined
}

/** @throws Fault `not-found` */
export const judge = (
  { trail, now }: Manager,
  id: string,
  { verdict, reason }: Verdict,
  by: string,
): Promise<Judgement> =>
  trail.change(async (tx, write) => {
    const row = await eventOf(tx, id)
    if (row === undefined) throw new Fault('not-found', `There is no event ${id}.`)
    const { site, edge, kind, conduit = '', count } = StoredEvent.parse(JSON.parse(row.body))
    const before = await tx.selectFrom('event_judgements').select('verdict').where('event', '=', id).executeTakeFirst()
    const judged = new Date(now())
    const said = {
      at: row.at,
      site,
      edge,
      kind,
      conduit: columnText(conduit),
      count,
      verdict,
      reason,
      by,
      judged,
    }
    await tx
      .insertInto('event_judgements')
      .values({ event: id, ...said })
      .onConflict((one) => one.column('event').doUpdateSet(said))
      .execute()
    await write({
      actor: by,
      action: 'judge',
      object: `event ${id}`,
      ...(before === undefined ? {} : { before: { verdict: before.verdict } }),
      after: { verdict, reason },
    })
    return { event: id, ...said, at: row.at.toISOString(), judged: judged.toISOString() }
  })
