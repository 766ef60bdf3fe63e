/** What every conversation of the host shares. */
import type { HostSession } from '#schema/decoy-host.ts'
import type { Certificates } from './certificates.ts'
import type { Encounters } from './encounters.ts'
import type { Gate } from './gate.ts'
import type { Limits } from './limits.ts'
import type { Logins } from './logins.ts'
import type { HostParts } from './parts.ts'
import type { Recordings } from './recordings.ts'
import type { Shares } from './shares.ts'
import type { Stations } from './stations.ts'

export interface Counts {
  accepted: number
  refused: number
  faults: number
  /** Connections under TLS now. */
  secure: number
  /** Bytes of answers that wait to be sent. */
  queued: number
}

export interface HostContext {
  readonly parts: HostParts
  readonly limits: Limits
  readonly gate: Gate
  readonly encounters: Encounters
  readonly recordings: Recordings
  readonly logins: Logins
  readonly shares: Shares
  readonly stations: Stations
  readonly certificates: Certificates
  readonly counts: Counts
  /** ms since 1970. */
  readonly now: () => number
  readonly nextId: () => HostSession['id']
  /** Something of ours went wrong: it is counted and said in a line for the log. */
  readonly fault: (where: string, error: unknown) => void
}
