/** What a TAXII 2.1 server says (OASIS Standard, 10 June 2021): media types, filters, pages, errors. */
import type { IncomingHttpHeaders } from 'node:http'
import * as z from 'zod'
import type { Plain } from '../../api/route.ts'

export const mediaType = 'application/taxii+json;version=2.1'
export const objectType = 'application/stix+json;version=2.1'
/** 1.6.5: `max_content_length`, in octets; what a request of ours may have at most. */
export const mostContent = 1 << 20

/** 1.6.8.1: our media type with our version or none, or a range that it is in. A request without the header takes anything. */
const takes = (part: string): boolean => {
  const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
  if (parameters.includes('q=0')) return false
  if (type === '*/*' || type === 'application/*') return true
  const version = parameters.find((one) => one.startsWith('version='))?.slice('version='.length)
  return type === 'application/taxii+json' && (version === undefined || version.replaceAll('"', '') === '2.1')
}
export const acceptable = ({ accept }: IncomingHttpHeaders): boolean =>
  accept === undefined || accept.split(',').some(takes)
/** Of what is sent the version must be said. */
export const isTaxii = (header: string | undefined): boolean =>
  header !== undefined && /^application\/taxii\+json\s*;\s*version="?2\.1"?$/i.test(header.trim())

/** 3.6.1 */
export const problem = (status: number, title: string): Plain => ({
  status,
  body: JSON.stringify({ title, http_status: String(status) }),
})
export const answer = (value: unknown, headers: Readonly<Record<string, string>> = {}): Plain => ({
  headers,
  body: JSON.stringify(value),
})

const list = z
  .string()
  .max(4096)
  .transform((text) => text.split(','))
  .pipe(z.array(z.string().min(1)).max(100))
/** 3.4: RFC 3339 with any precision of seconds, in UTC. */
const Instant = z.string().max(40).pipe(z.iso.datetime())

export const PageQuery = z.object({
  added_after: Instant.optional(),
  limit: z.coerce.number().int().min(1).optional(),
  next: z.string().max(64).optional(),
  'match[id]': list.optional(),
  'match[type]': list.optional(),
  'match[version]': list.optional(),
  'match[spec_version]': list.optional(),
})
export type PageQuery = z.output<typeof PageQuery>

/** Where a page goes on: after the object that was added then. Opaque to clients. */
export const nextOf = (added: Date): string => `a${added.getTime().toString(36)}`
export const afterOf = (next: string): Date | undefined =>
  /^a[0-9a-z]{1,10}$/.test(next) ? new Date(Number.parseInt(next.slice(1), 36)) : undefined

/** 3.3.4.1 */
export type Versions = {
  readonly first: boolean
  readonly last: boolean
  readonly all: boolean
  readonly at: readonly Date[]
}
export const versionsOf = (wanted: readonly string[] = ['last']): Versions | undefined => {
  const times = wanted.filter((one) => !['first', 'last', 'all'].includes(one))
  if (times.some((one) => !Instant.safeParse(one).success)) return undefined
  return {
    first: wanted.includes('first'),
    last: wanted.includes('last'),
    all: wanted.includes('all'),
    at: times.map((one) => new Date(one)),
  }
}
