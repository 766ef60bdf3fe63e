/** Text of others as the database can have it. Pure. */

/**
 * PostgreSQL's text has no U+0000, and its JSON neither that nor half of a surrogate pair (PostgreSQL manual, 8.14): a row with one is
 * refused, and so is every query that reads it as jsonb.
 */
export const columnText = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed()

/**
 * Where in a value is text that {@link columnText} would change, as `a.0.b`; nothing when there is none.
 * @param value what a schema let pass: its depth has a bound
 */
export const unstorableIn = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? '' : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, one] of Object.entries(value)) {
    const found = unstorableIn(one)
    if (found !== undefined) return found === '' ? name : `${name}.${found}`
  }
  return undefined
}
