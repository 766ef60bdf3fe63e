/** The query of a URL, where gateways want their keys. Pure. */

/** Where it goes, and the query with its question mark; empty text when there is none. */
export const withoutQuery = (text: string): { readonly url: string; readonly query: string } => {
  const url = new URL(text)
  const query = url.search
  url.search = ''
  return { url: url.href, query }
}

export const withQuery = (text: string, query: string): string => {
  const url = new URL(text)
  url.search = query
  return url.href
}

/** For answers and the audit: which members the query has, not what they say. */
export const shownUrl = (text: string): string => {
  if (!URL.canParse(text)) return text
  const { url, query } = withoutQuery(text)
  const names = query.split(/[?&]/).filter((part) => part !== '')
  return names.length === 0
    ? url
    : `${url}?${names.map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=…` : '…')).join('&')}`
}
