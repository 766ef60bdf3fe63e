import { DraftParams, SiteParams, SiteQuery } from '#schema/manager-policies.ts'
import { PublishRequest, RollbackRequest, Rollout, Rollouts, StopRequest } from '#schema/manager-rollouts.ts'
import { route } from '../../api/route.ts'
import { personOf } from '../person.ts'
import { publishDraft } from '../publish.ts'
import { rollBack } from '../rollback.ts'
import { stopRollout } from '../stop.ts'
import { listRollouts, rolloutView } from './view.ts'

export const rolloutRoutes = [
  route({
    method: 'POST',
    path: '/v1/drafts/:id/publish',
    access: 'policy:publish',
    summary: 'Publish an approved draft and begin its roll-out.',
    params: DraftParams,
    body: PublishRequest,
    status: 201,
    answer: Rollout,
    handle: async (call) =>
      rolloutView(call.manager, await publishDraft(call.manager, personOf(call), call.params.id, call.body)),
  }),
  route({
    method: 'GET',
    path: '/v1/rollouts',
    access: 'policy:read',
    summary: 'Roll-outs of policies, the newest first.',
    query: SiteQuery,
    answer: Rollouts,
    handle: async ({ manager, query }) => ({ rollouts: await listRollouts(manager, query) }),
  }),
  route({
    method: 'GET',
    path: '/v1/rollouts/:id',
    access: 'policy:read',
    summary: 'Where each edge is with a revision.',
    params: DraftParams,
    answer: Rollout,
    handle: ({ manager, params }) => rolloutView(manager, params.id),
  }),
  route({
    method: 'POST',
    path: '/v1/rollouts/:id/stop',
    access: 'policy:publish',
    summary: 'Stop a roll-out: edges that were not confirmed roll back by themselves, the others as its plan says.',
    params: DraftParams,
    body: StopRequest,
    answer: Rollout,
    handle: async (call) => {
      await stopRollout(call.manager, personOf(call), call.params.id, call.body.reason)
      return rolloutView(call.manager, call.params.id)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/policies/:site/rollback',
    access: 'policy:publish',
    summary: 'Bring an earlier text back under a new number.',
    params: SiteParams,
    body: RollbackRequest,
    status: 201,
    answer: Rollout,
    handle: async (call) =>
      rolloutView(call.manager, await rollBack(call.manager, personOf(call), { ...call.params, ...call.body })),
  }),
]
