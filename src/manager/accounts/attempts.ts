/** Guessing gets slower: each account and each address that fails has to wait longer before its next attempt counts. */
import { sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import type { Database } from '../database/pool.ts'
import { networkOf } from '../places.ts'

/** Attempts without delay; an address may be that of many people behind a router. */
const freeForAccount = 3
const freeForAddress = 10
const longestSeconds = 900
/** After this long without an attempt, it starts anew. */
const forgetMs = 3_600_000

/** Seconds to wait after so many attempts: 1, 2, 4 … and 15 minutes at most. */
const delaySeconds = (count: number, free: number): number =>
  count < free ? 0 : Math.min(longestSeconds, 2 ** Math.min(20, count - free))

const keysOf = (name: string, address: string) =>
  [
    { key: `account ${name}`, free: freeForAccount },
    { key: `address ${networkOf(address)}`, free: freeForAddress },
  ] as const

const tooEarly = (until: Date, now: number): Fault =>
  new Fault('too-many-requests', 'There were too many wrong attempts.', {
    advice: `Wait ${Math.max(1, Math.ceil((until.getTime() - now) / 1000))} s, then try again.`,
  })

/**
 * Counts an attempt before it is looked at, so that many at once are no way around the delay.
 * @throws Fault `too-many-requests` while the account or the address has to wait
 */
export const beginAttempt = (db: Database, name: string, address: string, now: number): Promise<void> =>
  db.transaction().execute(async (tx) => {
    for (const { key, free } of keysOf(name, address)) {
      await tx
        .insertInto('attempts')
        .values({ key, count: 0, last: new Date(now), until: new Date(0) })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const row = await tx
        .selectFrom('attempts')
        .selectAll()
        .where('key', '=', key)
        .forUpdate()
        .executeTakeFirstOrThrow()
      // An end further away than any delay is from before the clock was set back.
      const wait = row.until.getTime() - now
      if (wait > 0 && wait <= longestSeconds * 1000) throw tooEarly(row.until, now)
      const count = now - row.last.getTime() > forgetMs ? 1 : row.count + 1
      const until = new Date(now + delaySeconds(count, free) * 1000)
      await tx
        .updateTable('attempts')
        .set({ count, last: new Date(now), until })
        .where('key', '=', key)
        .execute()
    }
    await sql`DELETE FROM attempts WHERE last < ${new Date(now - 24 * forgetMs)}`.execute(tx)
  })

/** It does not count, as if it had not been made; those that were wrong before it still do. */
const giveBack = async (db: Database, keys: readonly string[]): Promise<void> => {
  await db
    .updateTable('attempts')
    .set((row) => ({ count: row('count', '-', 1), until: new Date(0) }))
    .where('key', 'in', keys)
    .where('count', '>', 0)
    .execute()
}

/**
 * What was given is right and not yet enough, as a password is where a second factor is asked for. The account does not start anew: who
 * knows the password could try codes without delay, by showing it again after each.
 */
export const suspendAttempt = (db: Database, name: string, address: string): Promise<void> =>
  giveBack(
    db,
    keysOf(name, address).map(({ key }) => key),
  )

/** The attempt succeeded: the account starts anew, and the address gets this one back. */
export const endAttempt = async (db: Database, name: string, address: string): Promise<void> => {
  const [account, from] = keysOf(name, address)
  await db.deleteFrom('attempts').where('key', '=', account.key).execute()
  await giveBack(db, [from.key])
}
