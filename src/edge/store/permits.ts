/** Temporary permits. The kernel ends them by itself; this is what the daemon restores and what an auditor asks for. */
import { randomFillSync } from 'node:crypto'
import { nextId } from '#core/id.ts'
import type { VlanId } from '#policy/plan.ts'
import type { Database } from '#sqlite/database.ts'
import { integer, optional, type Row, text } from '#sqlite/row.ts'
import { Overlay } from './overlay.ts'

export interface Permit {
  readonly id: string
  readonly src: string
  readonly dst: string
  /** IP protocol number. */
  readonly proto: number
  readonly port?: number
  readonly vlan?: VlanId
  /** Only from this MAC. */
  readonly mac?: string
  /** Milliseconds since 1970, like all times here. */
  readonly since: number
  readonly expiresAt: number
  readonly by: string
  readonly reason: string
  readonly revokedAt?: number
  readonly revokedBy?: string
}
export type NewPermit = Omit<Permit, 'id' | 'revokedAt' | 'revokedBy'>

export interface Permits {
  create(permit: NewPermit): Permit
  get(id: string): Permit | undefined
  /** Neither revoked nor past their end. */
  active(now: number): readonly Permit[]
  /** Undefined when it is not in force any more. */
  revoke(id: string, by: string, at: number): Permit | undefined
  /** Writes down the end of those whose time is over and returns them. */
  settle(now: number): readonly Permit[]
  /** Newest first. */
  history(limit?: number): readonly Permit[]
}

const permitOf = (row: Row): Permit => ({
  id: text(row, 'id'),
  src: text(row, 'src'),
  dst: text(row, 'dst'),
  proto: integer(row, 'proto'),
  ...optional(row, 'port', 'port', integer),
  ...optional(row, 'vlan', 'vlan', integer),
  ...optional(row, 'mac', 'mac', text),
  since: integer(row, 'since'),
  expiresAt: integer(row, 'expires_at'),
  by: text(row, 'ordered_by'),
  reason: text(row, 'reason'),
  ...optional(row, 'revoked_at', 'revokedAt', integer),
  ...optional(row, 'revoked_by', 'revokedBy', text),
})

export const permitsOf = (database: Database, overlay = new Overlay()): Permits => {
  const get = (id: string): Permit | undefined => {
    const row = database.statement('SELECT * FROM permits WHERE id = ?').get(id)
    return row === undefined ? undefined : permitOf(row)
  }
  const end = (permit: Permit, by: string, at: number): Permit => {
    database.statement('UPDATE permits SET revoked_at = ?, revoked_by = ? WHERE id = ?').run(at, by, permit.id)
    return { ...permit, revokedAt: at, revokedBy: by }
  }
  return {
    get,
    create: (given) =>
      database.atomically(() => {
        const newest = database.statement('SELECT max(id) AS id FROM permits').get()
        const last = newest?.['id']
        const id = nextId(typeof last === 'string' ? last : undefined, given.since, randomFillSync(new Uint8Array(10)))
        database
          .statement(
            `INSERT INTO permits (id, src, dst, proto, port, vlan, mac, since, expires_at, ordered_by, reason)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            id,
            given.src,
            given.dst,
            given.proto,
            given.port ?? null,
            given.vlan ?? null,
            given.mac ?? null,
            given.since,
            given.expiresAt,
            given.by,
            given.reason,
          )
        return { id, ...given }
      }),
    active: (now) =>
      database
        .statement('SELECT * FROM permits WHERE revoked_at IS NULL AND expires_at > ? ORDER BY id')
        .all(now)
        .map(permitOf)
        .filter(({ id }) => !overlay.layer.revoked.has(id)),
    revoke: (id, by, at) =>
      database.atomically(() => {
        const found = get(id)
        return found === undefined || found.revokedAt !== undefined ? undefined : end(found, by, at)
      }),
    settle: (now) =>
      database.atomically(() =>
        database
          .statement('SELECT * FROM permits WHERE revoked_at IS NULL AND expires_at <= ? ORDER BY id')
          .all(now)
          .map((row) => end(permitOf(row), 'time', integer(row, 'expires_at'))),
      ),
    history: (limit = 100) =>
      database.statement('SELECT * FROM permits ORDER BY id DESC LIMIT ?').all(limit).map(permitOf),
  }
}
