/** What other tools may know: who is contained or dangerous, without what is ours or was allowed. One way out for all formats. */
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { EdlQuery } from '#schema/manager-exchange.ts'
import { OrderObject, RiskObject } from '#schema/link-objects.ts'
import type { Manager } from '../context.ts'
import { networksOf, prefixesOf, privateNetworks } from './networks.ts'
import type { Readers } from './readers.ts'

export interface Exported {
  readonly ip: string
  /** When it was put into force (ms since 1970), and until when. */
  readonly at: number
  readonly expires: number
  readonly reason: string
  readonly score?: number
  readonly cause?: { readonly site: string; readonly event: string; readonly detected: number }
}

/** More than this is no list that a firewall takes, but a mistake. */
const most = 200_000

const bodies = async ({ db, now }: Manager, stream: 'orders' | 'risk'): Promise<string[]> => {
  const rows = await db
    .selectFrom('state_objects')
    .select('body')
    .where('stream', '=', stream)
    .where('sets', '=', true)
    .where('superseded', 'is', null)
    .where('expires', '>', new Date(now()))
    .orderBy('revision')
    .limit(most)
    .execute()
  return rows.map(({ body }) => body)
}

/** Networks that are never exported: own ones, those people allowed, and those that a warning list vouches for. */
const withheld = async (manager: Manager, readers: Readers) => {
  const allowed = await manager.db.selectFrom('exchange_allowed').select('network').execute()
  const own = networksOf([...(await readers.ownNetworks(manager)), ...allowed.map(({ network }) => network)])
  return (ip: string): boolean => privateNetworks.touches(ip) || own.touches(ip)
}

/** Of some addresses, those that a list with the role `veto` holds, fresh or not: an old doubt is still a doubt. */
const vouchedFor = async ({ db, now }: Manager, ips: readonly string[]): Promise<(ip: string) => boolean> => {
  const vetoes = await db.selectFrom('exchange_sources').select('name').where('role', '=', 'veto').execute()
  const found: string[] = []
  if (vetoes.length > 0)
    for (let from = 0; from < ips.length; from += 1000) {
      const around = ips.slice(from, from + 1000).flatMap(prefixesOf)
      const { rows } = await sql<{ network: string }>`
        SELECT network::text FROM exchange_entries
        WHERE network = ANY(${around}::cidr[]) AND source = ANY(${vetoes.map(({ name }) => name)})
          AND (until IS NULL OR until > ${new Date(now())})`.execute(db)
      found.push(...rows.map(({ network }) => network))
    }
  const networks = networksOf(found)
  return (ip) => networks.touches(ip)
}

const Ordered = OrderObject.pick({ ip: true, at: true, expires: true, reason: true, cause: true }).loose()
const Risky = RiskObject.pick({ ip: true, at: true, expires: true, reason: true, score: true }).loose()
/** Objects after which others have their turn: an order does not wait for a list. */
const slice = 500

const ordered = (body: string): Exported | undefined => {
  const parsed = Ordered.safeParse(JSON.parse(body))
  if (!parsed.success) return undefined
  const { ip, at, expires, reason, cause } = parsed.data
  return { ip, at, expires, reason, ...(cause !== undefined && { cause }) }
}
const risky = (body: string, over: number): Exported | undefined => {
  const parsed = Risky.safeParse(JSON.parse(body))
  return parsed.success && parsed.data.score >= over ? parsed.data : undefined
}

/** One entry an address, the newest; sorted by when it came. */
export const exported = async (
  manager: Manager,
  readers: Readers,
  { list, over }: Pick<EdlQuery, 'list' | 'over'>,
): Promise<readonly Exported[]> => {
  const texts = await bodies(manager, list === 'contained' ? 'orders' : 'risk')
  const found: Exported[] = []
  for (const [at, body] of texts.entries()) {
    if (at % slice === slice - 1) await turn()
    const one = list === 'contained' ? ordered(body) : risky(body, over)
    if (one !== undefined) found.push(one)
  }
  const isWithheld = await withheld(manager, readers)
  const shown = new Map(found.filter(({ ip }) => !isWithheld(ip)).map((one) => [one.ip, one]))
  if (shown.size === 0) return []
  const isVouchedFor = await vouchedFor(manager, [...shown.keys()])
  return [...shown.values()].filter(({ ip }) => !isVouchedFor(ip))
}
