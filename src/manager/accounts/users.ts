/** Accounts: made, changed and removed together with the row of the audit that says so. */
import type { Selectable } from 'kysely'
import { Fault } from '#core/errors.ts'
import type { Role, User } from '#schema/manager-api.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { isDuplicate } from '../database/pool.ts'
import type { UsersTable } from '../database/tables.ts'
import { newId } from './ids.ts'
import { hashPassword } from './password.ts'

export type UserRow = Selectable<UsersTable>

/** What people may see of an account. */
export const userView = (row: UserRow): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  disabled: row.disabled,
  totp: row.totp_secret !== null,
  created: row.created.toISOString(),
  changed: row.changed.toISOString(),
})

export const listUsers = async ({ db }: Manager): Promise<User[]> =>
  (await db.selectFrom('users').selectAll().orderBy('name').execute()).map(userView)

export const getUser = async ({ db }: Manager, id: string): Promise<UserRow> => {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', 'There is no such account.')
  return row
}

const lockUser = async (tx: Tx, id: string): Promise<UserRow> => {
  // All of them in one order: the rule of the last administrator looks at others, too.
  const rows = await tx.selectFrom('users').selectAll().orderBy('id').forUpdate().execute()
  const row = rows.find((candidate) => candidate.id === id)
  if (row === undefined) throw new Fault('not-found', 'There is no such account.')
  return row
}

const keepAdministrator = async (tx: Tx): Promise<void> => {
  const left = await tx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled', '=', false)
    .executeTakeFirst()
  if (left === undefined)
    throw new Fault('conflict', 'This is the last administrator.', { advice: 'Make another one first.' })
}

export interface NewAccount {
  readonly name: string
  readonly role: Role
  readonly password: string
}

/** Inserts an account within a transaction. */
const insertUser = async (
  tx: Tx,
  write: Write,
  actor: string,
  account: Omit<NewAccount, 'password'> & { readonly hash: string; readonly action?: string },
  now: number,
): Promise<User> => {
  const at = new Date(now)
  try {
    const row = await tx
      .insertInto('users')
      .values({
        id: newId(now),
        name: account.name,
        role: account.role,
        password: account.hash,
        totp_secret: null,
        totp_pending: null,
        created: at,
        changed: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const view = userView(row)
    await write({ actor, action: account.action ?? 'user.create', object: `user ${view.name}`, after: view })
    return view
  } catch (error) {
    throw isDuplicate(error) ? new Fault('conflict', `There is an account ${account.name} already.`) : error
  }
}

export const createUser = async (manager: Manager, actor: string, account: NewAccount): Promise<User> => {
  const hash = await hashPassword(account.password)
  return manager.trail.change((tx, write) => insertUser(tx, write, actor, { ...account, hash }, manager.now()))
}

export interface AccountChange {
  readonly role?: Role | undefined
  readonly disabled?: boolean | undefined
  readonly password?: string | undefined
  readonly totp?: false | undefined
}

/** Changes an account. A new password, a lost second factor and a disabled account end its sessions. */
export const changeUser = async (manager: Manager, actor: string, id: string, wanted: AccountChange): Promise<User> => {
  const hash = wanted.password === undefined ? undefined : await hashPassword(wanted.password)
  return manager.trail.change(async (tx, write) => {
    const before = await lockUser(tx, id)
    const row = await tx
      .updateTable('users')
      .set({
        changed: new Date(manager.now()),
        ...(wanted.role === undefined ? {} : { role: wanted.role }),
        ...(wanted.disabled === undefined ? {} : { disabled: wanted.disabled }),
        ...(hash === undefined ? {} : { password: hash }),
        ...(wanted.totp === undefined ? {} : { totp_secret: null, totp_pending: null }),
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await keepAdministrator(tx)
    if (hash !== undefined || wanted.disabled === true || wanted.totp === false)
      await tx.deleteFrom('sessions').where('user_id', '=', id).execute()
    const what = hash === undefined ? 'user.change' : 'user.password'
    await write({ actor, action: what, object: `user ${row.name}`, before: userView(before), after: userView(row) })
    return userView(row)
  })
}

export const removeUser = (manager: Manager, actor: string, id: string): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    const before = await lockUser(tx, id)
    await tx.deleteFrom('users').where('id', '=', id).execute()
    await keepAdministrator(tx)
    await write({ actor, action: 'user.remove', object: `user ${before.name}`, before: userView(before) })
  })

export const hasAdministrator = async ({ db }: Pick<Manager, 'db'>): Promise<boolean> =>
  (await db.selectFrom('users').select('id').where('role', '=', 'admin').executeTakeFirst()) !== undefined

/**
 * Makes the first administrator.
 * @throws Fault `conflict` when there is one already, `forbidden` when the code is wrong or has run out
 */
export const setUp = async (manager: Manager, code: string, account: Omit<NewAccount, 'role'>): Promise<User> => {
  const right = manager.setup?.matches(code, manager.now()) === true
  if (manager.setup === undefined) throw new Fault('conflict', 'The manager is set up already.')
  if (!right)
    throw new Fault('forbidden', 'The set-up code is wrong or has run out.', {
      advice: 'Use the code that `bulkhead manager run` printed; a restart prints a new one.',
    })
  const hash = await hashPassword(account.password)
  const user = await manager.trail.change(async (tx, write) => {
    // Two at once: the second one waits here and then finds the first one's account.
    await tx.selectFrom('audit_head').select('sequence').forUpdate().execute()
    if (await hasAdministrator({ db: tx })) throw new Fault('conflict', 'The manager is set up already.')
    const first = { name: account.name, role: 'admin', hash, action: 'setup' } as const
    return insertUser(tx, write, 'set-up code', first, manager.now())
  })
  manager.setup = undefined
  return user
}
