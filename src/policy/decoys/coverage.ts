/**
 * What decoys are worth against a scan. A source is sacrificed when it touches its first decoy. `Found` is a real host with which a TCP
 * handshake was completed or that answered an application; an answer to ARP on a source's own segment is not counted.
 */
import { toNumber } from './spans.ts'

export interface Ground {
  /** Addresses at which decoys may stand. */
  readonly approved: number
  readonly real: readonly string[]
  /** Addresses at which decoys stand. */
  readonly decoys: readonly string[]
}

export interface Coverage {
  readonly decoys: number
  readonly real: number
  readonly approved: number
  /** Part of the approved addresses with a decoy, 0 to 1. */
  readonly dark: number
  /** Probability that a scan in random order touches a decoy before any real host. */
  readonly first: number
  /** Real hosts expected to be found by a source before it touches a decoy. */
  readonly expected: number
  /** The same in the order of addresses, from below and from above: a number of this placement. */
  readonly upwards: number
  readonly downwards: number
}

/** To be reached. */
export const targets = { dark: 0.9, first: 0.9, expected: 0.1 } as const

/** m(1 − (n/(n+1))^s): real hosts expected to be found after `sources` were sacrificed, each scanning in an order of its own. */
export const foundAfter = (decoys: number, real: number, sources: number): number =>
  real * (1 - (decoys / (decoys + 1)) ** sources)

const inOrder = ({ real, decoys }: Ground, way: 1 | -1): number => {
  const places = decoys.map(toNumber)
  const first = way === 1 ? Math.min(...places) : Math.max(...places)
  return real.filter((address) => (way === 1 ? toNumber(address) < first : toNumber(address) > first)).length
}

export const coverageOf = (ground: Ground): Coverage => {
  const [n, m] = [ground.decoys.length, ground.real.length]
  return {
    decoys: n,
    real: m,
    approved: ground.approved,
    dark: ground.approved === 0 ? 0 : n / ground.approved,
    first: n === 0 ? 0 : n / (n + m),
    expected: m / (n + 1),
    upwards: n === 0 ? m : inOrder(ground, 1),
    downwards: n === 0 ? m : inOrder(ground, -1),
  }
}

/** Several pools as one: an address of a real host that several stand among counts once. */
export const together = (grounds: readonly Ground[]): Ground => ({
  approved: grounds.reduce((sum, { approved }) => sum + approved, 0),
  real: [...new Set(grounds.flatMap(({ real }) => real))],
  decoys: grounds.flatMap(({ decoys }) => decoys),
})

/** Decoys that a ground needs for each target: the most of these is what it needs. */
export const needed = ({ approved, real }: Coverage): number =>
  Math.max(
    Math.ceil(targets.dark * approved - 1e-9),
    Math.ceil(real / targets.expected - 1 - 1e-9),
    Math.ceil((targets.first * real) / (1 - targets.first) - 1e-9),
  )

/** What falls short, and what to change; nothing when all targets are reached. */
export const advice = (coverage: Coverage): string[] => {
  const { decoys, approved, real, upwards, downwards } = coverage
  const wanted = needed(coverage)
  const more = wanted - decoys
  const out: string[] = []
  if (more > 0)
    out.push(
      wanted <= approved
        ? `${more} more decoys reach every target: raise the counts under \`personas\`, or let one be \`rest\``
        : `${real} real hosts need ${wanted} decoys, and ${approved} addresses are approved: approve ${wanted - approved} more, and let one persona be \`rest\``,
    )
  if (upwards > 0 && decoys > 0)
    out.push(`approve an address below the lowest real host: a scan upwards finds ${upwards} before the first decoy`)
  if (downwards > 0 && decoys > 0)
    out.push(
      `approve an address above the highest real host: a scan downwards finds ${downwards} before the first decoy`,
    )
  return out
}
