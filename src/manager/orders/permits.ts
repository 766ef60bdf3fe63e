/** Temporary permits of one site: what opens access needs two people, unless the first may approve. */
import type { Selectable } from 'kysely'
import { Fault } from '#core/errors.ts'
import { parseService } from '#policy/service.ts'
import type { PermitObject } from '#schema/link-objects.ts'
import type { NewPermit, Permit, PermitsQuery } from '#schema/manager-orders.ts'
import type * as z from 'zod'
import { newId } from '../accounts/ids.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { PermitsTable } from '../database/tables/orders.ts'
import { announce, publishState, type Published } from '../state/publish.ts'
import { askedIp } from './addresses.ts'
import { permitSeconds, questionMs, secondsWithin } from './limits.ts'
import type { Person } from './person.ts'
import { publishedSite } from './published.ts'

type Row = Selectable<PermitsTable>
type Ended = { readonly at: string; readonly by: string }

const ended = (at: Date | null, by: string | null): Ended | undefined =>
  at === null ? undefined : { at: at.toISOString(), by: by ?? '' }

const permitView = (row: Row, now: number): Permit => {
  const decided = ended(row.decided, row.decided_by)
  const revoked = ended(row.revoked, row.revoked_by)
  const isOver = (row.state === 'permitted' || row.state === 'waiting') && row.expires.getTime() <= now
  return {
    id: row.id,
    state: isOver ? 'expired' : row.state,
    site: row.site,
    ...(row.edge === null ? {} : { edge: row.edge }),
    from: row.source,
    to: row.destination,
    service: row.service,
    ...(row.mac === null ? {} : { mac: row.mac }),
    seconds: row.seconds,
    reason: row.reason,
    by: row.by,
    created: row.created.toISOString(),
    expires: row.expires.toISOString(),
    ...(decided === undefined ? {} : { decided: { ...decided, reason: row.decision ?? '' } }),
    ...(revoked === undefined ? {} : { revoked }),
    ...(row.revision === null ? {} : { revision: row.revision }),
  }
}

const send = (
  manager: Manager,
  tx: Tx,
  row: Row,
  action: PermitObject['action'],
  by: string,
  now: number,
): Promise<Published> =>
  publishState(tx, manager.signer, {
    type: 'permit',
    id: row.id,
    scope: row.edge === null ? { level: 'site', site: row.site } : { level: 'edge', site: row.site, edge: row.edge },
    by: by.slice(0, 500),
    reason: row.reason,
    at: now,
    action,
    from: row.source,
    to: row.destination,
    service: row.service,
    ...(row.mac === null ? {} : { mac: row.mac }),
    expires: row.expires.getTime(),
  })

const tell = (manager: Manager, id: string, published?: Published): void => {
  if (published !== undefined) announce(manager.bus, published)
  manager.bus.publish('changed', { kind: 'permits', id })
}

/** Ports that an edge would have to open for a service; as many as it takes (edge/orders/permit.ts). */
const mostPorts = 64

/** @throws Fault for ends, places and services that no edge would take */
const checked = async (
  manager: Manager,
  { site, edge, from, to, service }: Pick<NewPermit, 'site' | 'edge' | 'from' | 'to' | 'service'>,
) => {
  const ends = { source: askedIp(from), destination: askedIp(to) }
  if (ends.source.includes(':') !== ends.destination.includes(':'))
    throw new Fault('usage', `${from} and ${to} are of different IP versions.`)
  const place = await (
    edge === undefined
      ? manager.db.selectFrom('sites').select('name').where('name', '=', site)
      : manager.db.selectFrom('edges').select('name').where('site', '=', site).where('name', '=', edge)
  ).executeTakeFirst()
  if (place === undefined)
    throw new Fault(
      'not-found',
      edge === undefined ? `There is no site ${site}.` : `There is no edge ${edge} of ${site}.`,
    )
  const published = await publishedSite(manager, site)
  const target = published?.known.get(ends.destination)
  if (target?.kind === 'sis')
    throw new Fault(
      'refused',
      `${target.asset} is a safety asset: its permits are part of the policy, with two people.`,
    )
  const ports = (parseService(service, published?.policy.groups ?? {})?.flows ?? []).flatMap(
    ({ from: who, proto, ports: spans, multicast }) =>
      who === 'client' && multicast === undefined && (proto === 6 || proto === 17) ? (spans ?? []) : [],
  )
  const count = ports.reduce((total, [first, last]) => total + last - first + 1, 0)
  if (count === 0 || count > mostPorts)
    throw new Fault('usage', `"${service}" is not a service of at most ${mostPorts} TCP or UDP ports.`, {
      advice: 'Name a protocol such as modbus, or a port such as tcp/22.',
    })
  return ends
}

export const createPermit = async (manager: Manager, person: Person, wanted: NewPermit): Promise<Permit> => {
  const seconds = secondsWithin(wanted.for, permitSeconds)
  const ends = await checked(manager, wanted)
  const now = manager.now()
  const isAtOnce = person.mayApprove
  const { row, published } = await manager.trail.change(async (tx, write) => {
    const made = await tx
      .insertInto('permits')
      .values({
        id: newId(now),
        state: isAtOnce ? 'permitted' : 'waiting',
        site: wanted.site,
        edge: wanted.edge ?? null,
        ...ends,
        service: wanted.service,
        mac: wanted.mac ?? null,
        seconds,
        reason: wanted.reason,
        by: person.actor,
        author: person.account,
        created: new Date(now),
        expires: new Date(now + (isAtOnce ? seconds * 1000 : questionMs)),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const sent = isAtOnce ? await send(manager, tx, made, 'permit', person.actor, now) : undefined
    const after = sent === undefined ? made : await numbered(tx, made.id, sent.revision)
    const action = isAtOnce ? 'permit.create' : 'permit.ask'
    await write({ actor: person.actor, action, object: `permit ${made.id}`, after: auditOf(after, now) })
    return { row: after, published: sent }
  })
  tell(manager, row.id, published)
  return permitView(row, now)
}

const auditOf = (row: Row, now: number) => JSON.parse(JSON.stringify(permitView(row, now)))

const numbered = (tx: Tx, id: string, revision: number): Promise<Row> =>
  tx.updateTable('permits').set({ revision }).where('id', '=', id).returningAll().executeTakeFirstOrThrow()

const locked = async (tx: Tx, id: string, state: Row['state'], now: number): Promise<Row> => {
  const row = await tx.selectFrom('permits').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no permit ${id}.`)
  const shown = permitView(row, now).state
  if (shown !== state) throw new Fault('conflict', `Permit ${id} is ${shown}, not ${state}.`)
  return row
}

interface Change {
  readonly from: Row['state']
  readonly action: string
  readonly set: (row: Row, now: number) => Partial<Row>
  readonly sends?: PermitObject['action']
}

const change = async (
  manager: Manager,
  { actor, account }: Person,
  id: string,
  { from, action, set, sends }: Change,
): Promise<Permit> => {
  const now = manager.now()
  const work = async (tx: Tx, write: Write) => {
    const before = await locked(tx, id, from, now)
    if (action === 'permit.approve' && before.author === account)
      throw new Fault('forbidden', 'Who asks for a permit does not approve it.', { advice: 'Ask somebody else.' })
    const changed = await tx
      .updateTable('permits')
      .set(set(before, now))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const sent = sends === undefined ? undefined : await send(manager, tx, changed, sends, actor, now)
    const after = sent === undefined ? changed : await numbered(tx, id, sent.revision)
    const views = { before: auditOf(before, now), after: auditOf(after, now) }
    await write({ actor, action, object: `permit ${id}`, ...views })
    return { row: after, published: sent }
  }
  const { row, published } = await manager.trail.change(work)
  tell(manager, id, published)
  return permitView(row, now)
}

export const approvePermit = async (manager: Manager, person: Person, id: string, reason: string): Promise<Permit> => {
  const asked = await manager.db.selectFrom('permits').selectAll().where('id', '=', id).executeTakeFirst()
  // What was true when it was asked for may not be any more.
  if (asked !== undefined)
    await checked(manager, {
      site: asked.site,
      edge: asked.edge ?? undefined,
      from: asked.source,
      to: asked.destination,
      service: asked.service,
    })
  return change(manager, person, id, {
    from: 'waiting',
    action: 'permit.approve',
    sends: 'permit',
    set: ({ seconds }, now) => ({
      state: 'permitted',
      expires: new Date(now + seconds * 1000),
      decided: new Date(now),
      decided_by: person.actor,
      decision: reason,
    }),
  })
}

export const refusePermit = (manager: Manager, person: Person, id: string, reason: string): Promise<Permit> =>
  change(manager, person, id, {
    from: 'waiting',
    action: 'permit.refuse',
    set: (_, now) => ({ state: 'refused', decided: new Date(now), decided_by: person.actor, decision: reason }),
  })

export const revokePermit = (manager: Manager, person: Person, id: string): Promise<Permit> =>
  change(manager, person, id, {
    from: 'permitted',
    action: 'permit.revoke',
    sends: 'revoke',
    set: (_, now) => ({ state: 'revoked', revoked: new Date(now), revoked_by: person.actor }),
  })

export const listPermits = async (
  { db, now }: Manager,
  { state, site, limit }: z.infer<typeof PermitsQuery>,
): Promise<Permit[]> => {
  const at = now()
  const wanted = state === 'in-force' ? ('permitted' as const) : ('waiting' as const)
  const rows = await db
    .selectFrom('permits')
    .selectAll()
    .$if(state !== 'all', (query) => query.where('state', '=', wanted).where('expires', '>', new Date(at)))
    .$if(site !== undefined, (query) => query.where('site', '=', site ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => permitView(row, at))
}
