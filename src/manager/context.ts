import type { AuditKeys } from './audit/keys.ts'
import type { Trail } from './audit/trail.ts'
import type { SetupCode } from './accounts/setup-code.ts'
import type { Database } from './database/pool.ts'

/** What every operation of the manager works with. */
export interface Manager {
  readonly db: Database
  readonly trail: Trail
  readonly keys: AuditKeys
  /** ms since 1970 */
  readonly now: () => number
  readonly version: string
  readonly started: number
  readonly database: 'private' | 'external'
  /** There as long as no administrator exists. */
  setup: SetupCode | undefined
  /** Ends when the manager does. */
  readonly ending: AbortSignal
}
