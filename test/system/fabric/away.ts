/** Asking a manager that comes and goes. */
import assert from 'node:assert/strict'
import { Fault } from '#core/errors.ts'
import type { Centre } from './centre.ts'

/** What a manager may say while it, or its database, is away: then nobody knows whether it was done. */
const away = new Set(['manager-unreachable', 'database-failed'])

/** @returns nothing when nobody knows whether it was done */
export const unlessAway = async <T>(centre: Centre, work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work
  } catch (error) {
    assert.ok(
      error instanceof Fault && away.has(error.code),
      `${error instanceof Fault ? [error.message, ...error.details].join(' ') : String(error)} ${
        /.*"(?:status":500|err":).*/.exec(centre.said)?.[0] ?? ''
      }`,
    )
    return undefined
  }
}
