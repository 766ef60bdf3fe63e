/** What persons say about risk: vetoes, thresholds, and where nobody of ours is. */
import { sql } from 'kysely'
import type * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { NewOrigin, NewThreshold, NewVeto, RiskThreshold, RiskVeto } from '#schema/manager-risk.ts'
import { newId } from '../accounts/ids.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { networkOf } from './veto.ts'

const most = { vetoes: 10_000, thresholds: 10, origins: 500 } as const

const knownSite = async (tx: Tx, site: string): Promise<void> => {
  const row = await tx.selectFrom('sites').select('name').where('name', '=', site).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no site ${site}.`)
}

const room = (count: number, limit: number, what: string): void => {
  if (count >= limit)
    throw new Fault('refused', `There are ${limit} ${what} already.`, { advice: 'Remove some first.' })
}

const countOf = async (tx: Tx, table: 'risk_vetoes' | 'risk_origins' | 'risk_thresholds', site?: string) => {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${sql.table(table)} WHERE ${site === undefined ? sql`true` : sql`site = ${site}`}`.execute(
    tx,
  )
  return rows[0]?.count ?? 0
}

/** Sources in a network, or of a site, are looked at again with the next round. */
const due = (tx: Tx, now: number, { network, site }: { network?: string; site?: string | null }) =>
  sql`UPDATE risk_sources SET due = ${new Date(now)}
    WHERE (${network ?? null}::inet IS NULL OR ip::inet <<= ${network ?? null}::inet)
      AND (${site ?? null}::text IS NULL OR site = ${site ?? null})`.execute(tx)

export const addVeto = (
  { trail, now }: Manager,
  actor: string,
  { network: given, site, reason, until }: z.output<typeof NewVeto>,
): Promise<RiskVeto> =>
  trail.change(async (tx, write) => {
    const network = networkOf(given)
    const at = now()
    if (network === undefined) throw new Fault('usage', `${given} is neither an address nor a network.`)
    if (until !== undefined && Date.parse(until) <= at) throw new Fault('usage', `${until} is over already.`)
    if (site !== undefined) await knownSite(tx, site)
    room(await countOf(tx, 'risk_vetoes'), most.vetoes, 'vetoes')
    const id = newId(at)
    const row = { id, network, site: site ?? null, reason, by: actor, created: new Date(at) }
    await tx
      .insertInto('risk_vetoes')
      .values({ ...row, until: until === undefined ? null : new Date(until) })
      .execute()
    const veto = { ...row, created: row.created.toISOString(), until: until ?? null }
    await write({ actor, action: 'risk.veto', object: network, after: veto })
    await due(tx, at, { network, site: site ?? null })
    return veto
  })

export const removeVeto = ({ trail, now }: Manager, actor: string, id: string): Promise<void> =>
  trail.change(async (tx, write) => {
    const row = await tx.deleteFrom('risk_vetoes').where('id', '=', id).returningAll().executeTakeFirst()
    if (row === undefined) throw new Fault('not-found', `There is no veto ${id}.`)
    const { network, site, reason } = row
    await write({ actor, action: 'risk.veto-end', object: network, before: { id, network, site, reason } })
    await due(tx, now(), { network, site })
  })

export const setThreshold = (
  { trail, now }: Manager,
  actor: string,
  { site, score, response }: z.output<typeof NewThreshold>,
): Promise<RiskThreshold> =>
  trail.change(async (tx, write) => {
    await knownSite(tx, site)
    const old = await tx
      .selectFrom('risk_thresholds')
      .select('response')
      .where('site', '=', site)
      .where('score', '=', score)
      .executeTakeFirst()
    if (old === undefined) room(await countOf(tx, 'risk_thresholds', site), most.thresholds, `thresholds of ${site}`)
    const changed = new Date(now())
    const set = { response, by: actor, changed }
    await tx
      .insertInto('risk_thresholds')
      .values({ site, score, ...set })
      .onConflict((row) => row.columns(['site', 'score']).doUpdateSet(set))
      .execute()
    await write({
      actor,
      action: 'risk.threshold',
      object: `${site} ${score}`,
      ...(old === undefined ? {} : { before: { response: old.response } }),
      after: { response },
    })
    await due(tx, now(), { site })
    return { site, score, response, by: actor, changed: changed.toISOString() }
  })

export const removeThreshold = (
  { trail, now }: Manager,
  actor: string,
  { site, score }: { readonly site: string; readonly score: number },
): Promise<void> =>
  trail.change(async (tx, write) => {
    const row = await tx
      .deleteFrom('risk_thresholds')
      .where('site', '=', site)
      .where('score', '=', score)
      .returning('response')
      .executeTakeFirst()
    if (row === undefined) throw new Fault('not-found', `${site} has no threshold at ${score}.`)
    await write({
      actor,
      action: 'risk.threshold-end',
      object: `${site} ${score}`,
      before: { response: row.response },
    })
    await due(tx, now(), { site })
  })

type Origin = z.output<typeof NewOrigin>

export const addOrigin = ({ trail, now }: Manager, actor: string, { kind, value }: Origin): Promise<void> =>
  trail.change(async (tx, write) => {
    room(await countOf(tx, 'risk_origins'), most.origins, 'origins')
    await tx
      .insertInto('risk_origins')
      .values({ kind, value, by: actor, created: new Date(now()) })
      .onConflict((row) => row.doNothing())
      .execute()
    await write({ actor, action: 'risk.origin', object: `${kind} ${value}`, after: { kind, value } })
  })

export const removeOrigin = (
  { trail }: Manager,
  actor: string,
  { kind, value }: { readonly kind: 'country' | 'asn'; readonly value: string },
): Promise<void> =>
  trail.change(async (tx, write) => {
    const row = await tx
      .deleteFrom('risk_origins')
      .where('kind', '=', kind)
      .where('value', '=', value)
      .returning('value')
      .executeTakeFirst()
    if (row === undefined) throw new Fault('not-found', `${kind} ${value} was not named.`)
    await write({ actor, action: 'risk.origin-end', object: `${kind} ${value}`, before: { kind, value } })
  })
