/** What an edge answers about its decoys, on its control socket: operations `decoys`, `decoys-shuffle`, `decoys-return`, `decoys-sessions`, `decoys-session`. */
import * as z from 'zod'
import { Address } from './address.ts'
import { loginClasses } from './decoy-host.ts'

const By = z.string().min(1).max(100)
const Count = z.number().min(0)
/** ms since 1970. */
const Ms = z.number().min(0)

export const decoyRequests = {
  decoys: z.strictObject({}),
  /** `now`: before five minutes are over; `force`: also within a minute of the last movement. */
  'decoys-shuffle': z.strictObject({
    now: z.boolean().default(false),
    force: z.boolean().default(false),
    reason: z.string().min(1).max(500),
    by: By,
  }),
  /** Decoys may stand again at addresses that were claimed: at these, or at all of them where none is named. */
  'decoys-return': z.strictObject({
    addresses: z.array(Address).max(65_536),
    reason: z.string().min(1).max(500),
    by: By,
  }),
  /** Newest first. */
  'decoys-sessions': z.strictObject({
    source: Address.optional(),
    decoy: Address.optional(),
    limit: z.int().min(1).max(10_000).default(50),
  }),
  'decoys-session': z.strictObject({ id: z.string().min(1).max(64) }),
} as const

export const DecoyRow = z.object({
  address: z.string(),
  mac: z.string(),
  name: z.string(),
  serial: z.string(),
  persona: z.string(),
  pool: z.string(),
  station: z.string(),
  state: z.enum(['standing', 'withdrawn']),
  /** ISO time of this state, and until when an address is left to whoever claimed it. */
  since: z.string(),
  until: z.string().optional(),
  contacts: Count,
  exchanges: Count,
  lastContact: z.string().optional(),
})
export type DecoyRow = z.infer<typeof DecoyRow>

export const DecoyList = z.object({
  site: z.string(),
  edge: z.string(),
  epoch: z.int(),
  /** ISO times; `nextShuffle` only where there is a schedule. */
  lastShuffle: z.string().optional(),
  nextShuffle: z.string().optional(),
  host: z.object({
    state: z.enum(['running', 'starting', 'down']),
    pid: z.int().optional(),
    /** Bytes. */
    memory: Count,
    connections: Count,
    refused: Count,
    faults: Count,
    restarts: Count,
  }),
  /** What coverage is reckoned from, beside the decoys that stand. */
  pools: z.array(z.object({ id: z.string(), zone: z.string(), approved: Count, real: z.array(z.string()) })),
  /** Addresses that are new to the pools: until then nobody knows whether a device is there. */
  listening: z.object({ addresses: Count, until: z.string() }).optional(),
  decoys: z.array(DecoyRow),
})
export type DecoyList = z.infer<typeof DecoyList>

export const ShuffleReport = z.object({
  epoch: z.int(),
  /** Decoys that went elsewhere. */
  moved: Count,
  /** Decoys that are another device at the same address: another persona, name, serial or Ethernet address. */
  changed: Count,
  /** Where decoys stand now and did not before. */
  appeared: z.array(z.string()),
  left: z.array(z.string()),
  ms: Count,
})
export type ShuffleReport = z.infer<typeof ShuffleReport>

export const ReturnReport = z.object({
  /** Where decoys may stand again. */
  returned: z.array(z.string()),
  /** Those that somebody still uses, and how many seconds ago he was heard. */
  used: z.array(z.object({ address: z.string(), seconds: Count })),
  /** Seconds for which nobody may have been heard there. */
  quiet: Count,
})
export type ReturnReport = z.infer<typeof ReturnReport>

export const DecoySession = z.object({
  id: z.string(),
  decoy: z.string(),
  persona: z.string(),
  source: z.string(),
  sourcePort: z.int(),
  service: z.string(),
  transport: z.enum(['tcp', 'udp']),
  port: z.int(),
  from: Ms,
  to: Ms,
  /** Bytes from the source, and from the decoy. */
  received: Count,
  sent: Count,
  /** The recording ends before the conversation did. */
  cut: z.boolean(),
  class: z.enum(loginClasses).optional(),
})
export type DecoySession = z.infer<typeof DecoySession>
export const DecoySessions = z.array(DecoySession)

export const RecordedSession = DecoySession.extend({
  /** `d`: 0 from the source, 1 from the decoy; `t`: ms after `from`; `b`: base64. */
  chunks: z.array(z.object({ d: z.union([z.literal(0), z.literal(1)]), t: Ms, b: z.string() })),
})
export type RecordedSession = z.infer<typeof RecordedSession>

/** By operation. */
export const decoyAnswers = {
  decoys: DecoyList,
  'decoys-shuffle': ShuffleReport,
  'decoys-return': ReturnReport,
  'decoys-sessions': DecoySessions,
  'decoys-session': RecordedSession,
} as const
export type DecoyOperation = keyof typeof decoyRequests
