/** What must not be read by others, taken out of text that is kept or shown: logs, error texts, the list of processes. */

/** What comes before the secret is kept, so that a reader knows which one stood there. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?(?:-----END \1-----|$)/g, '-----BEGIN $1-----…'],
  // User and password of a URL (RFC 3986, 3.2.1), also one whose `/` and `@` were not written as %2F and %40.
  [/\b([a-z][a-z\d+.-]*:\/\/)[^\s'"`<>]*@/gi, '$1…@'],
  // Tokens that enrol an edge, and those of the API.
  [/\b(bh[a-z]_)[\w-]+/g, '$1…'],
  // The code for the first administrator.
  [/\b[A-Z\d]{4}(?:-[A-Z\d]{4}){4}\b/g, '…'],
  // RFC 9110, 11.4
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, '$1 …'],
  [/\b(pass(?:word|wd|phrase)?|secret|token|api[-_]?key|authorization)=[^\s&'"`]+/gi, '$1=…'],
]

/** The text, with `…` where a secret of a known form stood. */
export const withoutSecrets = (text: string): string =>
  patterns.reduce((rest, [pattern, shown]) => rest.replace(pattern, shown), text)
