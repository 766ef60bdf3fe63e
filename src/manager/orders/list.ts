import { Fault } from '#core/errors.ts'
import type { Order, OrderDetail, OrdersQuery, Preview, PreviewRequest } from '#schema/manager-orders.ts'
import type * as z from 'zod'
import type { Manager } from '../context.ts'
import { askedIp } from './addresses.ts'
import { blastOf } from './blast.ts'
import { sitesFrom } from './contain.ts'
import { examine } from './examine.ts'
import { isInForce, ordersAbout, orderView, overlaps, placeOf } from './rows.ts'
import { edgesOf } from './times.ts'

const blastDays = 14

export const listOrders = async (
  { db, now }: Manager,
  { state, ip, site, before, limit }: z.infer<typeof OrdersQuery>,
): Promise<Order[]> => {
  const at = now()
  const wanted = state === 'in-force' ? ('ordered' as const) : ('waiting' as const)
  const rows = await db
    .selectFrom('orders')
    .selectAll()
    .$if(state !== 'all', (query) => query.where('state', '=', wanted).where('expires', '>', new Date(at)))
    .$if(ip !== undefined, (query) => query.where('ip', '=', askedIp(ip ?? '')))
    .$if(site !== undefined, (query) => query.where('site', '=', site ?? ''))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => orderView(row, at))
}

export const showOrder = async (manager: Manager, id: string): Promise<z.infer<typeof OrderDetail>> => {
  const row = await manager.db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no order ${id}.`)
  const now = manager.now()
  const view = orderView(row, now)
  const blast =
    row.blast ??
    (view.state === 'waiting'
      ? await blastOf(manager, {
          ip: row.ip,
          days: blastDays,
          sites: sitesFrom(
            await examine(manager, {
              ip: row.ip,
              level: row.level,
              site: row.site ?? undefined,
              edge: row.edge ?? undefined,
            }),
          ),
        })
      : undefined)
  return { order: view, ...(blast === undefined ? {} : { blast }), edges: await edgesOf(manager, id) }
}

/** What an order would stop, and who would have to agree. Changes nothing. */
export const preview = async (
  manager: Manager,
  { days, ...asked }: z.infer<typeof PreviewRequest>,
): Promise<Preview> => {
  const examined = await examine(manager, asked)
  const { ip, scope, reached, policies, known, refused, approval } = examined
  const now = manager.now()
  const place = placeOf(scope)
  const about = await ordersAbout(manager.db, ip, now)
  return {
    ip,
    scope,
    sites: [...reached],
    unknown: reached.filter((name) => !policies.some(({ site }) => site === name)),
    private: examined.isPrivate,
    known: [...known],
    ...(refused === undefined ? {} : { refused }),
    ...(approval === undefined ? {} : { approval }),
    inForce: about.filter((row) => isInForce(row, now) && overlaps(row, place)).map((row) => orderView(row, now)),
    blast: await blastOf(manager, { ip, days, sites: sitesFrom(examined) }),
  }
}
