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

/** By address, the narrowest match of each list that is fresh, by name. Text that is no address matches nothing. */
export const listsMatching = async (
  { db, now }: Manager,
  ips: readonly string[],
): Promise<ReadonlyMap<string, readonly ListMatch[]>> => {
  const asked = ips
    .filter((ip) => parseIp(ip) !== undefined)
    .flatMap((ip) => prefixesOf(ip).map((network) => ({ ip, network })))
  if (asked.length === 0) return new Map()
  const at = new Date(now())
  const { rows } = await sql<Omit<ListMatch, 'fetched'> & { ip: string; fetched: Date }>`
    SELECT DISTINCT ON (asked.ip, s.name) asked.ip, s.name AS list, s.role, e.network::text AS network, s.fetched
    FROM unnest(${asked.map(({ ip }) => ip)}::text[], ${asked.map(({ network }) => network)}::cidr[]) AS asked (ip, network)
    JOIN exchange_entries e ON e.network = asked.network JOIN exchange_sources s ON s.name = e.source
    WHERE (e.until IS NULL OR e.until > ${at}) AND s.fetched + make_interval(secs => s.stale) > ${at}
    ORDER BY asked.ip, s.name, masklen(e.network) DESC`.execute(db)
  const found = Map.groupBy(rows, ({ ip }) => ip)
  return new Map(
    [...found].map(([ip, matches]) => [
      ip,
      matches
        .slice(0, most)
        .map(({ list, role, network, fetched }) => ({ list, role, network, fetched: fetched.getTime() })),
    ]),
  )
}
