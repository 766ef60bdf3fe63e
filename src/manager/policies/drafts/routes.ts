import {
  Draft,
  DraftChange,
  DraftParams,
  DraftRefused,
  Drafts,
  DraftSeen,
  longestPolicy,
  NewDraft,
  SiteQuery,
  WholeDraft,
} from '#schema/manager-policies.ts'
import { Review } from '#schema/manager-review.ts'
import { route } from '../../api/route.ts'
import { personOf } from '../person.ts'
import { reviewOf } from '../review.ts'
import { changeDraft, createDraft, getDraft, listDrafts, wholeDraft, withdrawDraft } from './drafts.ts'
import { judgeDraft } from './votes.ts'

/** A document in JSON, where a character may take two. */
const bodyLimit = 2 * longestPolicy

export const draftRoutes = [
  route({
    method: 'GET',
    path: '/v1/drafts',
    access: 'policy:read',
    summary: 'Drafts of policies, those under way first.',
    query: SiteQuery,
    answer: Drafts,
    handle: async ({ manager, query }) => ({ drafts: await listDrafts(manager, query) }),
  }),
  route({
    method: 'POST',
    path: '/v1/drafts',
    access: 'policy:write',
    summary: 'Make a draft of the next policy of a site; its problems come with the answer.',
    bodyLimit,
    body: NewDraft,
    status: 201,
    answer: WholeDraft,
    handle: (call) => createDraft(call.manager, personOf(call), call.body),
  }),
  route({
    method: 'GET',
    path: '/v1/drafts/:id',
    access: 'policy:read',
    summary: 'One draft with its text and what is wrong with it.',
    params: DraftParams,
    answer: WholeDraft,
    handle: async ({ manager, params }) => wholeDraft(manager, await getDraft(manager.db, params.id)),
  }),
  route({
    method: 'PATCH',
    path: '/v1/drafts/:id',
    access: 'policy:write',
    summary: 'Change a draft; cancels its approvals.',
    bodyLimit,
    params: DraftParams,
    body: DraftChange,
    answer: WholeDraft,
    handle: (call) => changeDraft(call.manager, personOf(call), call.params.id, call.body),
  }),
  route({
    method: 'POST',
    path: '/v1/drafts/:id/withdraw',
    access: 'policy:write',
    summary: 'Give a draft up.',
    params: DraftParams,
    body: DraftSeen,
    answer: Draft,
    handle: (call) => withdrawDraft(call.manager, personOf(call), call.params.id, call.body.revision),
  }),
  route({
    method: 'GET',
    path: '/v1/drafts/:id/review',
    access: 'policy:read',
    summary:
      'What a draft would change: conversations, tests, simulation over recorded traffic, and what is still missing.',
    params: DraftParams,
    answer: Review,
    handle: async ({ manager, params }) => reviewOf(manager, await getDraft(manager.db, params.id)),
  }),
  route({
    method: 'POST',
    path: '/v1/drafts/:id/approve',
    access: 'policy:approve',
    summary: 'Approve a draft of others as it was seen.',
    params: DraftParams,
    body: DraftSeen,
    answer: Draft,
    handle: (call) => judgeDraft(call.manager, personOf(call), call.params.id, { ...call.body, approves: true }),
  }),
  route({
    method: 'POST',
    path: '/v1/drafts/:id/refuse',
    access: 'policy:approve',
    summary: 'Refuse a draft, and say why.',
    params: DraftParams,
    body: DraftRefused,
    answer: Draft,
    handle: (call) => judgeDraft(call.manager, personOf(call), call.params.id, { ...call.body, approves: false }),
  }),
]
