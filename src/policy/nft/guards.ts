/**
 * What must hold while a permit does: a window that is open, a risk that is low enough. Permits of one guard have maps of their own,
 * so that nobody else's packets are asked about it.
 */
import type { Exact, Family, Plan, PlanConduit } from '../plan.ts'
import type { IpWords } from './names.ts'
import type { Writer } from './writer.ts'

export interface Guard {
  readonly window?: number
  readonly riskBelow?: number
  /** As in {@link Exact}. */
  readonly mirrored?: true
}

type Direction = 'there' | 'back'

export const guardOf = (
  { window, riskBelow }: Pick<PlanConduit, 'window' | 'riskBelow'>,
  { mirrored }: Pick<Exact, 'mirrored'>,
): Guard => ({
  ...(window === undefined ? {} : { window }),
  ...(riskBelow === undefined ? {} : { riskBelow }),
  ...(mirrored === undefined ? {} : { mirrored }),
})

/** Part of the names of a guard's maps. */
export const suffixOf = ({ window, riskBelow, mirrored }: Guard): string =>
  `${window === undefined ? '' : `_w${window}`}${riskBelow === undefined ? '' : `_r${riskBelow}${mirrored === true ? 'm' : ''}`}`

/** Sources at or above a risk. It outlives generations. */
export const riskSet = (riskBelow: number, family: Family): string => `risk${riskBelow}_${family}`

/** Risks that conduits of a plan ask for, in order. */
export const risksAsked = ({ conduits }: Pick<Plan, 'conduits'>): readonly number[] =>
  [...new Set(conduits.flatMap(({ riskBelow }) => riskBelow ?? []))].toSorted((a, b) => a - b)

/** Matches that come before a permit's own, with a space behind each. */
export const guardText = (
  writer: Writer,
  ip: IpWords,
  { window, riskBelow, mirrored }: Guard,
  direction: Direction,
): string => {
  const source = (direction === 'there') === (mirrored === undefined)
  return [
    window === undefined ? '' : `meta iiftype @${writer.name(`w${window}`)} `,
    riskBelow === undefined ? '' : `${source ? ip.src : ip.dst} != @${riskSet(riskBelow, ip.family)} `,
  ].join('')
}

/** Guards with one risk that occur in a plan, each once. */
export const guardsAt = (plan: Pick<Plan, 'conduits' | 'exact'>, riskBelow: number): readonly Guard[] => {
  const found = new Map<string, Guard>()
  for (const element of plan.exact) {
    const conduit = plan.conduits[element.conduit]
    if (conduit?.riskBelow !== riskBelow) continue
    const guard = guardOf(conduit, element)
    found.set(suffixOf(guard), guard)
  }
  return [...found.values()]
}
