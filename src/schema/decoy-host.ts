/**
 * What the edge and its decoy host tell each other: one JSON line each. The host's input is hostile, so the edge believes nothing it
 * says without reading it by these documents, and no line may be longer than {@link lineLimit}.
 */
import * as z from 'zod'
import { Address, Mac, Port } from './address.ts'
import { Budget, Honeytoken } from './decoys.ts'

/** Characters of one line. */
export const lineLimit = 1 << 20
const Id = z.string().min(1).max(64)
const Ms = z.number().min(0)

export const DecoyPlace = z.strictObject({
  address: Address,
  mac: Mac,
  name: z.string().min(3).max(15),
  serial: z.string().min(4).max(40),
  serialNumber: z.int().min(1).max(0xffffffff),
  seed: z.int().min(0).max(0xffffffff),
  budget: Budget,
})
export type DecoyPlace = z.infer<typeof DecoyPlace>

/** A station: one network namespace with one MAC, one persona, and the decoys that share it. */
export const HostStation = z.strictObject({
  id: Id,
  persona: Id,
  /** Listening sockets that were handed over, bound to every address of the station. */
  sockets: z.array(z.strictObject({ fd: z.int().min(3), transport: z.enum(['tcp', 'udp']), port: Port })),
  decoys: z.array(DecoyPlace),
})
export type HostStation = z.infer<typeof HostStation>

/** Edge → host. */
export const HostOrder = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('begin'),
    site: Id,
    stations: z.array(HostStation),
    honeytokens: z.array(Honeytoken),
    /** Whether attempts are sent to be verified. */
    verify: z.boolean(),
  }),
  /** Decoys of a station from now on; conversations of those that left end. */
  z.strictObject({ type: z.literal('move'), station: Id, decoys: z.array(DecoyPlace) }),
  /** A source whose budget was spent may go on, or is cut off at every decoy. */
  z.strictObject({ type: z.literal('go-on'), source: Address }),
  z.strictObject({ type: z.literal('cut'), source: Address }),
  z.strictObject({
    type: z.literal('verified'),
    id: Id,
    answer: z.enum(['current', 'old', 'wrong', 'not-asked']),
    by: z.string().max(64),
  }),
  z.strictObject({ type: z.literal('status') }),
])
export type HostOrder = z.infer<typeof HostOrder>

export const loginClasses = [
  'honeytoken',
  'compromised-credential',
  'old-password',
  'vendor-default',
  'brute-force',
  'spray',
  'misconfigured-client',
  'guess',
] as const
export type LoginClass = (typeof loginClasses)[number]

const Session = z.strictObject({
  id: Id,
  station: Id,
  persona: Id,
  decoy: Address,
  source: Address,
  sourcePort: Port,
  service: z.string().max(32),
  transport: z.enum(['tcp', 'udp']),
  port: Port,
})

/** Host → edge. */
export const HostReport = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), pid: z.int(), uid: z.int() }),
  /** A completed handshake, a datagram (`handshake: false`), or exchanges since. Told at most ten times a second for a source. */
  z.strictObject({
    type: z.literal('contact'),
    session: Session,
    handshake: z.boolean(),
    /** With this decoy, by this source, in all. */
    exchanges: z.int().min(0),
    /** The budget is spent: the answer waits for `go-on` or `cut`, 2 s at most, then the connection is cut. */
    spent: z.boolean(),
    notes: z.array(z.string().max(100)).max(16),
  }),
  /** Somebody typed a login. The clear text crosses this pipe and is kept nowhere. */
  z.strictObject({
    type: z.literal('attempt'),
    id: Id,
    session: Session,
    user: z.string().max(128),
    /** Absent where the protocol shows only a proof. */
    password: z.string().max(128).optional(),
    verify: z.boolean(),
  }),
  /** What it amounts to, with the evidence. */
  z.strictObject({
    type: z.literal('login'),
    session: Session,
    class: z.enum(loginClasses),
    user: z.string().max(128),
    attempts: z.int().min(1),
    /** Different users and different secrets seen from this source within the window. */
    users: z.int().min(0),
    secrets: z.int().min(0),
    evidence: z.array(z.string().max(200)).max(8),
    contain: z.boolean(),
  }),
  /** Both directions of an ended conversation, cut at 256 kB. */
  z.strictObject({
    type: z.literal('recording'),
    session: Session,
    from: Ms,
    to: Ms,
    cut: z.boolean(),
    /** `d`: 0 from the source, 1 from the decoy; `t`: ms after `from`; `b`: base64. */
    chunks: z.array(z.strictObject({ d: z.union([z.literal(0), z.literal(1)]), t: Ms, b: z.string() })).max(4096),
  }),
  z.strictObject({
    type: z.literal('status'),
    /** Bytes. */
    memory: z.number(),
    connections: z.int(),
    accepted: z.number(),
    /** Refused because there were too many of one source, or of all. */
    refused: z.number(),
    faults: z.number(),
  }),
])
export type HostReport = z.infer<typeof HostReport>
export type HostSession = z.infer<typeof Session>
