/** Orders that a person gives, and what a person says to those that wait. */
import { Fault } from '#core/errors.ts'
import type { NewOrder, Order } from '#schema/manager-orders.ts'
import { newId } from '../accounts/ids.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { announce, type Published } from '../state/publish.ts'
import { blastOf } from './blast.ts'
import { examine, permitOrder } from './examine.ts'
import { ask, order, publishRow } from './issue.ts'
import { mostInForce, orderSeconds, questionMs, secondsWithin } from './limits.ts'
import type { Person } from './person.ts'
import {
  auditView,
  covers,
  isInForce,
  isWaiting,
  type OrderRow,
  type NewOrderRow,
  ordersAbout,
  orderView,
  placeOf,
  scopeText,
  unsaid,
} from './rows.ts'

const blastDays = 14

const refuseOverfull = async (tx: Tx, now: number): Promise<void> => {
  const one = await tx
    .selectFrom('orders')
    .select('id')
    .where('state', '=', 'ordered')
    .where('expires', '>', new Date(now))
    .offset(mostInForce - 1)
    .limit(1)
    .executeTakeFirst()
  if (one !== undefined)
    throw new Fault('conflict', `${mostInForce} orders are in force; there is no room for more.`, {
      advice: 'Release some first.',
    })
}

const tell = (manager: Manager, id: string, published: readonly Published[] = []): void => {
  announce(manager.bus, ...published)
  manager.bus.publish('changed', { kind: 'orders', id })
}

/**
 * Contains at once, or asks another person where one has to agree.
 * @throws Fault `refused` for safety assets and for assets that were not said to be known, `conflict` when it is contained as long already
 */
export const contain = async (manager: Manager, person: Person, wanted: NewOrder): Promise<Order> => {
  const seconds = secondsWithin(wanted.for, orderSeconds)
  const examined = await examine(manager, wanted)
  permitOrder(examined, wanted.known)
  const { ip, scope, approval, known } = examined
  const blast =
    approval === undefined ? undefined : await blastOf(manager, { ip, days: blastDays, sites: sitesFrom(examined) })
  const now = manager.now()
  const values: NewOrderRow = {
    ...unsaid,
    id: newId(now),
    ip,
    ...placeOf(scope),
    state: approval === undefined ? 'ordered' : 'waiting',
    automatic: false,
    known: known.map(({ site, asset }) => `${site} ${asset}`),
    said_known: wanted.known,
    seconds,
    reason: wanted.reason,
    why: approval ?? null,
    by: person.actor,
    author: person.account,
    created: new Date(now),
    expires: new Date(now + (approval === undefined ? seconds * 1000 : questionMs)),
    blast: blast === undefined ? null : JSON.stringify(blast),
  }
  const { row, published } = await manager.trail.change(async (tx, write) => {
    const holds = (await ordersAbout(tx, ip, now)).find(
      (one) => isInForce(one, now) && covers(one, placeOf(scope)) && one.expires.getTime() >= now + seconds * 1000,
    )
    if (holds !== undefined)
      throw new Fault('conflict', `${ip} is contained by order ${holds.id} for longer than that.`, {
        advice: `Release it first: bulkhead orders release ${holds.id}.`,
      })
    await refuseOverfull(tx, now)
    return approval === undefined
      ? order(manager, tx, write, values, now)
      : { row: await ask(tx, write, values, now), published: undefined }
  })
  tell(manager, row.id, published === undefined ? [] : [published])
  return orderView(row, now)
}

/** What is known of the reached sites: their policies, or their names alone. */
export const sitesFrom = ({ reached, policies }: Pick<Awaited<ReturnType<typeof examine>>, 'reached' | 'policies'>) =>
  reached.map((name) => policies.find(({ site }) => site === name) ?? name)

const waiting = async (tx: Tx, id: string, now: number): Promise<OrderRow> => {
  const row = await tx.selectFrom('orders').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no order ${id}.`)
  if (!isWaiting(row, now))
    throw new Fault('conflict', `Order ${id} does not wait for anybody: it is ${orderView(row, now).state}.`)
  return row
}

/**
 * Says yes to an order of somebody else.
 * @throws Fault `forbidden` for the own one, `conflict` for one that does not wait, `refused` as for any order
 */
export const approve = async (
  manager: Manager,
  person: Person,
  id: string,
  { reason, known }: { readonly reason: string; readonly known: boolean },
): Promise<Order> => {
  const asked = await manager.db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst()
  if (asked === undefined) throw new Fault('not-found', `There is no order ${id}.`)
  if (asked.author === person.account)
    throw new Fault('forbidden', 'Who asks for an order does not approve it.', { advice: 'Ask somebody else.' })
  // What was true when it was asked for may not be any more.
  const examined = await examine(manager, {
    ip: asked.ip,
    level: asked.level,
    site: asked.site ?? undefined,
    edge: asked.edge ?? undefined,
  })
  permitOrder(examined, known)
  const now = manager.now()
  const { row, published } = await manager.trail.change(async (tx, write) => {
    const before = await waiting(tx, id, now)
    await refuseOverfull(tx, now)
    const after = await tx
      .updateTable('orders')
      .set({
        state: 'ordered',
        expires: new Date(now + before.seconds * 1000),
        known: examined.known.map(({ site, asset }) => `${site} ${asset}`),
        said_known: known,
        decided: new Date(now),
        decided_by: person.actor,
        decision: reason,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const sent = await publishRow(manager, tx, after, now)
    const views = { before: auditView(before, now), after: auditView(after, now) }
    await write({
      actor: person.actor,
      action: 'order.approve',
      object: `order ${id} for ${scopeText(examined.scope)}`,
      ...views,
    })
    return { row: { ...after, revision: sent.revision, newest: sent.revision }, published: sent }
  })
  tell(manager, id, [published])
  return orderView(row, now)
}

/** Says no; the same evidence does not ask again for a while. */
export const refuse = async (manager: Manager, person: Person, id: string, reason: string): Promise<Order> => {
  const now = manager.now()
  const row = await manager.trail.change(async (tx, write) => {
    const before = await waiting(tx, id, now)
    const after = await tx
      .updateTable('orders')
      .set({ state: 'refused', decided: new Date(now), decided_by: person.actor, decision: reason })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const views = { before: auditView(before, now), after: auditView(after, now) }
    await write({ actor: person.actor, action: 'order.refuse', object: `order ${id}`, ...views })
    return after
  })
  tell(manager, id)
  return orderView(row, now)
}
