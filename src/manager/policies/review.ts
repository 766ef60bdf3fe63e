/** Everything that somebody who is to approve a draft should see, in one answer. */
import { diffPolicies, type Difference } from '#policy/diff.ts'
import { isError } from '#policy/problem.ts'
import type { Site } from '#schema/site.ts'
import type { Differences, Review, ShadowCount } from '#schema/manager-review.ts'
import type { Manager } from '../context.ts'
import { type Assessment, assess, problemView } from './drafts/assess.ts'
import { type DraftRow, draftView } from './drafts/drafts.ts'
import { approvalsNow, askedApprovals } from './drafts/votes.ts'
import { edgesOf, edgeStates } from './edges.ts'
import { persons } from './person.ts'
import { recordedAt, type Shadowed } from './recorded.ts'
import { simulate } from './simulate.ts'

/** Entries of each list that are told. */
const most = 500

const empty = (policy: Site): Site => ({
  ...policy,
  edges: {},
  zones: {},
  assets: {},
  groups: {},
  conduits: [],
  denies: [],
  broadcast: [],
  layer2: [],
  sensors: [],
  responses: [],
  redirects: [],
  exceptions: [],
  decoys: undefined,
  tests: [],
})

const cut = (difference: Difference): Differences => {
  let left = 0
  const some = <T>(list: readonly T[]): T[] => {
    left += Math.max(0, list.length - most)
    return list.slice(0, most)
  }
  const plain = (list: Difference['zones']) =>
    some(list).map(({ name, change, fields }) => ({ name, change, fields: [...fields] }))
  const spoken = (list: Difference['permitted']) =>
    some(list).map((one) => ({ ...one, from: [...one.from], to: [...one.to], ops: [...one.ops] }))
  return {
    permitted: spoken(difference.permitted),
    denied: spoken(difference.denied),
    modes: plain(difference.modes),
    zones: plain(difference.zones),
    assets: plain(difference.assets),
    other: Object.fromEntries(Object.entries(difference.other).map(([name, list]) => [name, plain(list)])),
    left,
  }
}

/** What edges counted in shadow, beside the mode that each zone is to have. */
const shadowCounts = (policy: Site | undefined, counted: readonly Shadowed[]): ShadowCount[] => {
  const modes = new Map(Object.entries(policy?.zones ?? {}).map(([name, { mode }]) => [name, mode]))
  return [...new Set(counted.map(({ zone }) => zone))].map((zone) => {
    const rows = counted.filter((row) => row.zone === zone)
    const sum = (command: boolean) =>
      rows.filter((row) => row.command === command).reduce((total, { packets }) => total + packets, 0)
    return {
      zone,
      mode: modes.get(zone) ?? '',
      packets: sum(false),
      commands: sum(true),
      flows: rows.reduce((total, { flows }) => total + flows, 0),
      first: new Date(Math.min(...rows.map(({ first }) => first))).toISOString(),
      last: new Date(Math.max(...rows.map(({ last }) => last))).toISOString(),
    }
  })
}

export interface Standing {
  readonly assessment: Assessment
  readonly approvals: number
  readonly blockers: readonly string[]
}

/** What keeps a draft from being published now. */
export const standingOf = async (db: Manager['db'], row: DraftRow, now: number): Promise<Standing> => {
  const assessment = await assess(db, row, await askedApprovals(db, row.site), now)
  const { votes } = await draftView(db, row)
  const approvals = (await approvalsNow(db, votes, persons(row.authors))).length
  const errors = assessment.problems.filter(isError).length
  const failures = assessment.tests?.failures.length ?? 0
  const inForce = assessment.base?.revision ?? 0
  const running = await db
    .selectFrom('policy_rollouts')
    .select(['revision'])
    .where('site', '=', row.site)
    .where('state', '=', 'running')
    .executeTakeFirst()
  const refusals = votes.filter(({ approves }) => !approves)
  return {
    assessment,
    approvals,
    blockers: [
      ...(row.state === 'published' || row.state === 'withdrawn' ? [`It is ${row.state}.`] : []),
      ...(errors > 0 ? [`The document has ${errors} error${errors === 1 ? '' : 's'}.`] : []),
      ...(failures > 0 ? [`${failures} of its tests fail${failures === 1 ? 's' : ''}.`] : []),
      ...(row.base === inForce
        ? []
        : [
            `It follows revision ${row.base}, and revision ${inForce} is in force: rebase it and have it reviewed again.`,
          ]),
      ...refusals.map(({ person, reason }) => `${person.name} refused it: ${reason ?? ''}`),
      ...(approvals < assessment.needed
        ? [`It has ${approvals} of ${assessment.needed} approvals by persons who did not write it.`]
        : []),
      ...(running === undefined ? [] : [`Revision ${running.revision} is being rolled out.`]),
    ],
  }
}

export const reviewOf = async (manager: Manager, row: DraftRow): Promise<Review> => {
  const now = manager.now()
  const { assessment, approvals, blockers } = await standingOf(manager.db, row, now)
  const { policy, before, tests, needed, because } = assessment
  const [recorded, edges] = await Promise.all([recordedAt(manager.db, row.site, now), edgesOf(manager.db, row.site)])
  return {
    draft: await draftView(manager.db, row),
    problems: assessment.problems.map(problemView),
    blockers: [...blockers],
    approvals: { needed, given: approvals, because: [...because] },
    difference: policy === undefined ? null : cut(diffPolicies(before ?? empty(policy), policy, now)),
    tests: tests === undefined ? null : { passed: tests.passed, failures: [...tests.failures] },
    simulation: policy === undefined ? null : await simulate(recorded.flows, recorded.left, policy, before),
    shadow: shadowCounts(policy, recorded.shadow),
    edges: policy === undefined ? [] : edgeStates(edges, policy),
  }
}
