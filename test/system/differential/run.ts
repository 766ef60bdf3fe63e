/** Runs a scenario through the kernel and through `evaluate`, and says where they differ. */
import { bridgeSysctls, isEnforcing } from '#edge/enforce.ts'
import { listSet, vlanOfMark } from '#edge/kernel/elements.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import { evaluate, type Verdict } from '#policy/evaluate.ts'
import { familyOfPlan, table } from '#policy/nft/names.ts'
import type { Plan } from '#policy/plan.ts'
import { initialState, type State } from '#policy/state.ts'
import { packetOf } from './facts.ts'
import { carryOut, ordered } from './orders.ts'
import { planOf, type Scenario } from './scenario.ts'
import type { Wires } from './wires.ts'

export interface FrameDisagreement {
  readonly kind: 'frame'
  readonly step: number
  readonly from: string
  readonly to: string
  /** Absent for parts of a packet that is never complete. */
  readonly verdict?: Verdict
  /** What the kernel did. */
  readonly kernel: 'delivered' | 'changed' | 'not delivered'
}
export interface SetDisagreement {
  readonly kind: 'set'
  readonly set: string
  /** Elements that only one of the two has. */
  readonly onlyKernel: readonly string[]
  readonly onlyEvaluate: readonly string[]
}
export type Disagreement = FrameDisagreement | SetDisagreement

export interface Result {
  readonly frames: number
  readonly delivered: number
  readonly contained: number
  /** Known assets among them. */
  readonly known: number
  /** How often each reason decided. */
  readonly reasons: ReadonlyMap<string, number>
  readonly disagreements: readonly Disagreement[]
}

interface Expected {
  readonly step: number
  readonly from: string
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Not sent in parts. */
  readonly whole: boolean
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

const compareSets = (wires: Wires, plan: Plan, state: State): SetDisagreement[] =>
  Object.entries(kernelSets).flatMap(([set, { names, mark, of }]) => {
    const kernel = new Set(
      names.flatMap((name) =>
        listSet(wires.nft, familyOfPlan(plan), table, name).map(({ key }) =>
          key.map((field, at) => (at === mark ? String(vlanOfMark(field)) : field)).join(' '),
        ),
      ),
    )
    const expected = of(state)
    const onlyKernel = [...kernel].filter((key) => !expected.has(key)).toSorted()
    const onlyEvaluate = [...expected].filter((key) => !kernel.has(key)).toSorted()
    return onlyKernel.length + onlyEvaluate.length === 0
      ? []
      : [{ kind: 'set' as const, set, onlyKernel, onlyEvaluate }]
  })

/**
 * @param wires a world with as many ports as the policy has, see {@link portsOf}
 * @param tamper what the kernel gets instead of the plan, to see that a difference is found
 * @throws Error when the policy does not compile or the kernel refuses the rules
 */
export const runScenario = async (
  wires: Wires,
  { policy, steps }: Scenario,
  tamper: (plan: Plan) => Plan = (plan) => plan,
): Promise<Result> => {
  const { plan, problems } = planOf(policy)
  if (plan === undefined) throw new Error(problems.join('; '))
  unload(wires.nft)
  for (const [name, value] of bridgeSysctls(plan, false)) writeSysctl(name, value, { namespace: wires.world.edge })
  let { generation } = await loadGeneration(tamper(plan), new Map(), wires.world.edge)
  let state = initialState()
  const expected = new Map<number, Expected>()
  const got = new Map<string, boolean>()
  const collect = (arrivals: ReturnType<Wires['arrived']>) => {
    for (const { id, port, intact } of arrivals) got.set(`${id} ${port}`, intact)
  }
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'frame') {
      collect(await wires.settled())
      generation = await carryOut({ nft: wires.nft, namespace: wires.world.edge, plan, generation, state }, step)
      state = ordered(plan, state, step)
      continue
    }
    // A policy that shrank to one that enforces nothing: parts are then judged as they come.
    if (step.fragments !== undefined && !isEnforcing(plan)) continue
    const verdicts = new Map<string, Verdict>()
    for (const to of step.incomplete === true ? [] : wires.egress(step.port)) {
      const verdict = evaluate(plan, state, packetOf(step.bytes, step.port, to))
      state = verdict.state
      verdicts.set(to, verdict)
    }
    const sent = (step.fragments ?? [step.bytes]).map((bytes) => wires.send(step.port, bytes))
    // The kernel puts the parts together and takes the packet apart again its own way: only where it ends stays the same.
    const ends = step.incomplete === true ? sent : sent.slice(-1)
    for (const id of ends)
      expected.set(id, { step: index, from: step.port, verdicts, whole: step.fragments === undefined })
    collect(wires.arrived())
  }
  collect(await wires.settled())

  const disagreements: Disagreement[] = []
  const reasons = new Map<string, number>()
  let delivered = 0
  for (const [id, { step, from, verdicts, whole }] of expected)
    for (const to of wires.egress(from)) {
      const verdict = verdicts.get(to)
      const intact = got.get(`${id} ${to}`)
      const kernel = intact === undefined ? 'not delivered' : intact || !whole ? 'delivered' : 'changed'
      if (verdict !== undefined) reasons.set(verdict.reason, (reasons.get(verdict.reason) ?? 0) + 1)
      if (kernel === 'delivered') delivered++
      const right = verdict?.outcome === 'permit' ? 'delivered' : 'not delivered'
      if (kernel !== right)
        disagreements.push({ kind: 'frame', step, from, to, ...(verdict === undefined ? {} : { verdict }), kernel })
    }
  disagreements.push(...compareSets(wires, plan, state))
  const contained = state.strangers.size + state.containedKnown.size
  return { frames: expected.size, delivered, contained, known: state.containedKnown.size, reasons, disagreements }
}

/** Names of a policy's ports, in order. */
export const portsOf = ({ policy }: Scenario): readonly string[] =>
  Object.values(policy.edges).flatMap(({ ports }) => Object.keys(ports))
