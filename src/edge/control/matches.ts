import type { Event } from '#schema/event.ts'
import { addressKey, addressRange } from '../store/address-key.ts'
import type { StreamQuery } from './stream-query.ts'

/** The same question that the store answers about its rows (store/search.ts), about one event. */
export const matcher = (
  query: Pick<StreamQuery, 'kind' | 'source' | 'conduit' | 'until'>,
): ((event: Event) => boolean) => {
  const { kind, source, conduit, until } = query
  const kinds = kind === undefined ? undefined : new Set<string>(kind)
  const fromSource = source === undefined ? undefined : sourceMatcher(source)
  return (event) =>
    (kinds === undefined || kinds.has(event.kind)) &&
    (conduit === undefined || event.conduit === conduit) &&
    (until === undefined || Date.parse(event.time) < until) &&
    (fromSource === undefined || fromSource(event))
}

const sourceMatcher = (source: string): ((event: Event) => boolean) => {
  const mac = source.toLowerCase().replaceAll('-', ':')
  const range = addressRange(source)
  return ({ source: end }) => {
    if (end === undefined) return false
    if (end.asset === source || end.mac === mac) return true
    if (range === undefined || end.ip === undefined) return false
    const key = addressKey(end.ip)
    return key !== undefined && Buffer.compare(key, range[0]) >= 0 && Buffer.compare(key, range[1]) <= 0
  }
}
