/** A URL without what may be a key: gateways want theirs in the query, chat services in the path. Pure. */

const shownQuery = (query: string): string => {
  const parts = query.split(/[?&]/).filter((part) => part !== '')
  return parts.length === 0
    ? ''
    : `?${parts.map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=…` : '…')).join('&')}`
}

/** Long, or with several digits: nobody names a folder so. */
const isKey = (segment: string): boolean =>
  segment.length >= 24 || (segment.length >= 8 && (segment.match(/\d/g)?.length ?? 0) >= 2)

const shownPath = (path: string): string =>
  path
    .split('/')
    .map((segment) => (isKey(segment) ? '…' : segment))
    .join('/')

/** For answers and the audit: host and folders, and which members the query has, not what they say. */
export const shownUrl = (text: string): string => {
  if (!URL.canParse(text)) return text
  const { origin, pathname, search } = new URL(text)
  // Of one that was shown before, the signs stay what they are.
  return `${origin}${shownPath(pathname.replaceAll('%E2%80%A6', '…'))}${shownQuery(search)}`
}

/** What is shown of a URL, and what follows its host where something is not shown. */
export const splitUrl = (text: string): { readonly url: string; readonly rest?: string } => {
  const { origin, pathname, search } = new URL(text)
  const url = shownUrl(text)
  return url === `${origin}${pathname}` && search === '' ? { url } : { url, rest: `${pathname}${search}` }
}

/** The URL again. */
export const wholeUrl = (url: string, rest: string): string => `${new URL(url).origin}${rest}`
