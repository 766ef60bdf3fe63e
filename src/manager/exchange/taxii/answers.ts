/** What a TAXII 2.1 server says (OASIS Standard, 10 June 2021): media types, filters, pages, errors. */
import type { IncomingHttpHeaders } from 'node:http'
import * as z from 'zod'
import type { Fault } from '#core/errors.ts'
import type { Plain } from '../../api/route.ts'

export const mediaType = 'application/taxii+json;version=2.1'
export const objectType = 'application/stix+json;version=2.1'
/** 1.6.5: `max_content_length`, in octets; what a request of ours may have at most. */
export const mostContent = 1 << 20

/** RFC 9110, 8.3.1: the type, and what stands behind it in any order. */
const partsOf = (text: string): { type: string; parameters: readonly string[]; version: string | undefined } => {
  const [type = '', ...parameters] = text.split(';').map((piece) => piece.trim().toLowerCase())
  const version = parameters.find((one) => one.startsWith('version='))?.slice('version='.length)
  return { type, parameters, version: version?.replaceAll('"', '') }
}

/** 1.6.8.1: our media type with our version or none, or a range that it is in. A request without the header takes anything. */
const takes = (part: string): boolean => {
  const { type, parameters, version } = partsOf(part)
  if (parameters.includes('q=0')) return false
  if (type === '*/*' || type === 'application/*') return true
  return type === 'application/taxii+json' && (version === undefined || version === '2.1')
}
export const acceptable = ({ accept }: IncomingHttpHeaders): boolean =>
  accept === undefined || accept.split(',').some(takes)
/** Of what is sent the version must be said. Many servers add a `charset` before or behind it, which means nothing in JSON. */
export const isTaxii = (header = ''): boolean => {
  const { type, version } = partsOf(header)
  return type === 'application/taxii+json' && version === '2.1'
}

/** 3.6.1 */
export const Refusal = z.strictObject({
  title: z.string(),
  description: z.string().optional(),
  error_code: z.string().optional(),
  http_status: z.string(),
})
type Refusal = z.output<typeof Refusal>
export const problem = (status: number, title: string): Plain => ({
  status,
  body: JSON.stringify({ title, http_status: String(status) } satisfies Refusal),
})
/** 3.6.1 again, for what any room refuses: sections 4 and 5 want failures in our media type, too. */
export const refusalOf = ({ code, message, advice, details }: Fault, status: number): Refusal => ({
  title: message,
  description: details.length > 0 ? details.join('; ') : advice,
  error_code: code,
  http_status: String(status),
})
export const isTaxiiPath = (path: string): boolean => path.startsWith('/taxii2/')
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

/**
 * 3.4: a filter that is not known must not be passed over, or more comes back than was asked for. Other parameters, which proxies and
 * clients add, mean nothing.
 */
export const PageQuery = z
  .object({
    added_after: Instant.optional(),
    limit: z.coerce.number().int().min(1).optional(),
    next: z.string().max(64).optional(),
    'match[id]': list.optional(),
    'match[type]': list.optional(),
    'match[version]': list.optional(),
    'match[spec_version]': list.optional(),
  })
  .catchall(z.unknown())
  .superRefine((query, context) => {
    for (const name of Object.keys(query))
      if (name.startsWith('match[') && !Object.hasOwn(PageQuery.shape, name))
        context.addIssue({ code: 'custom', message: `there is no filter ${name.slice(0, 80)}` })
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
