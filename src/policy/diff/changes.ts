/** What changes among entries that have a name: those added, removed and changed, with their fields. */
import { isDeepStrictEqual } from 'node:util'

export interface Change {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** `mode: shadow → contain`, one for each field that changed; of what was added or removed, all it says. */
  readonly fields: readonly string[]
}

const shown = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)

const fieldsOf = (entry: object, ignored: ReadonlySet<string>): string[] =>
  Object.entries(entry).flatMap(([key, value]: [string, unknown]) =>
    value === undefined || ignored.has(key) ? [] : [`${key}: ${shown(value)}`],
  )

const fieldsChanged = (before: object, after: object, ignored: ReadonlySet<string>): string[] => {
  const [a, b] = [new Map<string, unknown>(Object.entries(before)), new Map<string, unknown>(Object.entries(after))]
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => !ignored.has(key) && !isDeepStrictEqual(a.get(key), b.get(key)))
    .map((key) => `${key}: ${shown(a.get(key))} → ${shown(b.get(key))}`)
}

/** @param named fields that are the name already, or told elsewhere */
export const changes = (
  before: ReadonlyMap<string, object>,
  after: ReadonlyMap<string, object>,
  named: readonly string[] = [],
): readonly Change[] => {
  const ignored = new Set(named)
  const found: Change[] = []
  for (const [name, entry] of before) {
    const other = after.get(name)
    // Most entries are the same, and their text tells that fastest.
    const same = other !== undefined && JSON.stringify(entry) === JSON.stringify(other)
    const fields = other === undefined || same ? [] : fieldsChanged(entry, other, ignored)
    if (other === undefined) found.push({ name, change: 'removed', fields: fieldsOf(entry, ignored) })
    else if (fields.length > 0) found.push({ name, change: 'changed', fields })
  }
  for (const [name, entry] of after)
    if (!before.has(name)) found.push({ name, change: 'added', fields: fieldsOf(entry, ignored) })
  return found
}

/** Rows by what they are about. Where several are about the same, each of them is told apart by its place among these. */
export const rows = <T extends object>(list: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, T> => {
  const counts = new Map<string, number>()
  return new Map(
    list.map((entry) => {
      const key = keyOf(entry)
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return [count === 1 ? key : `${key} (${count})`, entry]
    }),
  )
}

interface WithId {
  readonly id: string
}

/** Where the first entry that applies decides, their order means something. */
export const orderChanges = (
  before: readonly WithId[],
  after: readonly WithId[],
  name = 'order',
): readonly Change[] => {
  const common = (all: readonly WithId[], others: readonly WithId[]) => {
    const ids = new Set(others.map(({ id }) => id))
    return all.flatMap(({ id }) => (ids.has(id) ? [id] : [])).join(', ')
  }
  const [was, is] = [common(before, after), common(after, before)]
  return was === is ? [] : [{ name, change: 'changed', fields: [`${was} → ${is}`] }]
}

/** Entries by id. */
export const listed = (before: readonly WithId[], after: readonly WithId[]): readonly Change[] =>
  changes(
    rows(before, ({ id }) => id),
    rows(after, ({ id }) => id),
    ['id'],
  )
