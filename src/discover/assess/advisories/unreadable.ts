import type * as z from 'zod'

/** Where a document is wrong, as a JSON path, and how. */
export interface Unreadable {
  readonly path: string
  readonly what: string
}

/** `$.vulnerabilities[3].cve` */
const jsonPath = (path: readonly PropertyKey[]): string =>
  `$${path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')}`

/** The first thing that is wrong; `within` is where the part that was read lies in the document. */
export const unreadable = (error: z.ZodError, within: readonly PropertyKey[] = []): Unreadable => {
  const [issue] = error.issues
  return { path: jsonPath([...within, ...(issue?.path ?? [])]), what: issue?.message ?? 'it cannot be read' }
}
