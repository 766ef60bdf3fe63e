/** Addresses that nobody may be told are bad: the allow-list of this manager. */
import { Fault } from '#core/errors.ts'
import { newId } from '../accounts/ids.ts'
import type { Manager } from '../context.ts'
import { isDuplicate } from '../database/pool.ts'
import { cidrText } from './networks.ts'

const most = 10_000

export const listAllowed = async ({ db }: Manager) => {
  const rows = await db.selectFrom('exchange_allowed').selectAll().orderBy('network').execute()
  return rows.map((row) => ({ ...row, created: row.created.toISOString() }))
}

export const addAllowed = async (
  manager: Manager,
  actor: string,
  { network: given, reason }: { readonly network: string; readonly reason: string },
) => {
  const network = cidrText(given)
  if (network === undefined) throw new Fault('usage', `${given} is neither an address nor a network.`)
  const row = { id: newId(manager.now()), network, reason, by: actor, created: new Date(manager.now()) }
  try {
    await manager.trail.change(async (tx, write) => {
      const { count } = await tx
        .selectFrom('exchange_allowed')
        .select((all) => all.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      if (count >= most) throw new Fault('conflict', `The allow-list has at most ${most} entries.`)
      await tx.insertInto('exchange_allowed').values(row).execute()
      const after = { id: row.id, network, reason }
      await write({ actor, action: 'exchange.allow.add', object: `allowed ${network}`, after })
    })
  } catch (error) {
    if (isDuplicate(error)) throw new Fault('conflict', `${network} is on the allow-list already.`)
    throw error
  }
  return { ...row, created: row.created.toISOString() }
}

export const removeAllowed = (manager: Manager, actor: string, id: string): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    const row = await tx.deleteFrom('exchange_allowed').where('id', '=', id).returning(['network']).executeTakeFirst()
    if (row === undefined) throw new Fault('not-found', 'There is no such entry on the allow-list.')
    await write({ actor, action: 'exchange.allow.remove', object: `allowed ${row.network}`, before: row })
  })
