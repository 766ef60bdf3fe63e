/** STIX 2.1 objects (OASIS Standard, 10 June 2021). Pure: the same facts give the same objects with the same ids. */
import { createHash } from 'node:crypto'
import { isTechnique, techniques, techniqueUrl } from '#discover/assess/techniques.ts'

export type StixObject = {
  readonly type: string
  readonly spec_version: '2.1'
  readonly id: string
  readonly created: string
  readonly modified: string
} & Readonly<Record<string, unknown>>

/**
 * UUID version 5 (RFC 9562, 5.5) in a namespace of this manager: other managers give other ids to their own opinion. TAXII wants the
 * look of version 4 for its collections.
 */
export const uuid = (namespace: string, name: string, version: 4 | 5 = 5): string => {
  const bytes = createHash('sha1').update(`${namespace}\n${name}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const time = (ms: number): string => new Date(ms).toISOString()

export interface Teller {
  /** Fingerprint of the key that signs what edges obey: it names this manager for good. */
  readonly key: string
  /** When it came to be (ms since 1970); the identity does not change. */
  readonly since: number
}

export const identity = ({ key, since }: Teller): StixObject => ({
  type: 'identity',
  spec_version: '2.1',
  id: `identity--${uuid(key, 'identity')}`,
  created: time(since),
  modified: time(since),
  name: `Bulkhead manager ${key.slice(0, 8)}`,
  identity_class: 'system',
})

/** Of one address, or a network: STIX 2.1, 9 (patterns) and 6.7, 6.8 (the observables). */
export const pattern = (ip: string): string => `[${ip.includes(':') ? 'ipv6' : 'ipv4'}-addr:value = '${ip}']`

/**
 * One indicator for each time that an address is contained: 3.6.2 gives a revoked object no further version.
 * @param from when that time began (ms since 1970)
 */
const indicatorId = ({ key }: Teller, ip: string, from: number): string =>
  `indicator--${uuid(key, `indicator ${ip} ${from}`)}`

export interface Indicated {
  readonly ip: string
  /** When it was first told of, and now; since when and until when it holds (ms since 1970). */
  readonly created: number
  readonly modified: number
  readonly from: number
  readonly until: number
  readonly reason: string
  readonly revoked?: boolean
}

export const indicator = (teller: Teller, one: Indicated): StixObject => ({
  type: 'indicator',
  spec_version: '2.1',
  id: indicatorId(teller, one.ip, one.from),
  created_by_ref: identity(teller).id,
  created: time(one.created),
  modified: time(one.modified),
  name: `Contained: ${one.ip}`,
  description: one.reason,
  indicator_types: ['malicious-activity'],
  pattern: pattern(one.ip),
  pattern_type: 'stix',
  valid_from: time(one.from),
  // 4.7: later than valid_from.
  valid_until: time(Math.max(one.until, one.from + 1)),
  ...(one.revoked === true && { revoked: true }),
})

export interface Seen {
  readonly indicator: string
  readonly event: string
  readonly at: number
  readonly first: number
  readonly last: number
  readonly count: number
}
export const sighting = (teller: Teller, seen: Seen): StixObject => ({
  type: 'sighting',
  spec_version: '2.1',
  id: `sighting--${uuid(teller.key, `sighting ${seen.indicator} ${seen.event}`)}`,
  created_by_ref: identity(teller).id,
  created: time(seen.at),
  modified: time(seen.at),
  first_seen: time(seen.first),
  last_seen: time(Math.max(seen.first, seen.last)),
  // 5.2: between 0 and 999,999,999.
  count: Math.min(seen.count, 999_999_999),
  sighting_of_ref: seen.indicator,
  where_sighted_refs: [identity(teller).id],
})

/** A technique of ATT&CK for ICS, by reference: MITRE's own object is not ours to give out. */
export const attackPattern = (teller: Teller, technique: string): StixObject => ({
  type: 'attack-pattern',
  spec_version: '2.1',
  id: `attack-pattern--${uuid(teller.key, `attack-pattern ${technique}`)}`,
  created_by_ref: identity(teller).id,
  created: time(teller.since),
  modified: time(teller.since),
  name: isTechnique(technique) ? techniques[technique] : technique,
  external_references: [{ source_name: 'mitre-attack', external_id: technique, url: techniqueUrl(technique) }],
})

export const indicates = (teller: Teller, source: string, technique: string, at: number): StixObject => ({
  type: 'relationship',
  spec_version: '2.1',
  id: `relationship--${uuid(teller.key, `indicates ${source} ${technique}`)}`,
  created_by_ref: identity(teller).id,
  created: time(at),
  modified: time(at),
  relationship_type: 'indicates',
  source_ref: source,
  target_ref: attackPattern(teller, technique).id,
})
