/** Ending what is in force, by a person. */
import { Fault } from '#core/errors.ts'
import type { Order } from '#schema/manager-orders.ts'
import type { Manager } from '../context.ts'
import { announce } from '../state/publish.ts'
import { askedIp } from './addresses.ts'
import { end } from './issue.ts'
import type { Person } from './person.ts'
import { isInForce, type OrderRow, ordersAbout, orderView } from './rows.ts'

const releaseWhere = async (
  manager: Manager,
  person: Person,
  { ip, which, reason, none }: { ip: string; which: (row: OrderRow) => boolean; reason: string; none: string },
): Promise<Order[]> => {
  const now = manager.now()
  const { rows, published } = await manager.trail.change(async (tx, write) => {
    // The stream's head before the rows: whoever publishes takes them in this order, too.
    await tx.selectFrom('state_heads').select('revision').where('stream', '=', 'orders').forUpdate().execute()
    const found = (await ordersAbout(tx, ip, now)).filter((row) => isInForce(row, now) && which(row))
    if (found.length === 0) throw new Fault('not-found', none, { advice: 'See what is with `bulkhead orders list`.' })
    const sent = await end(manager, tx, write, found, { actor: person.actor, reason }, now)
    const ids = found.map(({ id }) => id)
    return { rows: await tx.selectFrom('orders').selectAll().where('id', 'in', ids).execute(), published: sent }
  })
  announce(manager.bus, ...published)
  for (const { id } of rows) manager.bus.publish('changed', { kind: 'orders', id })
  return rows.map((row) => orderView(row, now))
}

/** @throws Fault `not-found` when nothing of that id is in force */
export const releaseOrder = async (manager: Manager, person: Person, id: string, reason: string): Promise<Order> => {
  const row = await manager.db.selectFrom('orders').select('ip').where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no order ${id}.`)
  const none = `Order ${id} is not in force.`
  const [released] = await releaseWhere(manager, person, { ip: row.ip, which: (one) => one.id === id, reason, none })
  return released!
}

/** Every order about an address: of one site, those that reach no other. */
export const releaseAddress = (
  manager: Manager,
  person: Person,
  { ip: text, site, reason }: { readonly ip: string; readonly site?: string | undefined; readonly reason: string },
): Promise<Order[]> => {
  const ip = askedIp(text)
  const which = (row: OrderRow): boolean => site === undefined || row.site === site
  return releaseWhere(manager, person, {
    ip,
    which,
    reason,
    none: `No order in force contains ${ip}${site === undefined ? '' : ` at ${site}`}.`,
  })
}
