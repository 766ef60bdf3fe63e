import * as z from 'zod'
import {
  AuditPage,
  AuditQuery,
  AuditReport,
  Health,
  permissions,
  roles,
  RolesAnswer,
  Status,
} from '#schema/manager-api.ts'
import { readAudit } from '../audit/read.ts'
import type { Manager } from '../context.ts'
import { authorityFor } from '../fleet/place.ts'
import { twiceMs } from '../fleet/view.ts'
import { termAlarms } from '../tls/terms.ts'
import { route } from './route.ts'

const count = async ({ db }: Manager, table: 'users' | 'sessions' | 'tokens' | 'audit'): Promise<number> => {
  const { count: found } = await db
    .selectFrom(table)
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return found
}

const mostNamed = 5

/** Edges whose key two machines hold. */
const twiceAlarms = async ({ db, now }: Manager): Promise<string[]> => {
  const since = new Date(now() - twiceMs)
  const rows = await db
    .selectFrom('edges')
    .select(['site', 'name'])
    .where('twice', '>', since)
    .orderBy('twice', 'desc')
    .limit(mostNamed + 1)
    .execute()
  if (rows.length === 0) return []
  const named = rows.slice(0, mostNamed).map(({ site, name }) => `${site}/${name}`)
  const more = rows.length > mostNamed ? ' and more' : ''
  return [`Two machines hold the key of ${named.join(', ')}${more}. What to do: bulkhead edges show SITE EDGE`]
}

export const systemRoutes = [
  route({
    method: 'GET',
    path: '/v1/health',
    access: 'public',
    summary: 'Whether the manager can answer, and whether it is set up.',
    answer: Health,
    handle: async ({ manager }) => {
      await manager.db.selectFrom('audit_head').select('sequence').execute()
      return { ready: true, setup: manager.setup === undefined ? 'done' : 'needed' }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/roles',
    access: 'known',
    summary: 'The table of roles and permissions.',
    answer: RolesAnswer,
    handle: async () => ({ permissions, roles }),
  }),
  route({
    method: 'GET',
    path: '/v1/status',
    access: 'system:read',
    summary: 'State of the manager.',
    answer: Status,
    handle: async ({ manager }) => ({
      version: manager.version,
      started: new Date(manager.started).toISOString(),
      database: manager.database,
      users: await count(manager, 'users'),
      sessions: await count(manager, 'sessions'),
      tokens: await count(manager, 'tokens'),
      audit: await count(manager, 'audit'),
      alarms: [
        ...[manager.bus.alarm()].filter((alarm) => alarm !== undefined),
        ...(await twiceAlarms(manager)),
        ...termAlarms(authorityFor(manager).cert, manager.given, manager.now()),
      ],
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/audit',
    access: 'audit:read',
    summary: 'Rows of the audit after a number, in order.',
    query: AuditQuery,
    answer: AuditPage,
    handle: async ({ manager, query }) => ({ rows: await readAudit(manager.db, query.after, query.limit) }),
  }),
  route({
    method: 'GET',
    path: '/v1/audit/verify',
    access: 'audit:read',
    summary: 'Check every hash and signature of the audit.',
    answer: AuditReport,
    handle: ({ manager }) => manager.trail.verify(),
  }),
  route({
    method: 'GET',
    path: '/v1/audit/key',
    access: 'audit:read',
    summary: 'The public key that signs the audit.',
    answer: z.strictObject({ fingerprint: z.string(), pem: z.string() }),
    handle: async ({ manager }) => ({ fingerprint: manager.keys.signer.fingerprint, pem: manager.keys.pem }),
  }),
]
