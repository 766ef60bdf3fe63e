import type { Selectable } from 'kysely'
import type { EdgeView } from '#schema/manager-fleet.ts'
import type { EdgesTable } from '../database/tables/fleet.ts'

export type EdgeRow = Selectable<EdgesTable>

/** Seconds between digests. */
export const digestSeconds = 30
/** ms; a link of which nothing came for so long is none, whatever a manager that ended suddenly has left in the row. */
export const silentMs = 4 * digestSeconds * 1000

/** ms that it is told for: whoever has the copy may have a line now and then. */
export const twiceMs = 24 * 3_600_000
const twiceAlarm = ({ twice, site, name }: EdgeRow, now: number): string[] =>
  twice === null || now - twice.getTime() > twiceMs
    ? []
    : [
        `Two machines hold the key of this edge (last seen ${twice.toISOString()}), and each ends the link of the other. Switch the copy off; where it is not known which is right, enrol the right one again: bulkhead edges enrol ${site} ${name}`,
      ]

const iso = (time: Date | null): string | null => time?.toISOString() ?? null

export const isConnected = ({ manager, seen }: Pick<EdgeRow, 'manager' | 'seen'>, now: number): boolean =>
  manager !== null && seen !== null && now - seen.getTime() < silentMs

export const edgeView = (row: EdgeRow, now: number): EdgeView => {
  const { digest } = row
  const connected = isConnected(row, now)
  return {
    id: row.id,
    site: row.site,
    name: row.name,
    state: row.revoked !== null ? 'revoked' : row.public_key === null ? 'waiting' : 'enrolled',
    created: row.created.toISOString(),
    enrolled: iso(row.enrolled),
    revoked: iso(row.revoked),
    certificate: iso(row.svid_until),
    version: row.version,
    connected: connected ? iso(row.connected) : null,
    manager: connected ? row.manager : null,
    seen: iso(row.seen),
    policy: digest === null ? null : digest.policy,
    status: digest === null ? null : digest.status,
    alarms: [...twiceAlarm(row, now), ...(digest === null ? [] : digest.alarms)],
    waiting: digest === null ? null : digest.waiting,
  }
}

/** What is audited of an edge: not what changes by itself. */
export const auditedEdge = ({ id, site, name, public_key, revoked }: EdgeRow) => ({
  id,
  site,
  name,
  key: public_key,
  revoked: iso(revoked),
})
