/** The plan of a roll-out: which edge comes when, for how long each is watched, and what counts as harm. Pure. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { RolloutPlan } from '#schema/manager-rollouts.ts'
import type { SiteEdge } from '../edges.ts'
import type { Timing } from './machine.ts'

/** As it is stored with a roll-out: every edge in its stage, every stage with its soak in seconds. */
export const StoredPlan = RolloutPlan.extend({
  stages: z.array(z.strictObject({ edges: z.array(z.string()), soak: z.int() })),
  /** What becomes of one edge decides about no other. */
  apart: z.boolean().default(false),
})
export type StoredPlan = z.output<typeof StoredPlan>

export const planIn = (text: string): StoredPlan => StoredPlan.parse(JSON.parse(text))

export type AskedPlan = RolloutPlan & { readonly apart?: boolean }

const second = 1000
export const timingOf = ({ stages, soak, grace, patience, apart }: StoredPlan): Timing => ({
  apart,
  soak: stages.map((stage) => stage.soak * second),
  joined: soak * second,
  grace: grace * second,
  patience: patience * second,
})

/** Seconds that an edge waits for its confirmation. */
export const confirmSeconds = (plan: StoredPlan, stage: number): number =>
  (plan.stages[stage]?.soak ?? plan.soak) + plan.grace

const usual = (edges: readonly SiteEdge[]): string[][] => {
  // The first one is to show whether it does harm, so it should be one that can be heard.
  const first = edges.find(({ connected }) => connected) ?? edges[0]
  return first === undefined
    ? []
    : [[first.name], edges.filter((edge) => edge !== first).map(({ name }) => name)].filter((list) => list.length > 0)
}

/**
 * Puts every edge into a stage: those that are asked for, and after them the rest.
 * @throws Fault `usage` for an edge that cannot take the policy, or stands in two stages
 */
export const planned = (asked: AskedPlan, edges: readonly SiteEdge[]): StoredPlan => {
  const given = asked.stages ?? usual(edges).map((names) => ({ edges: names, soak: undefined }))
  const seen = new Set<string>()
  for (const name of given.flatMap((stage) => stage.edges)) {
    if (!edges.some((edge) => edge.name === name))
      throw new Fault('usage', `The edge ${name} cannot take the policy: the manager or the policy does not have it.`, {
        advice: 'Look at the edges in the review; enrol it first, or take it out of the stages.',
      })
    if (seen.has(name)) throw new Fault('usage', `The edge ${name} stands in two stages.`)
    seen.add(name)
  }
  const rest = edges.map(({ name }) => name).filter((name) => !seen.has(name))
  return {
    ...asked,
    apart: asked.apart === true,
    stages: [...given, ...(rest.length === 0 ? [] : [{ edges: rest, soak: undefined }])].map((stage) => ({
      edges: [...stage.edges],
      soak: stage.soak ?? asked.soak,
    })),
  }
}

const hour = 3_600_000
/** Least time that a rate is multiplied with, ms. */
const least = 60_000

/**
 * Denied packets above which an edge counts as harmed.
 * @param expected packets an hour
 * @param elapsed ms since it applied the policy
 */
export const denialLimit = (
  { factor, floor }: Pick<StoredPlan, 'factor' | 'floor'>,
  expected: number,
  elapsed: number,
): number => Math.ceil(floor + (factor * expected * Math.max(least, elapsed)) / hour)
