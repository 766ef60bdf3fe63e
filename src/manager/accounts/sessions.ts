/** Log-in and sessions: 256 random bits in a cookie, their hash in the database, with an idle and an absolute end. */
import { Fault } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import { beginAttempt, endAttempt, suspendAttempt } from './attempts.ts'
import { newId } from './ids.ts'
import { checkPassword } from './password.ts'
import { hashSecret, newSecret } from './secret.ts'
import { acceptedStep } from './totp.ts'
import type { UserRow } from './users.ts'

export const idleMs = 30 * 60_000
const absoluteMs = 12 * 3_600_000
/** Use is written down this often at most. */
const touchMs = 60_000
/** The oldest session of an account ends when there are more. */
const mostSessions = 20

const wrong = (): Fault =>
  new Fault('unauthenticated', 'The name, the password or the code is wrong.', { advice: 'Type them again.' })

export interface LoggedIn {
  readonly secret: string
  readonly user: UserRow
}

/**
 * Checks name, password and second factor, and begins a session.
 * @throws Fault `unauthenticated`, `too-many-requests`
 */
export const logIn = async (
  manager: Manager,
  { name, password, totp }: { readonly name: string; readonly password: string; readonly totp?: string | undefined },
  address: string,
): Promise<LoggedIn> => {
  const { db, trail } = manager
  const now = manager.now()
  await beginAttempt(db, name, address, now)
  const user = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()
  const right = await checkPassword(password, user?.password)
  if (!right || user === undefined || user.disabled) throw wrong()
  if (user.totp_secret !== null && totp === undefined) {
    await suspendAttempt(db, name, address)
    throw new Fault('unauthenticated', 'This account has a second factor.', { advice: 'Send its code as `totp`, too.' })
  }
  const secret = newSecret()
  await trail.change(async (tx, write) => {
    const row = await tx.selectFrom('users').selectAll().where('id', '=', user.id).forUpdate().executeTakeFirst()
    // What was checked above may have changed since.
    if (row === undefined || row.disabled || row.password !== user.password || row.totp_secret !== user.totp_secret)
      throw wrong()
    if (row.totp_secret !== null) {
      const step = acceptedStep(row.totp_secret, totp ?? '', now, row.totp_step)
      if (step === undefined) throw wrong()
      await tx.updateTable('users').set({ totp_step: step }).where('id', '=', row.id).execute()
    }
    const at = new Date(now)
    const id = newId(now)
    const values = { id, user_id: row.id, hash: hashSecret(secret), address, created: at, used: at }
    await tx.insertInto('sessions').values(values).execute()
    const old = await tx
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', row.id)
      .orderBy('created', 'desc')
      .orderBy('id', 'desc')
      .offset(mostSessions)
      .execute()
    await tx
      .deleteFrom('sessions')
      .where('created', '<', new Date(now - absoluteMs))
      .execute()
    if (old.length > 0)
      await tx
        .deleteFrom('sessions')
        .where(
          'id',
          'in',
          old.map((session) => session.id),
        )
        .execute()
    await write({ actor: row.name, action: 'session.begin', object: `session ${id}`, after: { address } })
  })
  await endAttempt(db, name, address)
  return { secret, user }
}

export interface FoundSession {
  readonly id: string
  readonly user: UserRow
}

/** The session and account of a secret, unless either has ended. */
export const findSession = async ({ db, now }: Manager, secret: string): Promise<FoundSession | undefined> => {
  const session = await db.selectFrom('sessions').selectAll().where('hash', '=', hashSecret(secret)).executeTakeFirst()
  if (session === undefined) return undefined
  const at = now()
  if (at - session.used.getTime() > idleMs || at - session.created.getTime() > absoluteMs) return undefined
  const user = await db.selectFrom('users').selectAll().where('id', '=', session.user_id).executeTakeFirst()
  if (user === undefined || user.disabled) return undefined
  if (at - session.used.getTime() > touchMs)
    await db
      .updateTable('sessions')
      .set({ used: new Date(at) })
      .where('id', '=', session.id)
      .execute()
  return { id: session.id, user }
}

export const endSession = (manager: Manager, user: UserRow, id: string): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    const gone = await tx
      .deleteFrom('sessions')
      .where('id', '=', id)
      .where('user_id', '=', user.id)
      .returning('address')
      .executeTakeFirst()
    if (gone === undefined) throw new Fault('not-found', 'There is no such session.')
    await write({ actor: user.name, action: 'session.end', object: `session ${id}`, before: { address: gone.address } })
  })

export const listSessions = ({ db }: Manager, userId: string) =>
  db.selectFrom('sessions').selectAll().where('user_id', '=', userId).orderBy('id').execute()
