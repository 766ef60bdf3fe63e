import { sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import type { Site } from '#schema/manager-fleet.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { isConnected } from './view.ts'

export const listSites = async ({ db, now }: Manager): Promise<Site[]> => {
  const sites = await db.selectFrom('sites').selectAll().orderBy('name').execute()
  const edges = await db.selectFrom('edges').select(['site', 'manager', 'seen']).execute()
  const bySite = Map.groupBy(edges, ({ site }) => site)
  const at = now()
  return sites.map(({ name, created }) => {
    const own = bySite.get(name) ?? []
    const connected = own.filter((edge) => isConnected(edge, at)).length
    return { name, created: created.toISOString(), edges: own.length, connected }
  })
}

/** @returns whether there was none */
export const makeSite = async (tx: Tx, write: Write, actor: string, name: string, now: number): Promise<boolean> => {
  const { rows } = await sql`
    INSERT INTO sites (name, created) VALUES (${name}, ${new Date(now)}) ON CONFLICT DO NOTHING RETURNING name`.execute(
    tx,
  )
  if (rows.length === 0) return false
  await write({ actor, action: 'site.create', object: `site ${name}`, after: { name } })
  return true
}

export const addSite = (manager: Manager, actor: string, name: string): Promise<Site> =>
  manager.trail.change(async (tx, write) => {
    const now = manager.now()
    if (!(await makeSite(tx, write, actor, name, now))) throw new Fault('conflict', `There is a site ${name} already.`)
    return { name, created: new Date(now).toISOString(), edges: 0, connected: 0 }
  })
