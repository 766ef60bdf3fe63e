/** One case: a policy and what happens to it, all of it from one seed. */
import { compile } from '#policy/compile.ts'
import { check } from '#policy/check/index.ts'
import { parsePolicy } from '#policy/parse.ts'
import type { Plan } from '#policy/plan.ts'
import type { Temporary } from '#policy/state.ts'
import { randomFrame, type FrameStep } from './frames.ts'
import { randomOrder, type OrderStep } from './orders.ts'
import { randomIslands, withMore } from './more.ts'
import { changedPolicy, edgeName, randomPolicy, type Document } from './policy.ts'
import { Random } from './random.ts'
import { stationsOf } from './stations.ts'

/** Another policy takes over, or the same as a new generation. */
export interface ApplyStep {
  readonly kind: 'apply'
  readonly policy?: Document
  /** Zones that are cut off from then on; those that were, where absent. */
  readonly islands?: readonly string[]
}
export type Step = FrameStep | OrderStep | ApplyStep

export interface Scenario {
  readonly seed: number
  readonly policy: Document
  /** Zones that are cut off at the start. */
  readonly islands?: readonly string[]
  readonly steps: readonly Step[]
}

interface Compiled {
  readonly plan?: Plan
  readonly problems: readonly string[]
}

/** As a person would write it, so that the reader of nearly every policy takes it. */
const textOf = (policy: Document): string =>
  Object.entries(policy)
    .map(([name, part]) => `${name}: ${JSON.stringify(part, null, 1).replaceAll(/\n\s*/g, ' ')}\n`)
    .join('')

const compilePolicy = (policy: Document, islands: readonly string[]): Compiled => {
  const { site, problems, source } = parsePolicy(textOf(policy))
  const found = site === undefined ? problems : check(site, source)
  const errors = found
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
  const plan = site === undefined || errors.length > 0 ? undefined : compile(site, edgeName, islands)
  return { ...(plan === undefined ? {} : { plan }), problems: errors }
}

const compiled = new WeakMap<Document, Map<string, Compiled>>()

/** The plan of a policy's only edge. Undefined for a policy that `policy check` refuses; `problems` say why. */
export const planOf = (policy: Document, islands: readonly string[] = []): Compiled => {
  const all = compiled.get(policy) ?? new Map<string, Compiled>()
  compiled.set(policy, all)
  const known = all.get(islands.join())
  if (known !== undefined) return known
  const made = compilePolicy(policy, islands)
  all.set(islands.join(), made)
  return made
}

const randomApply = (random: Random, more: Random, policy: Document): ApplyStep => {
  const changed = changedPolicy(random, policy)
  const islands = more.chance(0.5) ? { islands: randomIslands(more, policy) } : {}
  return random.chance(0.7) && planOf(changed).plan !== undefined
    ? { kind: 'apply', policy: changed, ...islands }
    : { kind: 'apply', ...islands }
}

const drafts = 50

/** The first random policy of a seed that `policy check` accepts, and steps for it. */
export const randomScenario = (seed: number, frames: number): Scenario => {
  const random = new Random(seed)
  const more = new Random(seed + 0x4000_0000)
  let last: readonly string[] = []
  for (let draft = 0; draft < drafts; draft++) {
    const plain = randomPolicy(random)
    const policy = withMore(more, plain)
    const islands = randomIslands(more, policy)
    const { plan, problems } = planOf(policy, islands)
    last = problems
    if (plan === undefined) continue
    const stations = stationsOf(plan, random)
    const permits: Temporary[] = []
    const sent: FrameStep[] = []
    const steps: Step[] = []
    while (sent.length < frames) {
      if (random.chance(0.06)) steps.push(randomOrder(plan, random, stations, permits))
      if (random.chance(0.006)) steps.push(randomApply(random, more, policy))
      // The same again: the second packet of a source may fare differently from its first.
      const again = sent.length > 0 && random.chance(0.15) ? random.pick(sent.slice(-20)) : undefined
      const frame = again ?? randomFrame({ plan, random, stations })
      sent.push(frame)
      steps.push(frame)
    }
    return { seed, policy, ...(islands.length === 0 ? {} : { islands }), steps }
  }
  throw new Error(`seed ${seed}: no valid policy in ${drafts} drafts: ${last.join('; ')}`)
}
