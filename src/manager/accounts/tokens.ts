/** API tokens: for programs, with scopes and an end. */
import { Fault } from '#core/errors.ts'
import { type Scope, scopeNames, type Token } from '#schema/manager-api.ts'
import type { Manager } from '../context.ts'
import { newId } from './ids.ts'
import { requireProven } from './own.ts'
import { hashSecret, newSecret, tokenPrefix } from './secret.ts'
import type { UserRow } from './users.ts'

const dayMs = 86_400_000
const touchMs = 60_000
const mostTokens = 50

const isScope = (text: string): text is Scope => scopeNames.some((name) => name === text)

const rowsOf = ({ db }: Manager) =>
  db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .selectAll('tokens')
    .select('users.name as user')

type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]
const tokenView = (row: Row): Token => ({
  id: row.id,
  user: row.user,
  name: row.name,
  scopes: row.scopes.filter(isScope),
  created: row.created.toISOString(),
  expires: row.expires.toISOString(),
  used: row.used?.toISOString() ?? null,
})

/** @param userId of one account; all of them without it */
export const listTokens = async (manager: Manager, userId?: string): Promise<Token[]> => {
  const rows = rowsOf(manager).orderBy('tokens.id')
  return (await (userId === undefined ? rows : rows.where('user_id', '=', userId)).execute()).map(tokenView)
}

/** @param user who has proven to be there */
export const createToken = async (
  manager: Manager,
  user: UserRow,
  wanted: { readonly name: string; readonly scopes: readonly Scope[]; readonly days: number },
): Promise<{ token: Token; secret: string }> => {
  const secret = `${tokenPrefix}${newSecret()}`
  const now = manager.now()
  const id = newId(now)
  const token = await manager.trail.change(async (tx, write) => {
    await requireProven(tx, user)
    const rows = await tx.selectFrom('tokens').select(['id', 'expires']).where('user_id', '=', user.id).execute()
    const ended = rows.filter(({ expires }) => expires.getTime() <= now).map((row) => row.id)
    if (rows.length - ended.length >= mostTokens)
      throw new Fault('conflict', `An account has at most ${mostTokens} tokens that have not ended.`, {
        advice: 'Look for one that nothing uses with `bulkhead manager tokens list`, and revoke it.',
      })
    // Those that ended are seen in the list until their room is wanted; when each ended was on record when it was made.
    if (rows.length >= mostTokens) await tx.deleteFrom('tokens').where('id', 'in', ended).execute()
    const row = await tx
      .insertInto('tokens')
      .values({
        id,
        user_id: user.id,
        name: wanted.name,
        hash: hashSecret(secret),
        scopes: [...new Set(wanted.scopes)],
        created: new Date(now),
        expires: new Date(now + wanted.days * dayMs),
        used: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const view = tokenView({ ...row, user: user.name })
    await write({ actor: user.name, action: 'token.create', object: `token ${id}`, after: view })
    return view
  })
  return { token, secret }
}

/** @param owner only a token of this account, when given */
export const revokeToken = (manager: Manager, actor: string, id: string, owner?: string): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    const row = await tx
      .selectFrom('tokens')
      .innerJoin('users', 'users.id', 'tokens.user_id')
      .selectAll('tokens')
      .select('users.name as user')
      .where('tokens.id', '=', id)
      .executeTakeFirst()
    if (row === undefined || (owner !== undefined && row.user_id !== owner))
      throw new Fault('not-found', 'There is no such token.')
    await tx.deleteFrom('tokens').where('id', '=', id).execute()
    // When it was used last is no part of what was agreed to, and changes by itself.
    await write({ actor, action: 'token.revoke', object: `token ${id}`, before: { ...tokenView(row), used: null } })
  })

export interface FoundToken {
  readonly id: string
  readonly scopes: readonly Scope[]
  readonly user: UserRow
}

export const findToken = async ({ db, now }: Manager, secret: string): Promise<FoundToken | undefined> => {
  const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hashSecret(secret)).executeTakeFirst()
  const at = now()
  if (row === undefined || row.expires.getTime() <= at) return undefined
  const user = await db.selectFrom('users').selectAll().where('id', '=', row.user_id).executeTakeFirst()
  if (user === undefined || user.disabled) return undefined
  if (row.used === null || at - row.used.getTime() > touchMs)
    await db
      .updateTable('tokens')
      .set({ used: new Date(at) })
      .where('id', '=', row.id)
      .execute()
  return { id: row.id, scopes: row.scopes.filter(isScope), user }
}
