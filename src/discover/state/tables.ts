/** The tables of a state file, and how rows get in and out of them. Bodies are JSON of the sums of observe/recording. */
import * as z from 'zod'
import type { Database } from '#sqlite/database.ts'
import { json } from '#sqlite/row.ts'
import { factNames } from '#core/message.ts'
import { kinds } from '#schema/site.ts'
import { identityNames } from '../model.ts'

/** Of this form; another one is not read. */
export const version = 1

export const layout = `
CREATE TABLE captures (digest TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE endpoints (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE bindings (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE facts (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE conversations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE commands (conversation TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (conversation, key)) STRICT, WITHOUT ROWID;
CREATE TABLE told (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE limits (text TEXT PRIMARY KEY) STRICT;
PRAGMA user_version = ${version};
`

const spanned = { first: z.number(), last: z.number() }
const Evidence = z.object({ capture: z.string(), packet: z.number(), at: z.number() })
const Sums = z.object({ count: z.number(), sum: z.number(), squares: z.number() })
const Pair = z.tuple([z.number(), z.number()])

export const CaptureRow = z.object({
  ...spanned,
  name: z.string(),
  digest: z.string(),
  packets: z.number(),
  bytes: z.number(),
  watched: z.array(z.object(spanned)).exactOptional(),
  skipped: z.array(
    z.object({
      why: z.string(),
      packets: z.number().exactOptional(),
      at: z.number().exactOptional(),
      bytes: z.number().exactOptional(),
    }),
  ),
})

export const bodies = {
  endpoints: z.object({
    ...spanned,
    vlan: z.number(),
    address: z.string(),
    sent: z.number(),
    received: z.number(),
    sentBytes: z.number(),
    receivedBytes: z.number(),
  }),
  bindings: z.object({
    ...spanned,
    vlan: z.number(),
    mac: z.string(),
    ip: z.string(),
    packets: z.number(),
    claims: z.number(),
  }),
  facts: z.object({
    vlan: z.number(),
    address: z.string(),
    name: z.enum([...factNames, ...identityNames]),
    value: z.string(),
    source: z.string(),
    confidence: z.number(),
    count: z.number(),
    evidence: Evidence,
  }),
  conversations: z.object({
    ...spanned,
    vlan: z.number(),
    client: z.string(),
    server: z.string(),
    clientMacs: z.array(z.string()),
    serverMacs: z.array(z.string()),
    cast: z.enum(['unicast', 'multicast', 'broadcast']),
    etherType: z.number(),
    proto: z.number().exactOptional(),
    transport: z.enum(['tcp', 'udp']).exactOptional(),
    port: z.number().exactOptional(),
    protocol: z.string().exactOptional(),
    certain: z.boolean(),
    packets: Pair,
    bytes: Pair,
    opened: z.number(),
    accepted: z.number(),
    rejected: z.number(),
    clientPorts: z.number(),
    pace: Sums,
    faults: z.record(z.string(), z.number()),
    evidence: Evidence,
  }),
  commands: z.object({
    ...spanned,
    protocol: z.string(),
    op: z.string(),
    risk: z.enum(['read', 'write', 'control', 'program', 'discover', 'session', 'file']),
    from: z.enum(['client', 'server']),
    count: z.number(),
    answered: z.number(),
    refused: z.number(),
    spans: z.record(z.string(), z.array(Pair)),
    texts: z.record(z.string(), z.array(z.string())),
    values: Pair.exactOptional(),
    step: z.number().exactOptional(),
    lowest: z.array(Pair).exactOptional(),
    highest: z.array(Pair).exactOptional(),
    unreadable: z.boolean(),
    folded: z.boolean(),
    pace: Sums,
    evidence: Evidence,
  }),
  told: z.object({
    vlan: z.number(),
    address: z.string(),
    name: z.string().exactOptional(),
    kind: z.enum(kinds).exactOptional(),
    level: z.number().exactOptional(),
    zone: z.string().exactOptional(),
    owner: z.string().exactOptional(),
    vendor: z.string().exactOptional(),
    criticality: z.enum(['low', 'medium', 'high']).exactOptional(),
    note: z.string().exactOptional(),
  }),
} as const

/** Adds rows to those that are there, by key. */
export const addAll = <T>(
  database: Database,
  table: 'endpoints' | 'bindings' | 'facts' | 'conversations',
  rows: ReadonlyMap<string, T>,
  schema: { parse(value: unknown): T },
  merge: (known: T, row: T) => T,
): void => {
  const get = database.statement(`SELECT body FROM ${table} WHERE key = ?`)
  const put = database.statement(`INSERT OR REPLACE INTO ${table} (key, body) VALUES (?, ?)`)
  for (const [key, row] of rows) {
    const known = get.get(key)
    put.run(key, JSON.stringify(known === undefined ? row : merge(schema.parse(json(known, 'body')), row)))
  }
}
