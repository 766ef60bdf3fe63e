/** Small values by name: the last time seen, modes, bypass, islands, cursors. Names in use are in {@link keys}. */
import type * as z from 'zod'
import type { Database } from '#sqlite/database.ts'
import { text } from '#sqlite/row.ts'
import { Overlay } from './overlay.ts'

export const keys = {
  /** Newest time persisted, in ms: a clock before it is wrong. */
  lastTime: 'time.last',
  /** Head of the audit chain: `{ n, hash }`. */
  auditHead: 'audit.head',
  /** Fingerprint of the key that signed last. */
  auditKey: 'audit.key',
  /** `{ pid, since }` of the process that owns the store. */
  owner: 'owner',
  /** `{ site, edge }` for events whose reporter does not say. */
  identity: 'identity',
  /** When retention by age last ran, in ms. */
  retainedAt: 'retention.at',
  /** Digest of the loaded rules as the daemon saw them. */
  tables: 'tables.seen',
  /** Packets that stored events tell of, by account. */
  told: 'told',
  /** Run of the kernel that the hits were read in. */
  hitsBoot: 'hits.boot',
  /** Packets of essential conduits before the pending plan, by counter. */
  essentials: 'essentials.before',
  /** A rollback whose event is not stored yet: `{ by, why, digest }`, the digest of what was given up. */
  rolledBack: 'rollback.untold',
  /** Orders that were begun and whose events are not stored yet. */
  begun: 'orders.begun',
  /** What plans since the last that was confirmed joined together: `{ names, ports, addresses }`. */
  formerPorts: 'ports.former',
  bypass: 'bypass',
  islands: 'islands',
  /** Assets marked as qualified here, besides those that the policy marks. */
  qualified: 'qualified',
  /** Parts of packets come here before their first ones. */
  together: 'fragments.together',
  modes: 'modes',
  /** Uninspected packets that failure windows tell of, and the run of the kernel that counted them. */
  uninspected: 'inspection.uninspected',
  /** Newest batch of each inspector that was taken down: `{ "open 100": { run, upTo } }`. */
  inspectorReports: 'inspection.reports',
  /** Failures of inspectors that were told, newest last. */
  failures: 'inspection.failures',
  /** How often decoys moved, and when last: `{ epoch, last }`. */
  decoyEpoch: 'decoys.epoch',
  /** Addresses that decoys left to somebody else: `{ address, since, until, cause }`. */
  decoyWithdrawn: 'decoys.withdrawn',
  /** Identifies this store to a manager. */
  store: 'link.store',
  /** By class: highest number that a manager has stored for good. */
  cursors: 'link.cursors',
  /** By class: highest number that a file for a manager held. */
  exported: 'link.exported',
  /** Events up to this number outlive a power cut. */
  secured: 'link.secured',
  /** By stream: revision of what a manager has put in force here. */
  revisions: 'link.revisions',
  /** Policies of a manager, newest last: `{ revision, digest, outcome }`. */
  policies: 'link.policies',
  /** Whose passwords were asked about at a directory, and when: prefix of what a verifier keeps. */
  verifier: 'decoys.verifier',
} as const

export interface Kv {
  /** The value, or nothing if it is missing or is not what the schema says. */
  get<T>(key: string, schema: z.ZodType<T>): T | undefined
  /** Durable when it returns, unless told otherwise. `undefined` takes the value away. */
  set(key: string, value: unknown, options?: { readonly durable?: boolean }): void
}

export const kvOf = (database: Database, overlay = new Overlay()): Kv => ({
  get: (key, schema) => {
    const { values } = overlay.layer
    if (values.has(key)) return schema.safeParse(values.get(key)).data
    const row = database.statement('SELECT value FROM kv WHERE key = ?').get(key)
    if (row === undefined) return undefined
    try {
      const parsed = schema.safeParse(JSON.parse(text(row, 'value')))
      return parsed.success ? parsed.data : undefined
    } catch {
      return undefined
    }
  },
  set: (key, value, options) => {
    database.atomically(() => {
      if (value === undefined) database.statement('DELETE FROM kv WHERE key = ?').run(key)
      else
        database
          .statement('INSERT INTO kv VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
          .run(key, JSON.stringify(value))
    }, options)
  },
})
