import { Fault } from '#core/errors.ts'
import { links } from './rtnetlink.ts'

/** The Fault for an interface that is not there, with the existing one whose name is nearest. */
export const missingInterface = (name: string, namespace?: string): Fault => {
  const place = namespace === undefined ? '' : ` in namespace "${namespace}"`
  const names = links(namespace === undefined ? {} : { namespace }).map((link) => link.name)
  const nearest = nearestName(name, names)
  const hint = nearest === undefined ? '' : `; the nearest is "${nearest}"`
  return new Fault('interface-missing', `There is no interface "${name}"${place}${hint}.`, { details: names })
}

/** The candidate with the fewest edits from `name`; never the loopback, which is no port of anything. */
export const nearestName = (name: string, candidates: readonly string[]): string | undefined => {
  const distance = (candidate: string) => edits(name, candidate)
  return candidates
    .filter((candidate) => candidate !== 'lo')
    .toSorted((a, b) => distance(a) - distance(b) || (a < b ? -1 : 1))[0]
}

/** Levenshtein distance. */
const edits = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
