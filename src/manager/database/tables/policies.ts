import type { ColumnType, Generated } from 'kysely'
import type { PolicyReport } from '#schema/link-frames.ts'
import type { DraftState, Phase, RolloutState } from '#schema/manager-policies.ts'

type Time = ColumnType<Date, Date, Date>
type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>

export interface PolicySitesTable {
  site: string
  revision: Generated<number>
  approvals: Generated<number>
  version: Generated<number>
}
export interface PolicyDraftsTable {
  id: string
  site: string
  title: string
  text: string
  digest: string
  base: number
  revision: number
  state: DraftState
  authors: string
  created: Time
  changed: Time
  published: Maybe<number>
}
export interface PolicyVotesTable {
  draft: string
  revision: number
  person: string
  name: string
  approves: boolean
  reason: Maybe<string>
  at: Time
}
export interface PolicyRevisionsTable {
  site: string
  revision: number
  text: string
  digest: string
  title: string
  draft: Maybe<string>
  restores: Maybe<number>
  reason: Maybe<string>
  authors: string
  approvals: string
  published_by: string
  at: Time
}
export interface PolicyRolloutsTable {
  id: string
  site: string
  revision: number
  state: RolloutState
  stage: number
  plan: string
  by: string
  why: Maybe<string>
  restore: Generated<'no' | 'due' | 'done'>
  started: Time
  changed: Time
  ended: Maybe<Date>
}
export interface PolicyRolloutEdgesTable {
  rollout: string
  edge_id: number
  revision: number
  stage: number
  phase: Phase
  since: Time
  harm: Maybe<string>
  applied: Maybe<Date>
  heard: Maybe<Date>
  expected: number
  confirm: number
}
export interface PolicyReportsTable {
  edge_id: number
  revision: number
  outcome: PolicyReport['outcome']
  text: string
  silent: string[]
  at: Time
  received: Time
  ms: Maybe<number>
}
export interface PolicyEnforcedTable {
  edge_id: number
  revision: number
  since: Time
  until: Maybe<Date>
}
export interface PolicyHarmTable {
  rollout: string
  edge_id: number
  event: string
  packets: number
}
export interface PolicyLeaseTable {
  one: Generated<boolean>
  owner: string
  until: Time
}

export interface PolicyTables {
  policy_sites: PolicySitesTable
  policy_drafts: PolicyDraftsTable
  policy_votes: PolicyVotesTable
  policy_revisions: PolicyRevisionsTable
  policy_rollouts: PolicyRolloutsTable
  policy_rollout_edges: PolicyRolloutEdgesTable
  policy_reports: PolicyReportsTable
  policy_enforced: PolicyEnforcedTable
  policy_harm: PolicyHarmTable
  policy_lease: PolicyLeaseTable
}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptPolicy = {
  policy_sites: ['site'],
  policy_drafts: ['id'],
  policy_votes: ['draft', 'revision', 'person'],
  policy_revisions: ['site', 'revision'],
  policy_rollouts: ['id'],
  policy_rollout_edges: ['rollout', 'edge_id'],
  policy_reports: ['edge_id', 'revision', 'outcome'],
  policy_enforced: ['edge_id', 'since'],
  policy_harm: ['rollout', 'edge_id', 'event'],
  policy_lease: ['one'],
} as const satisfies Record<keyof PolicyTables, readonly string[]>
