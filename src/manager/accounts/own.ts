/** What people do to their own account: password and second factor. */
import { Fault } from '#core/errors.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { beginAttempt, endAttempt } from './attempts.ts'
import { checkPassword, hashPassword } from './password.ts'
import { acceptedStep, newSecret, otpauth } from './totp.ts'
import { getUser, type UserRow, userView } from './users.ts'

const now = (manager: Manager): Date => new Date(manager.now())

/** Somebody at an open screen is not yet the person: the password proves it. */
export const prove = async (manager: Manager, id: string, password: string, address: string): Promise<UserRow> => {
  const user = await getUser(manager, id)
  await beginAttempt(manager.db, user.name, address, manager.now())
  if (!(await checkPassword(password, user.password)))
    throw new Fault('forbidden', 'The current password is wrong.', { advice: 'Type it again.' })
  await endAttempt(manager.db, user.name, address)
  return user
}

/** What was proven may not hold any more: an administrator may have set another password, or shut the account. */
export const requireProven = async (tx: Tx, { id, password }: UserRow): Promise<void> => {
  const row = await tx
    .selectFrom('users')
    .select(['password', 'disabled'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined || row.disabled || row.password !== password)
    throw new Fault('conflict', 'The account was changed meanwhile.')
}

/** @param session the one that stays; all others of the account end */
export const changePassword = async (
  manager: Manager,
  user: UserRow,
  password: string,
  session: string,
): Promise<void> => {
  const hash = await hashPassword(password)
  await manager.trail.change(async (tx, write) => {
    await requireProven(tx, user)
    await tx
      .updateTable('users')
      .set({ password: hash, changed: now(manager) })
      .where('id', '=', user.id)
      .execute()
    await tx.deleteFrom('sessions').where('user_id', '=', user.id).where('id', '!=', session).execute()
    await write({ actor: user.name, action: 'user.password', object: `user ${user.name}` })
  })
}

export const startTotp = async (manager: Manager, user: UserRow): Promise<{ secret: string; uri: string }> => {
  const secret = newSecret()
  await manager.trail.change(async (tx, write) => {
    await requireProven(tx, user)
    await tx.updateTable('users').set({ totp_pending: secret }).where('id', '=', user.id).execute()
    await write({ actor: user.name, action: 'totp.start', object: `user ${user.name}` })
  })
  return { secret, uri: otpauth(user.name, secret) }
}

export const confirmTotp = (manager: Manager, id: string, code: string): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    const user = await tx.selectFrom('users').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow()
    if (user.totp_pending === null) throw new Fault('conflict', 'No second factor was begun.')
    const step = acceptedStep(user.totp_pending, code, manager.now(), 0)
    if (step === undefined)
      throw new Fault('forbidden', 'The code is wrong.', { advice: 'Check the clock of the device.' })
    const row = await tx
      .updateTable('users')
      .set({ totp_secret: user.totp_pending, totp_pending: null, totp_step: step, changed: now(manager) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await write({
      actor: user.name,
      action: 'totp.enable',
      object: `user ${user.name}`,
      before: userView(user),
      after: userView(row),
    })
  })

export const stopTotp = (manager: Manager, user: UserRow): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    await requireProven(tx, user)
    const row = await tx
      .updateTable('users')
      .set({ totp_secret: null, totp_pending: null, changed: now(manager) })
      .where('id', '=', user.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await write({
      actor: user.name,
      action: 'totp.disable',
      object: `user ${user.name}`,
      before: userView(user),
      after: userView(row),
    })
  })
