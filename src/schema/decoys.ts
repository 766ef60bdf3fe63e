/** Decoys in the site policy: where they may stand, who they claim to be, what is done about who touches them. */
import * as z from 'zod'
import { Address, Duration, Network } from './address.ts'

const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name of lower-case letters, digits, dot, dash, underscore')
const Text = z.string().min(1).max(500)

/** A network, an address, or a span of addresses: `198.18.1.32/27`, `198.18.1.40`, `198.18.1.40-198.18.1.60`. */
export const Span = z
  .string()
  .regex(
    /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2}|-\d{1,3}(\.\d{1,3}){3})?$/,
    'an IPv4 network, address or span such as 198.18.1.40-198.18.1.60',
  )

/** What a source may do at a decoy before it is contained: nothing ever, the handshake alone, or so many exchanges. */
export const Budget = z.union([z.enum(['observe', 'first']), z.strictObject({ after: z.int().min(1).max(10_000) })])
export type Budget = z.infer<typeof Budget>
/** An identification needs five. */
export const defaultBudget: Budget = { after: 8 }

export const Pool = z.strictObject({
  id: Name,
  /** Zone whose addresses these are. */
  zone: Name,
  /** Edge that answers for them; needed where several edges have the zone. */
  edge: Name.optional(),
  approved: z.array(Span).min(1),
  /** Router that decoys answer others through. */
  gateway: Address.optional(),
  /** How many of each; `rest` takes what is left of the pool. */
  personas: z.record(Name, z.union([z.int().min(1).max(4096), z.literal('rest')])),
  budget: Budget.optional(),
  'approved-by': z.array(Text).min(1),
})

export const Deceive = z.strictObject({
  id: Name,
  from: z.string().default('any'),
  /** Assets that are stood in for. */
  to: z.string(),
  ports: z.array(z.string().regex(/^(tcp|udp)\/\d{1,5}$/, 'a port such as tcp/102')).min(1),
  persona: Name,
  reason: Text.optional(),
})

export const shuffleCauses = ['contact', 'login', 'scan', 'containment'] as const
export const Shuffle = z.strictObject({
  /** Not faster than ARP caches age: 5 minutes at least. */
  every: Duration.optional(),
  /** Events after which decoys move; at most once in `every`, or in 10 minutes. */
  on: z.array(z.enum(shuffleCauses)).min(1).optional(),
  /** Part of the decoys that moves each time, in percent. */
  share: z.int().min(1).max(100).default(25),
})

export const Honeytoken = z.strictObject({
  id: Name,
  user: z.string().min(1).max(128),
  /** Any password of that user when absent. */
  password: z.string().min(1).max(128).optional(),
  /** Where it was planted. */
  planted: Text.optional(),
})

/** Whether what was typed is the current password of a real user. Asked by the edge, never by a decoy. */
export const Verifier = z.strictObject({
  kind: z.enum(['list', 'ldap', 'radius']),
  /** `list`: file of `user:scrypt` lines; `bulkhead decoys hash` writes one. */
  file: z.string().optional(),
  /** `ldap`: ldaps://, or ldap:// with `start-tls`. */
  url: z.string().optional(),
  'start-tls': z.boolean().optional(),
  /** PEM file of the CA of the directory. */
  ca: z.string().optional(),
  /** `ldap`: DN of a user, `{user}` stands for the name: `uid={user},ou=people,dc=plant`. */
  dn: z.string().optional(),
  /** `radius`: host:port. */
  server: z.string().optional(),
  /** `radius`: file of the shared secret. */
  'secret-file': z.string().optional(),
  /** Failed binds after which the directory locks a user: never came within two of it. */
  'lock-out': z.int().min(3).max(1000).default(5),
  /** Time in which the directory counts them. */
  'lock-out-window': Duration.default('1h'),
  timeout: Duration.default('3s'),
})
export type Verifier = z.infer<typeof Verifier>

export const Decoys = z.strictObject({
  pools: z.array(Pool).min(1),
  /** Never a decoy, whatever is approved: DHCP scopes, spares, VRRP. Assets, gateways and broadcast are denied anyway. */
  deny: z.array(Span).default([]),
  budget: Budget.default(defaultBudget),
  /** Dark addresses: nothing answers, whoever sends there is out of scope. */
  'sensor-only': z.array(Network).default([]),
  deceive: z.array(Deceive).default([]),
  shuffle: Shuffle.optional(),
  /** Ethernet addresses per edge; beyond, decoys share them. */
  'max-macs': z.int().min(1).max(64).default(16),
  /** How long an address that is new to the pools is listened to before a decoy comes there. */
  'listen-for': Duration.default('1m'),
  /** How long a decoy stays away where somebody else claimed its address. */
  'withdraw-for': Duration.default('1d'),
  honeytokens: z.array(Honeytoken).default([]),
  /** PEM of the public key (X25519) of who may read what was typed; without it nobody can. */
  'responder-key': z.string().optional(),
  verifier: Verifier.optional(),
  /** Recordings of sessions that are kept, in MB. */
  'keep-sessions': z.int().min(1).max(10_000).default(64),
})
export type Decoys = z.infer<typeof Decoys>
