/**
 * Two machines with the key of one edge: a state directory that was copied, or a key that was stolen. An edge opens a link when its last one
 * is closed, so nobody is left at the end of a link that was replaced. Whoever still answers its close is another machine.
 */
import type { Manager } from '../context.ts'
import { nameOf, type Session } from './session.ts'

/** A close that was under way for long, from an edge that ended, looks the same once. */
const withinMs = 600_000
/** ms between two rows of the audit about one edge; and between two notes in its own row. */
const auditMs = 3_600_000
const noteMs = 60_000
/** Edges that are kept in mind. */
const mostKept = 10_000

/** @param tell a line of the log */
export const twiceWith = (manager: Manager, tell: (what: string) => void) => {
  const answered = new Map<number, number>()
  const noted = new Map<number, number>()

  const note = async (session: Session, now: number): Promise<void> => {
    const { id } = session.edge
    const isAfter = (before: Date | number | null | undefined, ms: number): boolean =>
      before === null || before === undefined || Math.abs(now - Number(before)) >= ms
    if (!isAfter(noted.get(id), noteMs)) return
    noted.set(id, now)
    tell(`two machines hold the key of ${nameOf(session)}: each ends the link of the other`)
    const row = await manager.db.selectFrom('edges').select('twice').where('id', '=', id).executeTakeFirst()
    const twice = new Date(now)
    // Not of an edge that was enrolled anew since: the key of the other counts no more.
    const enrolled = new Date(session.enrolled)
    if (!isAfter(row?.twice, auditMs)) {
      await manager.db
        .updateTable('edges')
        .set({ twice })
        .where('id', '=', id)
        .where('enrolled', '=', enrolled)
        .execute()
      return
    }
    await manager.trail.change(async (tx, write) => {
      const { numUpdatedRows } = await tx
        .updateTable('edges')
        .set({ twice })
        .where('id', '=', id)
        .where('enrolled', '=', enrolled)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      await write({
        actor: `edge ${nameOf(session)}`,
        action: 'tampering',
        object: `key of edge ${nameOf(session)}`,
        after: { what: 'two machines hold the key: a link that was replaced is still answered' },
      })
    })
  }

  /** The other end of a link that was replaced answered its close. */
  return (session: Session): void => {
    const now = manager.now()
    const { id } = session.edge
    const before = answered.get(id)
    if (answered.size >= mostKept) answered.clear()
    if (noted.size >= mostKept) noted.clear()
    answered.set(id, now)
    if (before === undefined || Math.abs(now - before) > withinMs) return
    note(session, now).catch((error: unknown) => tell(`a key at two machines was not noted: ${String(error)}`))
  }
}
