/** Who is contained, according to the kernel and to `evaluate`. */
import { listSet } from '#edge/kernel/elements.ts'
import { listRisks } from '#edge/kernel/risk.ts'
import type { Nft } from '#linux/nftables.ts'
import { familyOfPlan, table } from '#policy/nft/names.ts'
import type { Plan } from '#policy/plan.ts'
import type { State } from '#policy/state.ts'

export interface SetDisagreement {
  readonly kind: 'set'
  readonly set: string
  /** Elements that only one of the two has. */
  readonly onlyKernel: readonly string[]
  readonly onlyEvaluate: readonly string[]
}
/** Fields of the kernel's keys that hold the mark. */
const kernelSets: Readonly<
  Record<
    string,
    { readonly names: readonly string[]; readonly mark: number; readonly of: (state: State) => ReadonlySet<string> }
  >
> = {
  strangers: { names: ['strangers4', 'strangers6'], mark: 1, of: ({ strangers }) => strangers },
  macs: { names: ['stranger_macs'], mark: 1, of: ({ macs }) => macs },
  carriers: { names: ['carriers'], mark: 1, of: ({ carriers }) => carriers },
  known: { names: ['contained_known4', 'contained_known6'], mark: 0, of: ({ containedKnown }) => containedKnown },
  held: { names: ['held4', 'held6'], mark: 0, of: ({ held }) => held },
  would: { names: ['would4', 'would6'], mark: 1, of: ({ wouldContain }) => wouldContain },
}

const differing = (set: string, kernel: ReadonlySet<string>, expected: ReadonlySet<string>): SetDisagreement[] => {
  const onlyKernel = [...kernel].filter((key) => !expected.has(key)).toSorted()
  const onlyEvaluate = [...expected].filter((key) => !kernel.has(key)).toSorted()
  return onlyKernel.length + onlyEvaluate.length === 0 ? [] : [{ kind: 'set' as const, set, onlyKernel, onlyEvaluate }]
}

const scores = (all: Iterable<readonly [string, number]>) =>
  new Set([...all].flatMap(([ip, score]) => (score > 0 ? [`${ip} ${score}`] : [])))

export const compareSets = (nft: Nft, plan: Plan, state: State): SetDisagreement[] => [
  ...differing(
    'risks',
    scores(listRisks(nft, familyOfPlan(plan)).map(({ ip, score }) => [ip, score] as const)),
    scores(state.risks),
  ),
  ...Object.entries(kernelSets).flatMap(([set, { names, mark, of }]) => {
    const kernel = new Set(
      names.flatMap((name) =>
        listSet(nft, familyOfPlan(plan), table, name).map(({ key }) =>
          key.map((field, at) => (at === mark ? String(Number(field)) : field)).join(' '),
        ),
      ),
    )
    return differing(set, kernel, of(state))
  }),
]
