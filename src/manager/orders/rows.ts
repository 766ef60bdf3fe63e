/** Rows of the table `orders`: what they say to people, and which of them hold. */
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Scope } from '#schema/link-values.ts'
import type { Order } from '#schema/manager-orders.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { OrdersTable } from '../database/tables/orders.ts'

export type OrderRow = Selectable<OrdersTable>
/** A row to be written. */
export type NewOrderRow = Omit<OrderRow, 'blast'> & { readonly blast: string | null }

/** What a new row does not say. */
export const unsaid = {
  said_known: false,
  why: null,
  decided: null,
  decided_by: null,
  decision: null,
  released: null,
  released_by: null,
  release_reason: null,
  revision: null,
  newest: null,
  published: null,
  cause_site: null,
  cause_edge: null,
  event: null,
  detected: null,
  received: null,
  zone: null,
  evidence: null,
  agreed: null,
  agreed_by: null,
  blast: null,
} as const

type Place = Pick<OrderRow, 'level' | 'site' | 'edge'>

export const scopeOf = ({ level, site, edge }: Place): Scope =>
  level === 'fleet' || site === null
    ? { level: 'fleet' }
    : level === 'site' || edge === null
      ? { level: 'site', site }
      : { level, site, edge }

export const placeOf = (scope: Scope): Place => ({
  level: scope.level,
  site: scope.level === 'fleet' ? null : scope.site,
  edge: scope.level === 'edge' ? scope.edge : null,
})

export const scopeText = (scope: Scope): string =>
  scope.level === 'fleet'
    ? 'every site'
    : scope.level === 'site'
      ? `site ${scope.site}`
      : `edge ${scope.edge} of ${scope.site}`

/** Whether everything that `inner` reaches is reached by `outer`. */
export const covers = (outer: Place, inner: Place): boolean =>
  outer.level === 'fleet' ||
  (outer.site === inner.site &&
    inner.level !== 'fleet' &&
    (outer.level === 'site' || (inner.level === 'edge' && outer.edge === inner.edge)))

export const overlaps = (one: Place, other: Place): boolean => covers(one, other) || covers(other, one)

export const isInForce = ({ state, expires }: Pick<OrderRow, 'state' | 'expires'>, now: number): boolean =>
  state === 'ordered' && expires.getTime() > now
export const isWaiting = ({ state, expires }: Pick<OrderRow, 'state' | 'expires'>, now: number): boolean =>
  state === 'waiting' && expires.getTime() > now

const decision = (at: Date | null, by: string | null, reason: string | null) =>
  at === null ? undefined : { at: at.toISOString(), by: by ?? '', reason: reason ?? '' }
export const orderView = (row: OrderRow, now: number): Order => {
  const decided = decision(row.decided, row.decided_by, row.decision)
  const released = decision(row.released, row.released_by, row.release_reason)
  return {
    id: row.id,
    ip: row.ip,
    scope: scopeOf(row),
    state:
      (row.state === 'ordered' || row.state === 'waiting') && row.expires.getTime() <= now
        ? ('expired' as const)
        : row.state,
    automatic: row.automatic,
    known: row.known,
    seconds: row.seconds,
    reason: row.reason,
    ...(row.why === null ? {} : { why: row.why }),
    by: row.by,
    created: row.created.toISOString(),
    expires: row.expires.toISOString(),
    ...(decided === undefined ? {} : { decided }),
    ...(released === undefined ? {} : { released }),
    ...(row.revision === null ? {} : { revision: row.revision }),
    ...(row.event === null || row.detected === null || row.received === null
      ? {}
      : {
          cause: {
            site: row.cause_site ?? '',
            edge: row.cause_edge ?? '',
            event: row.event,
            detected: row.detected.toISOString(),
            received: row.received.toISOString(),
            ...(row.zone === null ? {} : { zone: row.zone }),
            evidence: row.evidence ?? '',
          },
        }),
    ...(row.agreed === null ? {} : { agreed: { row: row.agreed, by: row.agreed_by ?? [] } }),
  }
}

/** What the audit remembers of an order: all but the recorded conversations. */
export const auditView = (row: OrderRow, now: number) => JSON.parse(JSON.stringify(orderView(row, now)))

/** Older ones about an address do not matter any more, unless they hold or wait. */
const newestOfAddress = 50

/** Which orders about an address matter: those that hold or wait, however old, and the newest, whatever became of them. */
export const matters = (ip: string, now: number): RawBuilder<boolean> =>
  sql<boolean>`ip = ${ip} AND (id IN (SELECT id FROM orders WHERE ip = ${ip} ORDER BY id DESC LIMIT ${newestOfAddress})
    OR (state IN ('ordered', 'waiting') AND expires > ${new Date(now)}))`

/** Newest first. */
export const ordersAbout = (db: Manager['db'] | Tx, ip: string, now: number): Promise<OrderRow[]> =>
  db.selectFrom('orders').selectAll().where(matters(ip, now)).orderBy('id', 'desc').execute()
