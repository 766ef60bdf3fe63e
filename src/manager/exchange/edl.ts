/** The list that firewalls fetch: one network a line, and nothing again that they have. */
import { createHash } from 'node:crypto'
import type { EdlQuery } from '#schema/manager-exchange.ts'
import type { Plain } from '../api/route.ts'
import type { Manager } from '../context.ts'
import { exported } from './export.ts'
import { cidrText } from './networks.ts'
import type { Readers } from './readers.ts'

/** RFC 9110, 13.1.2: a list of tags, compared weakly, or any. */
export const matchesTag = (header: string | undefined, tag: string): boolean =>
  header !== undefined && header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)

export const edl = async (
  manager: Manager,
  readers: Readers,
  query: EdlQuery,
  ifNoneMatch: string | undefined,
): Promise<Plain> => {
  const entries = await exported(manager, readers, query)
  // When there are more than fit, the newest count.
  const newest = entries.toSorted((a, b) => b.at - a.at).slice(0, query.limit)
  const lines = newest.flatMap(({ ip }) => cidrText(ip) ?? []).toSorted()
  const body = lines.map((line) => `${line}\n`).join('')
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  const headers = { etag: tag, 'cache-control': 'no-cache', 'x-entries': String(lines.length) }
  return matchesTag(ifNoneMatch, tag) ? { status: 304, headers, body: '' } : { headers, body }
}
