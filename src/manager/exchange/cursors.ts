/** Where a receiver goes on, and which manager delivers to it. Kept by itself: this is work, not a change that somebody made. */
import { sql } from 'kysely'
import type { Manager } from '../context.ts'

/** Longer than any one delivery takes; a manager that dies hands over after it. */
const leaseMs = 120_000

export interface Cursor {
  readonly position: number
  /** Left out or refused since the last note about it. */
  readonly untold: number
}

const until = (manager: Manager): Date => new Date(manager.now() + leaseMs)

/** Takes or keeps the right to deliver. Nothing while another manager has it. */
export const takeCursor = (manager: Manager, receiver: string): Promise<Cursor | undefined> =>
  manager.db
    .updateTable('exchange_cursors')
    .set({ owner: manager.id, owned_until: until(manager) })
    .where('receiver', '=', receiver)
    .where((row) =>
      row.or([
        row('owner', 'is', null),
        row('owner', '=', manager.id),
        row('owned_until', '<', new Date(manager.now())),
      ]),
    )
    .returning(['position', 'untold'])
    .executeTakeFirst()

export interface Step {
  readonly position: number
  readonly delivered?: number
  readonly skipped?: number
  readonly dead?: number
  /** A note about what is missing went out. */
  readonly told?: boolean
}

/** @returns whether the right to deliver was still there; else another manager goes on from where it found the cursor */
export const moveCursor = async (manager: Manager, receiver: string, step: Step): Promise<boolean> => {
  const { position, delivered = 0, skipped = 0, dead = 0, told = false } = step
  const missing = skipped + dead
  const { numUpdatedRows } = await manager.db
    .updateTable('exchange_cursors')
    .set({
      position,
      delivered: sql<number>`delivered + ${delivered}`,
      skipped: sql<number>`skipped + ${skipped}`,
      dead: sql<number>`dead + ${dead}`,
      untold: told ? missing : sql<number>`untold + ${missing}`,
      owned_until: until(manager),
      ...(delivered > 0 && { trouble: null, tried: new Date(manager.now()) }),
    })
    .where('receiver', '=', receiver)
    .where('owner', '=', manager.id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export const noteTrouble = async (manager: Manager, receiver: string, trouble: string | null): Promise<void> => {
  await manager.db
    .updateTable('exchange_cursors')
    .set({ trouble: trouble?.slice(0, 300) ?? null, tried: new Date(manager.now()) })
    .where('receiver', '=', receiver)
    .execute()
}

export const dropCursors = async (manager: Manager): Promise<void> => {
  await manager.db
    .updateTable('exchange_cursors')
    .set({ owner: null, owned_until: null })
    .where('owner', '=', manager.id)
    .execute()
}
