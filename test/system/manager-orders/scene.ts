/** Two sites with edges and policies at a real manager, people of every role, and a second manager of the same database to react with. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { nextId } from '#core/id.ts'
import type { Manager } from '#manager/context.ts'
import { localBus } from '#manager/bus/local.ts'
import { objectSigner } from '#manager/fleet/signer.ts'
import type { EdgeRef, IngestedEvent } from '#manager/events/reaction.ts'
import { orderReaction } from '#manager/orders/reaction.ts'
import { openState } from '#manager/open.ts'
import { type Order, Orders } from '#schema/manager-orders.ts'
import { Event } from '#schema/event.ts'
import { OrderObject, PermitObject, type Signed } from '#schema/link-objects.ts'
import { MadeToken, roleNames, roles, scopeNames } from '#schema/manager-api.ts'
import { password, type Reply, type Started, startSetUp } from '../manager/start.ts'

export const policyOf = (site: string, more = '', conduits = ''): string => `
version: 1
site: ${site}
edges: {}
zones:
  cell: { level: 1, networks: [198.18.1.0/26, 10.5.0.0/16], mode: contain }
  office: { level: 3, networks: [198.18.2.0/24], mode: contain }
assets:
  plc-${site}: { ips: [198.18.1.10], zone: cell, kind: plc }
  sis-${site}: { ips: [198.18.1.12], zone: cell, kind: sis }
${more}
conduits: [${conduits}]
responses:
  - { zone: cell, event: out-of-scope, stranger: contain 1h fleet, known: contain 1h site, agreed-by: [ops, it] }
  - { zone: cell, event: scan, stranger: contain 10m site, agreed-by: [ops] }
`

export interface Scene extends Omit<Started, 'send'> {
  /** Another manager of the same database, in this process. */
  readonly other: Manager
  /** ms since 1970, of both. */
  clock: number
  readonly edges: Record<'north' | 'south', EdgeRef>
  /** What edges would have got since the last call. */
  sent(): (OrderObject | PermitObject)[]
  as(who: string, method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<Reply>
  event(given: Partial<Event>, edge?: EdgeRef): IngestedEvent
  react(...events: IngestedEvent[]): Promise<void>
  list(query?: string): Promise<Order[]>
  publish(site: string, revision: number, text: string): Promise<void>
}

/** Fills what a revision needs beside its text, whatever that is. */
const publishAt = async (db: Manager['db'], site: string, revision: number, text: string): Promise<void> => {
  await sql`CREATE TABLE IF NOT EXISTS policy_revisions (site text, revision bigint, text text)`.execute(db)
  const { rows } = await sql<{ name: string; type: string }>`SELECT column_name AS name, data_type AS type
    FROM information_schema.columns WHERE table_name = 'policy_revisions' AND is_nullable = 'NO'`.execute(db)
  const filled = rows.map(({ name, type }) => [name, type.startsWith('timestamp') ? new Date().toISOString() : '[]'])
  const row = JSON.stringify({ ...Object.fromEntries(filled), site, revision, text })
  await sql`INSERT INTO policy_revisions
    SELECT * FROM json_populate_record(NULL::policy_revisions, ${row}::json)`.execute(db)
}

const edgeIn = async (db: Manager['db'], site: string): Promise<EdgeRef> => {
  const created = new Date()
  await db.insertInto('sites').values({ name: site, created }).execute()
  const { id } = await db
    .insertInto('edges')
    .values({ site, name: `${site}-1`, created })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { site, edge: `${site}-1`, id }
}

let last: string | undefined
export const nextEvent = (now: number): string => (last = nextId(last, now, randomBytes(10)))

export const scene = async (): Promise<Scene> => {
  const started: { clock: number } = { clock: Date.now() }
  const now = (): number => started.clock
  const one = await startSetUp({ now, limits: { guesses: 1000, perAddress: 10_000, perAccount: 10_000 } })
  const opened = await openState({ state: one.state, join: true, now })
  const signed: Signed[] = []
  const bus = localBus((error) => assert.fail(String(error)))
  bus.subscribe('state', ({ object }) => void signed.push(object))
  const other: Manager = {
    ...opened,
    signer: objectSigner(one.state),
    bus,
    id: 'other',
    domain: 'bulkhead',
    state: one.state,
    now,
    version: '0.0.0',
    started: now(),
    database: 'private',
    setup: undefined,
    ending: new AbortController().signal,
  }
  const { db } = opened
  const edges = { north: await edgeIn(db, 'north'), south: await edgeIn(db, 'south') }
  const admin = await one.logIn('ann')
  // Tokens: a session would end when the clock is moved.
  const tokens = new Map<string, string>()
  for (const role of roleNames) {
    await one.send({ method: 'POST', path: '/v1/users', cookie: admin, body: { name: role, role, password } })
    const allowed: readonly string[] = roles[role]
    const body = { current: password, name: 'test', scopes: scopeNames.filter((scope) => allowed.includes(scope)) }
    const cookie = await one.logIn(role)
    const made = await one.send({ method: 'POST', path: '/v1/me/tokens', cookie, body })
    tokens.set(role, MadeToken.parse(made.body).secret)
  }
  const as: Scene['as'] = (who, method, path, body) =>
    one.send({ method, path, token: tokens.get(who)!, ...(body === undefined ? {} : { body }) })
  let heard = 0
  return Object.assign(started, {
    ...one,
    other,
    edges,
    as,
    // Of the manager that serves the API the stream tells in the database, as edges that ask later would find it.
    sent: () =>
      signed.splice(0).map(({ body }) => {
        const value: unknown = JSON.parse(body)
        return OrderObject.or(PermitObject).parse(value)
      }),
    event: (given: Partial<Event>, edge: EdgeRef = edges.north): IngestedEvent => {
      const time = new Date(now() - 20).toISOString()
      const event = Event.parse({
        id: nextEvent(now()),
        time,
        class: 'P0',
        kind: 'containment',
        site: edge.site,
        edge: edge.edge,
        zone: 'cell',
        reason: 'stranger-contained',
        source: { ip: '198.18.1.40' },
        count: 1,
        first: time,
        last: time,
        by: 'kernel',
        text: 'Contained.',
        ...given,
      })
      return { edge, id: ++heard, received: now(), event }
    },
    react: (...events: IngestedEvent[]) => orderReaction.react(other, events),
    list: async (query = 'state=all') => {
      const { body } = await as('viewer', 'GET', `/v1/orders?${query}`)
      return Orders.parse(body).orders
    },
    publish: (site: string, revision: number, text: string) => publishAt(db, site, revision, text),
    end: async () => {
      await opened.close()
      await one.end()
    },
  })
}
