import { IdParams } from '#schema/manager-api.ts'
import { NewPermit, Permit, Permits, PermitsQuery, Refusal } from '#schema/manager-orders.ts'
import { route } from '../api/route.ts'
import { approvePermit, createPermit, listPermits, refusePermit, revokePermit } from './permits.ts'
import { personOf } from './person.ts'

export const permitRoutes = [
  route({
    method: 'GET',
    path: '/v1/permits',
    access: 'orders:read',
    summary: 'Temporary permits: in force, waiting for approval, or all.',
    query: PermitsQuery,
    answer: Permits,
    handle: async ({ manager, query }) => ({ permits: await listPermits(manager, query) }),
  }),
  route({
    method: 'POST',
    path: '/v1/permits',
    access: 'orders:write',
    summary: 'Permit a service for a while; at once for those who may approve, else when somebody approved it.',
    body: NewPermit,
    status: 201,
    answer: Permit,
    handle: (call) => createPermit(call.manager, personOf(call), call.body),
  }),
  route({
    method: 'POST',
    path: '/v1/permits/:id/approve',
    access: 'orders:approve',
    summary: 'Approve a permit that somebody else asked for.',
    params: IdParams,
    body: Refusal,
    answer: Permit,
    handle: (call) => approvePermit(call.manager, personOf(call), call.params.id, call.body.reason),
  }),
  route({
    method: 'POST',
    path: '/v1/permits/:id/refuse',
    access: 'orders:approve',
    summary: 'Refuse a permit that waits.',
    params: IdParams,
    body: Refusal,
    answer: Permit,
    handle: (call) => refusePermit(call.manager, personOf(call), call.params.id, call.body.reason),
  }),
  route({
    method: 'POST',
    path: '/v1/permits/:id/revoke',
    access: 'orders:write',
    summary: 'End a permit now.',
    params: IdParams,
    answer: Permit,
    handle: (call) => revokePermit(call.manager, personOf(call), call.params.id),
  }),
]
