/** Names of what a proposal adds: readable, unique, and the same for the same plant. */

/** Longest name that a policy takes. */
const longest = 63

const fitting = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, longest)

/** Gives each name once; a number tells apart what would be called the same. */
export const namer = (taken: Iterable<string>): ((wanted: string) => string) => {
  const used = new Set(taken)
  const next = new Map<string, number>()
  return (wanted) => {
    const base = fitting(wanted) || 'x'
    let name = base
    for (let n = next.get(base) ?? 2; used.has(name); n++) {
      name = `${base.slice(0, longest - 1 - String(n).length)}-${n}`
      next.set(base, n + 1)
    }
    used.add(name)
    return name
  }
}

const irregular: Readonly<Record<string, string>> = {
  switch: 'switches',
  engineering: 'engineering-stations',
  other: 'devices',
  io: 'io-devices',
  sis: 'safety-systems',
}

/** What several devices of these kinds are called together. */
export const groupWord = (kinds: readonly string[]): string => {
  const [first = 'other', ...rest] = [...new Set(kinds)].toSorted()
  return rest.length > 0 ? 'devices' : (irregular[first] ?? `${first}s`)
}
