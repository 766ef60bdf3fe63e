/** Scanners against a placement, simulated: what the formulas of coverage promise, tried out. */
import type { Ground } from './coverage.ts'
import { prf, type Prf } from './permutation.ts'
import { toNumber } from './spans.ts'

/** Mean of many runs, and its standard error. */
export interface Measured {
  readonly mean: number
  readonly error: number
}

export interface Scans {
  readonly runs: number
  readonly sources: number
  /** Part of the runs in which a scan in random order touched a decoy before any real host. */
  readonly first: Measured
  /** Real hosts that one source found before it touched a decoy. */
  readonly found: Measured
  /** Different real hosts that all sources found together. */
  readonly foundByAll: Measured
  /** In the order of addresses there is no chance: real hosts found before the first decoy. */
  readonly upwards: number
  readonly downwards: number
}

const measured = (values: Float64Array): Measured => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1)
  return { mean, error: Math.sqrt(variance / values.length) }
}

/** Numbers from 0 up to, not with, 1. */
const dice = (random: Prf): (() => number) => {
  let at = 0
  return () => random(at++, Math.floor(at / 2 ** 32)) / 2 ** 32
}

/** One scan: hosts in an order of its own until one is a decoy. Addresses below `real` are real hosts. */
const scan = (hosts: Uint32Array, real: number, roll: () => number, met: (host: number) => void): number => {
  for (let i = 0; i < hosts.length; i++) {
    const j = i + Math.floor(roll() * (hosts.length - i))
    const host = hosts[j] ?? 0
    hosts[j] = hosts[i] ?? 0
    hosts[i] = host
    if (host >= real) return i
    met(host)
  }
  return hosts.length
}

/** Who is met before the first decoy, one address after the other. */
const walk = ({ real, decoys }: Ground, way: 1 | -1): number => {
  const hosts = [
    ...real.map((address) => ({ address, real: true })),
    ...decoys.map((address) => ({ address, real: false })),
  ]
  const order = hosts.toSorted((a, b) => way * (toNumber(a.address) - toNumber(b.address)))
  const first = order.findIndex((host) => !host.real)
  return first < 0 ? order.length : first
}

/**
 * Runs simulated scanners.
 * @param options.sources scanners of one run: each is lost at its first decoy, and the next begins anew
 * @param options.seed the same seed gives the same numbers
 */
export const simulate = (
  ground: Ground,
  { runs, sources, seed }: { readonly runs: number; readonly sources: number; readonly seed: Uint8Array },
): Scans => {
  const roll = dice(prf(seed, 'scan'))
  const m = ground.real.length
  const hosts = Uint32Array.from({ length: m + ground.decoys.length }, (_, i) => i)
  const [first, one, all] = [new Float64Array(runs), new Float64Array(runs), new Float64Array(runs)]
  for (let run = 0; run < runs; run++) {
    const met = new Set<number>()
    for (let source = 0; source < sources; source++) {
      const found = scan(hosts, m, roll, (host) => met.add(host))
      if (source > 0) continue
      one[run] = found
      first[run] = found === 0 && ground.decoys.length > 0 ? 1 : 0
    }
    all[run] = met.size
  }
  return {
    runs,
    sources,
    first: measured(first),
    found: measured(one),
    foundByAll: measured(all),
    upwards: walk(ground, 1),
    downwards: walk(ground, -1),
  }
}
