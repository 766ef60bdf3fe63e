/** Receivers as people write them. Their secrets go into the box at once and never come out of the API. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { type NewReceiver, type Receiver, secretMembers, Target } from '#schema/manager-exchange.ts'
import type { Manager } from '../context.ts'
import { isDuplicate } from '../database/pool.ts'
import { placeOf } from './dial.ts'
import type { Readers } from './readers.ts'
import { seal, unseal } from './seal.ts'
import { shownUrl, splitUrl, wholeUrl } from './shown-url.ts'

const Secrets = z.record(z.string(), z.string())
const mostReceivers = 50
const ownerOf = (name: string): string => `receiver ${name}`

/** @returns the target without its secrets, and those */
const split = (target: Target): { open: { kind: string }; secret: Record<string, string> } => {
  const open: { kind: string } & Record<string, unknown> = { ...target }
  const secret: Record<string, string> = {}
  for (const member of secretMembers) {
    const value = open[member]
    if (typeof value === 'string') secret[member] = value
    delete open[member]
  }
  if ('url' in target) {
    const { url, rest } = splitUrl(target.url)
    open['url'] = url
    if (rest !== undefined) secret['url'] = rest
  }
  return { open, secret }
}

/** The target with its secrets again. @throws Fault `refused` when they cannot be opened */
export const wholeTarget = (
  state: string,
  { name, target, secrets }: { name: string; target: unknown; secrets: string | null },
): { target: Target; secrets: Record<string, string> } => {
  const opened = secrets === null ? {} : Secrets.parse(JSON.parse(unseal(state, ownerOf(name), secrets)))
  const whole = Target.parse(target)
  const rest = opened['url']
  return {
    target: 'url' in whole && rest !== undefined ? { ...whole, url: wholeUrl(whole.url, rest) } : whole,
    secrets: opened,
  }
}

const rowsOf = ({ db }: Manager) =>
  db
    .selectFrom('exchange_receivers')
    .innerJoin('exchange_cursors', 'receiver', 'name')
    .select(['name', 'target', 'secrets', 'filter', 'enabled', 'lag', 'created'])
    .select(['position', 'delivered', 'skipped', 'dead', 'untold', 'trouble', 'tried', 'owner', 'owned_until'])
    .orderBy('name')
type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]
export type ReceiverRow = Row

export const receiverRows = (manager: Manager): Promise<Row[]> => rowsOf(manager).execute()

/** Of a row of an earlier version, which has the whole URL in it. */
const shown = (target: Receiver['target']): Receiver['target'] =>
  'url' in target && typeof target['url'] === 'string' ? { ...target, url: shownUrl(target['url']) } : target

const view = (state: string, row: Row): Receiver => {
  let secrets: string[] = []
  try {
    secrets = Object.keys(wholeTarget(state, row).secrets)
  } catch {
    secrets = ['(cannot be opened)']
  }
  return {
    name: row.name,
    target: shown(row.target),
    secrets,
    filter: row.filter,
    enabled: row.enabled,
    lag: row.lag,
    created: row.created.toISOString(),
    position: row.position,
    delivered: row.delivered,
    skipped: row.skipped,
    dead: row.dead,
    trouble: row.trouble,
    tried: row.tried?.toISOString() ?? null,
  }
}

export const listReceivers = async (manager: Manager): Promise<Receiver[]> =>
  (await receiverRows(manager)).map((row) => view(manager.state, row))

/** @throws Fault `not-found` */
export const receiverNamed = async (manager: Manager, name: string): Promise<Row> => {
  const row = await rowsOf(manager).where('name', '=', name).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no receiver ${name}.`)
  return row
}
const receiverView = async (manager: Manager, name: string): Promise<Receiver> =>
  view(manager.state, await receiverNamed(manager, name))

/** Refuses what would be refused at the first delivery; a name that does not resolve now, may later. */
const checkPlace = async (target: Target, ownPorts: readonly number[]): Promise<void> => {
  const url = 'url' in target ? new URL(target.url) : undefined
  const host = url?.hostname ?? ('host' in target ? target.host : '')
  const port = url === undefined ? ('port' in target ? target.port : 0) : url.port === '' ? 443 : Number(url.port)
  await placeOf(host, port, ownPorts).catch((error: unknown) => {
    if (error instanceof Fault) throw error
  })
}

/** Begins with the events that come from now on. */
export const addReceiver = async (
  manager: Manager,
  actor: string,
  wanted: NewReceiver,
  { readers, ownPorts }: { readers: Readers; ownPorts: readonly number[] },
): Promise<Receiver> => {
  const { name, target, filter, enabled, lag } = wanted
  await checkPlace(target, ownPorts)
  const { open, secret } = split(target)
  const hasSecrets = Object.keys(secret).length > 0
  const position = await readers.newestEvent(manager)
  try {
    await manager.trail.change(async (tx, write) => {
      const { count } = await tx
        .selectFrom('exchange_receivers')
        .select((row) => row.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      if (count >= mostReceivers) throw new Fault('conflict', `There are at most ${mostReceivers} receivers.`)
      await tx
        .insertInto('exchange_receivers')
        .values({
          name,
          target: JSON.stringify(open),
          secrets: hasSecrets ? seal(manager.state, ownerOf(name), JSON.stringify(secret)) : null,
          filter: JSON.stringify(filter),
          enabled,
          lag,
          created: new Date(manager.now()),
        })
        .execute()
      await tx.insertInto('exchange_cursors').values({ receiver: name, position }).execute()
      const after = JSON.parse(
        JSON.stringify({ name, target: open, secrets: Object.keys(secret), filter, enabled, lag }),
      )
      await write({ actor, action: 'exchange.receiver.create', object: `receiver ${name}`, after })
    })
  } catch (error) {
    if (isDuplicate(error)) throw new Fault('conflict', `There is a receiver ${name} already.`)
    throw error
  }
  return receiverView(manager, name)
}

export const removeReceiver = (manager: Manager, actor: string, name: string): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    const row = await tx
      .deleteFrom('exchange_receivers')
      .where('name', '=', name)
      .returning(['name'])
      .executeTakeFirst()
    if (row === undefined) throw new Fault('not-found', `There is no receiver ${name}.`)
    await write({ actor, action: 'exchange.receiver.remove', object: `receiver ${name}`, before: row })
  })

export const switchReceiver = async (
  manager: Manager,
  actor: string,
  name: string,
  enabled: boolean,
): Promise<Receiver> => {
  await manager.trail.change(async (tx, write) => {
    const row = await tx
      .updateTable('exchange_receivers')
      .set({ enabled })
      .where('name', '=', name)
      .returning(['name', 'enabled'])
      .executeTakeFirst()
    if (row === undefined) throw new Fault('not-found', `There is no receiver ${name}.`)
    await write({ actor, action: 'exchange.receiver.switch', object: `receiver ${name}`, after: row })
  })
  return receiverView(manager, name)
}
