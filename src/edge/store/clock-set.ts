/** What counts by a clock that was wrong and is right now. */
import * as z from 'zod'
import type { Database } from '#sqlite/database.ts'
import { keys, type Kv } from './kv.ts'

const Bypass = z.looseObject({ until: z.iso.datetime() })

/**
 * Everything in force keeps the time that is left to it. What a manager gave ends at a time of its own clock, and stays.
 * @param from ms since 1970 by the old clock, now
 * @param to the same by the new one
 */
export const setClock = (database: Database, kv: Kv, from: number, to: number): void =>
  database.atomically(() => {
    const by = Math.round(from - to)
    const now = Math.round(to)
    // Where it was set forth, what is younger was ordered by the new clock already.
    const old = from < to ? Math.round(from) : Number.MAX_SAFE_INTEGER
    for (const [table, where] of [
      ['containments', 'released_at IS NULL AND expires_at IS NOT NULL'],
      ['permits', 'revoked_at IS NULL'],
    ] as const)
      database
        .statement(
          `UPDATE ${table} SET expires_at = expires_at - ?, since = min(since, ?) WHERE ${where} AND since <= ?`,
        )
        .run(by, now, old)
    database
      .statement(
        "UPDATE plans SET deadline = deadline - ? WHERE state = 'pending' AND deadline IS NOT NULL AND applied_at <= ?",
      )
      .run(by, old)
    const bypass = kv.get(keys.bypass, Bypass)
    if (bypass !== undefined)
      kv.set(keys.bypass, { ...bypass, until: new Date(Date.parse(bypass.until) - by).toISOString() })
    // By age nothing is dropped for a day, as after any leap of the clock.
    if ((kv.get(keys.retainedAt, z.number()) ?? 0) > now) kv.set(keys.retainedAt, now)
    kv.set(keys.lastTime, now)
  })
