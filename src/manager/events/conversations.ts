/** Who spoke with whom, as edges counted it: what a containment would cut. */
import { sql } from 'kysely'
import type { Manager } from '../context.ts'
import { dayMs } from './spans.ts'

export interface Conversation {
  readonly site: string
  readonly edge: string
  readonly source: string
  readonly destination: string
  readonly protocol: string
  /** 0: none */
  readonly port: number
  readonly packets: number
  readonly first: Date
  readonly last: Date
}

const most = 5000

/** Of an address, in either direction, in so many days up to today (UTC); the busiest first. */
export const conversationsOf = async ({ db, now }: Manager, ip: string, days: number): Promise<Conversation[]> => {
  const since = new Date(Math.floor(now() / dayMs) * dayMs - (Math.max(1, Math.ceil(days)) - 1) * dayMs)
  const address = ip.split('%', 1)[0]
  const { rows } = await sql<Conversation>`
    SELECT site, edge, host(source) AS source, host(destination) AS destination, protocol, port,
      least(9007199254740991, sum(packets))::bigint AS packets, min(first) AS first, max(last) AS last
    FROM conversation_days
    WHERE (source = ${address}::inet OR destination = ${address}::inet) AND day >= ${since.toISOString().slice(0, 10)}::date
    GROUP BY site, edge, source, destination, protocol, port ORDER BY packets DESC, source, destination LIMIT ${most}`.execute(
    db,
  )
  return rows
}
