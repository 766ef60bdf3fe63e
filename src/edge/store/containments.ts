/** Who is contained, since when, until when and why. The kernel holds the same with timeouts of its own; this is the truth to reconcile with. */
import * as z from 'zod'
import type { Family, VlanId } from '#policy/plan.ts'
import type { Database } from '#sqlite/database.ts'
import { corrupt } from '#sqlite/fault.ts'
import { integer, json, oneOf, optional, type Row, text } from '#sqlite/row.ts'
import { Overlay } from './overlay.ts'

const containmentKinds = ['stranger', 'known', 'ordered'] as const
export type ContainmentKind = (typeof containmentKinds)[number]

const origins = ['', 'person', 'manager', 'edge'] as const
/** Who ordered: each has an order of its own about an address. Empty for what nobody ordered. */
export type ContainmentOrigin = (typeof origins)[number]

const originOf = ({ kind, by }: { readonly kind: ContainmentKind; readonly by: string }): ContainmentOrigin => {
  if (kind !== 'ordered') return ''
  if (by.startsWith('manager ')) return 'manager'
  return by === 'policy' || by === 'kernel' ? 'edge' : 'person'
}

/** What the kernel matches: any part may be open, except that one of MAC and address is there. */
export interface ContainmentKey {
  readonly family: Family
  readonly vlan: VlanId
  readonly mac?: string
  readonly ip?: string
  /** Name of the edge's port. */
  readonly port?: string
}

export interface Containment extends ContainmentKey {
  readonly id: number
  readonly kind: ContainmentKind
  readonly origin: ContainmentOrigin
  /** Milliseconds since 1970, like all times here. */
  readonly since: number
  /** Absent: until somebody releases it. */
  readonly expiresAt?: number
  readonly reason: string
  readonly by: string
  readonly scope: 'edge' | 'site' | 'fleet'
  readonly evidence: Readonly<Record<string, unknown>>
  readonly releasedAt?: number
  readonly releasedBy?: string
}
export type NewContainment = Omit<Containment, 'id' | 'origin' | 'scope' | 'evidence' | 'releasedAt' | 'releasedBy'> & {
  readonly scope?: Containment['scope']
  readonly evidence?: Containment['evidence']
}

export interface Containments {
  /** Adds one; the same key, kind and origin again moves its end and reason instead. */
  add(containment: NewContainment): { readonly containment: Containment; readonly added: boolean }
  get(id: number): Containment | undefined
  /** Neither released nor past its end, oldest first. */
  active(now: number): readonly Containment[]
  /** Active ones that speak of an address or MAC. */
  of(end: { readonly ip?: string; readonly mac?: string }, now: number): readonly Containment[]
  /** Whether one of this kind and key is active. A known asset or an order is one wherever it is. */
  isActive(one: ContainmentKey & { readonly kind: ContainmentKind }, now: number): boolean
  /** Since when an address is contained in this way, why and by whom: of several that which lasts longest. */
  story(
    kind: ContainmentKind,
    ip: string,
    now: number,
  ): { readonly since: number; readonly reason: string; readonly by: string } | undefined
  /** Releases one; undefined when it is not in force. */
  release(id: number, by: string, at: number): Containment | undefined
  /** Writes down the end of those whose time is over, at most so many, and returns them. */
  settle(now: number, limit?: number): readonly Containment[]
  /** Lets those end now that the kernel made by itself and does not have any more. @param present addresses that it has. @returns how many */
  endLost(present: readonly string[], now: number): number
  /** Newest first, released ones too. */
  history(limit?: number): readonly Containment[]
}

const Evidence = z.record(z.string(), z.unknown()).catch({})

const containmentOf = (row: Row): Containment => ({
  id: integer(row, 'id'),
  kind: oneOf(row, 'kind', containmentKinds),
  origin: oneOf(row, 'origin', origins),
  family: oneOf(row, 'family', [4, 6]),
  vlan: integer(row, 'vlan'),
  ...(row['mac'] === '' ? {} : { mac: text(row, 'mac') }),
  ...(row['ip'] === '' ? {} : { ip: text(row, 'ip') }),
  ...(row['port'] === '' ? {} : { port: text(row, 'port') }),
  since: integer(row, 'since'),
  ...optional(row, 'expires_at', 'expiresAt', integer),
  reason: text(row, 'reason'),
  by: text(row, 'ordered_by'),
  scope: oneOf(row, 'scope', ['edge', 'site', 'fleet']),
  evidence: Evidence.parse(json(row, 'evidence')),
  ...optional(row, 'released_at', 'releasedAt', integer),
  ...optional(row, 'released_by', 'releasedBy', text),
})

const inForce = 'released_at IS NULL AND (expires_at IS NULL OR expires_at > ?)'

export const containmentsOf = (database: Database, overlay = new Overlay()): Containments => {
  const get = (id: number): Containment | undefined => {
    const row = database.statement('SELECT * FROM containments WHERE id = ?').get(id)
    return row === undefined ? undefined : containmentOf(row)
  }
  const surely = (id: number): Containment => {
    const found = get(id)
    if (found === undefined) throw corrupt(database.path, `containment ${id} is gone`)
    return found
  }
  const end = (id: number, by: string, at: number): Containment => {
    database.statement('UPDATE containments SET released_at = ?, released_by = ? WHERE id = ?').run(at, by, id)
    return surely(id)
  }
  const same = database.statement.bind(database)
  const isInForce = ({ id }: { readonly id: number }): boolean => !overlay.layer.released.has(id)

  return {
    get,
    add: (given) =>
      database.atomically(() => {
        const key = [
          given.kind,
          given.family,
          given.vlan,
          given.mac ?? '',
          given.ip ?? '',
          given.port ?? '',
          originOf(given),
        ] as const
        const said = [
          given.expiresAt ?? null,
          given.reason,
          given.by,
          given.scope ?? 'edge',
          JSON.stringify(given.evidence ?? {}),
        ] as const
        const row = same(
          `SELECT id, expires_at FROM containments
           WHERE released_at IS NULL AND kind = ? AND family = ? AND vlan = ? AND mac = ? AND ip = ? AND port = ?
             AND origin = ?`,
        ).get(...key)
        if (row !== undefined) {
          const id = integer(row, 'id')
          const { expiresAt } = surely(id)
          if (expiresAt === undefined || expiresAt > given.since) {
            same(
              'UPDATE containments SET expires_at = ?, reason = ?, ordered_by = ?, scope = ?, evidence = ? WHERE id = ?',
            ).run(...said, id)
            return { containment: surely(id), added: false }
          }
          end(id, 'time', expiresAt)
        }
        const { rowid } = same(
          `INSERT INTO containments (kind, family, vlan, mac, ip, port, origin, expires_at, reason, ordered_by, scope, evidence, since)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ).run(...key, ...said, given.since)
        return { containment: surely(rowid), added: true }
      }),
    active: (now) =>
      same(`SELECT * FROM containments WHERE ${inForce} ORDER BY id`).all(now).map(containmentOf).filter(isInForce),
    of: ({ ip, mac }, now) =>
      same(
        `SELECT * FROM containments WHERE ${inForce} AND id IN (
           SELECT id FROM containments WHERE released_at IS NULL AND ip = ? AND ip <> ''
           UNION SELECT id FROM containments WHERE released_at IS NULL AND mac = ? AND mac <> ''
         ) ORDER BY id`,
      )
        .all(now, ip ?? '', mac ?? '')
        .map(containmentOf)
        .filter(isInForce),
    isActive: ({ kind, ip, vlan, mac, port }, now) =>
      (kind === 'stranger'
        ? same(
            `SELECT id FROM containments WHERE released_at IS NULL AND ip = ? AND kind = ? AND (expires_at IS NULL OR expires_at > ?)
             AND vlan = ? AND mac = ? AND port = ?`,
          ).all(ip ?? '', kind, now, vlan, mac ?? '', port ?? '')
        : same(
            `SELECT id FROM containments WHERE released_at IS NULL AND ip = ? AND kind = ? AND (expires_at IS NULL OR expires_at > ?)`,
          ).all(ip ?? '', kind, now)
      ).some((row) => isInForce({ id: integer(row, 'id') })),
    story: (kind, ip, now) => {
      const row = same(
        `SELECT id, since, reason, ordered_by FROM containments
         WHERE released_at IS NULL AND ip = ? AND kind = ? AND (expires_at IS NULL OR expires_at > ?)
         ORDER BY expires_at IS NULL DESC, expires_at DESC, id DESC`,
      )
        .all(ip, kind, now)
        .find((one) => isInForce({ id: integer(one, 'id') }))
      return row === undefined
        ? undefined
        : { since: integer(row, 'since'), reason: text(row, 'reason'), by: text(row, 'ordered_by') }
    },
    release: (id, by, at) =>
      database.atomically(() => {
        const found = get(id)
        if (found === undefined || found.releasedAt !== undefined) return undefined
        return end(id, by, at)
      }),
    settle: (now, limit = -1) =>
      database.atomically(() =>
        same(
          'SELECT id, expires_at FROM containments WHERE released_at IS NULL AND expires_at <= ? ORDER BY id LIMIT ?',
        )
          .all(now, limit)
          .map((row) => end(integer(row, 'id'), 'time', integer(row, 'expires_at'))),
      ),
    endLost: (present, now) =>
      database.atomically(
        () =>
          same(
            `UPDATE containments SET expires_at = ? WHERE released_at IS NULL AND kind <> 'ordered'
             AND (expires_at IS NULL OR expires_at > ?) AND ip NOT IN (SELECT value FROM json_each(?))`,
          ).run(now, now, JSON.stringify(present)).changes,
      ),
    history: (limit = 100) => same('SELECT * FROM containments ORDER BY id DESC LIMIT ?').all(limit).map(containmentOf),
  }
}
