/** When decoys move. Pure. */
import { Fault } from '#core/errors.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import type { RequestOf } from '#schema/control.ts'

/** ms. A person does not move them faster, unless by `now`: caches of ARP must age first. */
const slowest = 300_000
/** ms. Not faster in any case, unless by `force`. */
const fastest = 60_000

export interface Movements {
  /** ms since 1970 of the last movement, or of the first placement. */
  readonly last: number
  /** Latest time of each cause, ms since 1970. */
  readonly causes: ReadonlyMap<string, number>
}

/** ms since 1970 of the next movement by schedule. */
export const nextByTime = (shuffle: PlanDecoys['shuffle'], last: number): number | undefined =>
  shuffle?.every === undefined ? undefined : last + shuffle.every * 1000

/** Why decoys should move now; undefined when they should not. */
export const movementDue = (
  shuffle: PlanDecoys['shuffle'],
  { last, causes }: Movements,
  now: number,
): string | undefined => {
  if (shuffle === undefined) return undefined
  const next = nextByTime(shuffle, last)
  if (next !== undefined && now >= next) return 'schedule'
  if (now < last + shuffle.atLeast * 1000) return undefined
  return shuffle.on.find((cause) => (causes.get(cause) ?? -Infinity) > last)
}

const decoys = (count: number): string => `${count} decoy${count === 1 ? '' : 's'}`

/** What a movement did, for its event. A full pool moves nobody: its decoys become other devices where they are. */
export const movementText = (moved: number, changed: number, why: string, epoch: number): string => {
  const became =
    changed === 0
      ? ''
      : changed === 1
        ? ', 1 became another device where it stands'
        : `, ${changed} became other devices where they stand`
  return `${decoys(moved)} moved${became} (${why}): placement ${epoch}.`.slice(0, 500)
}

/** @throws Fault `refused` for a person who moves them too soon */
export const refuseHaste = (
  { now: hurried, force }: Pick<RequestOf<'decoys-shuffle'>, 'now' | 'force'>,
  last: number,
  now: number,
): void => {
  const age = now - last
  if (force || age >= slowest || (hurried && age >= fastest)) return
  const seconds = Math.ceil(((hurried ? fastest : slowest) - age) / 1000)
  throw new Fault('refused', `The decoys moved ${Math.round(age / 1000)} s ago; caches of ARP have not aged.`, {
    advice: `Wait ${seconds} s${age < fastest ? ', or use --force' : ', or use --now'}.`,
  })
}
