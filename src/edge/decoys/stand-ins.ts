/** Which decoy stands in for which real asset. Pure. */
import type { Station } from '#policy/decoys/placement.ts'
import type { PlanDeceive, PlanDecoys } from '#policy/plan.ts'

export interface StandIn {
  readonly rule: string
  /** Address of the asset. */
  readonly real: string
  readonly proto: number
  readonly port: number
  readonly persona: string
  /** Address of the decoy, and its Ethernet address. */
  readonly decoy: string
  readonly mac: string
}

export interface Missing {
  readonly rule: string
  readonly persona: string
}

interface Candidate {
  readonly address: string
  readonly mac: string
  readonly pool: string
}

/** An asset is one device: all its ports lead to one decoy, unless their personas differ. */
const pairOf = (real: string, persona: string): string => `${real} ${persona}`

interface Wanted extends PlanDeceive {
  readonly real: string
}

/** The kernel has one place for a port of an asset; of several rules the first has it. */
const wantedOf = (rules: readonly PlanDeceive[]): Wanted[] => {
  const seen = new Set<string>()
  return rules.flatMap((rule) =>
    rule.dst.flatMap((real): Wanted[] => {
      const key = `${real} ${rule.proto} ${rule.port}`
      if (seen.has(key)) return []
      seen.add(key)
      return [{ ...rule, real }]
    }),
  )
}

const candidatesOf = (
  stations: readonly Station[],
  reaches: (address: string) => boolean,
): Map<string, Candidate[]> => {
  const all = new Map<string, Candidate[]>()
  for (const { persona, mac, pool, decoys } of stations) {
    const mine = decoys.flatMap(({ address }) => (reaches(address) ? [{ address, mac, pool }] : []))
    all.set(persona, [...(all.get(persona) ?? []), ...mine])
  }
  return all
}

export interface Surroundings {
  readonly plan: Pick<PlanDecoys, 'deceive' | 'pools'>
  /** Those that stand now. */
  readonly stations: readonly Station[]
  /** As they were: whoever still stands goes on. */
  readonly earlier: readonly StandIn[]
  /** Whether the edge itself can send to an address; what is redirected needs it. */
  readonly reaches: (address: string) => boolean
}

/**
 * For each port of each asset one decoy of the persona: the one that it was, else that of a pool among whose real hosts the asset is,
 * and of those the one that stands in for the fewest.
 */
export const standIns = ({
  plan,
  stations,
  earlier,
  reaches,
}: Surroundings): { readonly standIns: StandIn[]; readonly missing: Missing[] } => {
  const candidates = candidatesOf(stations, reaches)
  const before = new Map(earlier.map(({ real, persona, decoy }) => [pairOf(real, persona), decoy]))
  const realOf = new Map(plan.pools.map(({ id, real }) => [id, new Set(real)]))
  const wanted = wantedOf(plan.deceive)
  const chosen = new Map<string, Candidate>()
  const load = new Map<string, number>()
  const choose = (pair: string, one: Candidate): void => {
    chosen.set(pair, one)
    load.set(one.address, (load.get(one.address) ?? 0) + 1)
  }
  for (const { real, persona } of wanted) {
    const pair = pairOf(real, persona)
    const same = candidates.get(persona)?.find(({ address }) => address === before.get(pair))
    if (same !== undefined && !chosen.has(pair)) choose(pair, same)
  }
  for (const { real, persona } of wanted) {
    const pair = pairOf(real, persona)
    if (chosen.has(pair)) continue
    const all = candidates.get(persona) ?? []
    const near = all.filter(({ pool }) => realOf.get(pool)?.has(real) === true)
    const [first, ...rest] = near.length > 0 ? near : all
    if (first === undefined) continue
    const used = ({ address }: Candidate): number => load.get(address) ?? 0
    choose(
      pair,
      rest.reduce((least, one) => (used(one) < used(least) ? one : least), first),
    )
  }
  const found = wanted.map(({ id, real, proto, port, persona }) => {
    const one = chosen.get(pairOf(real, persona))
    return one && { rule: id, real, proto, port, persona, decoy: one.address, mac: one.mac }
  })
  const missing = new Map(
    wanted.flatMap(({ id, persona }, at) => (found[at] === undefined ? [[id, { rule: id, persona }]] : [])),
  )
  return { standIns: found.filter((one) => one !== undefined), missing: [...missing.values()] }
}

/** Those whose decoy still is where and what it was. */
export const stillStanding = (all: readonly StandIn[], stations: readonly Station[]): StandIn[] => {
  const at = new Map(
    stations.flatMap(({ persona, mac, decoys }) =>
      decoys.map(({ address }) => [address, `${persona} ${mac}`] as const),
    ),
  )
  return all.filter(({ decoy, persona, mac }) => at.get(decoy) === `${persona} ${mac}`)
}
