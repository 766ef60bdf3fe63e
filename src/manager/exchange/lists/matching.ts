/** Which lists of others name an address. */
import { sql } from 'kysely'
import { parseIp } from '#core/address.ts'
import type { Manager } from '../../context.ts'
import { prefixesOf } from '../networks.ts'

export interface ListMatch {
  readonly list: string
  /** `veto`: a warning list vouches for it. */
  readonly role: 'threat' | 'veto'
  readonly network: string
  /** When the list was fetched last (ms since 1970); one that is stale no longer counts and is not here. */
  readonly fetched: number
}

const most = 100

/** The narrowest match of each list that is fresh, by name. Text that is no address matches nothing. */
export const listsMatching = async ({ db, now }: Manager, ip: string): Promise<readonly ListMatch[]> => {
  if (parseIp(ip) === undefined) return []
  const at = new Date(now())
  const { rows } = await sql<Omit<ListMatch, 'fetched'> & { fetched: Date }>`
    SELECT DISTINCT ON (s.name) s.name AS list, s.role, e.network::text AS network, s.fetched
    FROM exchange_entries e JOIN exchange_sources s ON s.name = e.source
    WHERE e.network = ANY(${[...prefixesOf(ip)]}::cidr[]) AND (e.until IS NULL OR e.until > ${at})
      AND s.fetched + make_interval(secs => s.stale) > ${at}
    ORDER BY s.name, masklen(e.network) DESC LIMIT ${most}`.execute(db)
  return rows.map((row) => ({ ...row, fetched: row.fetched.getTime() }))
}
