/** One text per value: RFC 8785 (JSON Canonicalization Scheme), which is what ECMAScript's JSON does once members are sorted. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined }

/** Canonical JSON. Members that are undefined are left out. */
export const canonical = (value: Json): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`
  const members = Object.entries(value)
    .filter((member): member is [string, Json] => member[1] !== undefined)
    // RFC 8785, 3.2.3: by UTF-16 code units, which is how ECMAScript compares strings.
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`
}
