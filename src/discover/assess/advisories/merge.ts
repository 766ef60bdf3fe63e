import { byText } from '#core/order.ts'
import type { Advisory } from '#schema/advisories.ts'

export interface Merged {
  /** By id, sorted. */
  readonly advisories: readonly Advisory[]
  readonly added: number
  readonly replaced: number
  /** As they were, or older than what is there. */
  readonly kept: number
}

const byId = (a: Advisory, b: Advisory): number => byText(a.id, b.id)

const isNewer = (one: Advisory, than: Advisory): boolean => (one.released ?? '') >= (than.released ?? '')

/** Adds advisories to others: of two with one id, the one that was released later stays; on one day, the one that comes later. */
export const mergeAdvisories = (present: readonly Advisory[], more: readonly Advisory[]): Merged => {
  const found = new Map(present.map((advisory) => [advisory.id, advisory]))
  let [added, replaced, kept] = [0, 0, 0]
  for (const advisory of more) {
    const before = found.get(advisory.id)
    if (before === undefined) added++
    else if (!isNewer(advisory, before) || JSON.stringify(before) === JSON.stringify(advisory)) {
      kept++
      continue
    } else replaced++
    found.set(advisory.id, advisory)
  }
  return { advisories: [...found.values()].toSorted(byId), added, replaced, kept }
}
