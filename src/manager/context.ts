import type { AuditKeys } from './audit/keys.ts'
import type { Trail } from './audit/trail.ts'
import type { SetupCode } from './accounts/setup-code.ts'
import type { Bus } from './bus/bus.ts'
import type { Database } from './database/pool.ts'
import type { ObjectSigner } from './fleet/signer.ts'

/** What every operation of the manager works with. */
export interface Manager {
  readonly db: Database
  readonly trail: Trail
  readonly keys: AuditKeys
  /** Signs what edges obey. */
  readonly signer: ObjectSigner
  readonly bus: Bus
  /** Of this process, among several managers of one database. */
  readonly id: string
  /** Trust domain of edges (SPIFFE-ID 2.1). */
  readonly domain: string
  /** Its directory: keys and certificates. */
  readonly state: string
  /** ms since 1970 */
  readonly now: () => number
  readonly version: string
  readonly started: number
  readonly database: 'private' | 'external'
  /** PEM of the certificate that a person brought for the API. */
  readonly given?: string | undefined
  /** There as long as no administrator exists. */
  setup: SetupCode | undefined
  /** Ends when the manager does. */
  readonly ending: AbortSignal
}
