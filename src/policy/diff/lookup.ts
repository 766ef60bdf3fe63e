import type { Spans } from '../check/span.ts'
import type { Box } from './box.ts'
import type { Permit } from './permits.ts'

/** Targets up to this many single addresses are found by address; wider ones are tried each time. */
const narrow = 256

const addresses = (spans: Spans): readonly bigint[] | undefined => {
  const out: bigint[] = []
  for (const { first, last } of spans) {
    if (last - first >= BigInt(narrow - out.length)) return undefined
    for (let at = first; at <= last; at++) out.push(at)
  }
  return out
}

/** Permits that may share a target with a box, without trying each of 10,000. */
export const byTarget = (permits: readonly Permit[]): ((box: Box) => Iterable<Permit>) => {
  const exact = new Map<bigint, Permit[]>()
  const wide: Permit[] = []
  for (const permit of permits) {
    const list = addresses(permit.whole.targets)
    if (list === undefined) wide.push(permit)
    else
      for (const address of list) {
        const there = exact.get(address)
        if (there === undefined) exact.set(address, [permit])
        else there.push(permit)
      }
  }
  return (box) => {
    const list = addresses(box.targets)
    return list === undefined ? permits : new Set([...wide, ...list.flatMap((address) => exact.get(address) ?? [])])
  }
}
