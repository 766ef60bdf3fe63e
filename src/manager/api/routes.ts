import { EventFilter } from '#schema/manager-events.ts'
import { eventsRoutes } from '../events/routes.ts'
import { exchangeRoutes } from '../exchange/routes.ts'
import { fleetRoutes } from '../fleet/routes.ts'
import { ordersRoutes } from '../orders/routes.ts'
import { policiesRoutes } from '../policies/routes.ts'
import { riskRoutes } from '../risk/routes.ts'
import { stickRoutes } from '../stick/routes.ts'
import { accountRoutes } from './account.ts'
import type { Route } from './route.ts'
import { systemRoutes } from './system.ts'
import { tokenRoutes } from './tokens.ts'
import { userRoutes } from './users.ts'

/** Every route but the stream and the OpenAPI document, which answer no JSON of a schema. */
export const routes: readonly Route[] = [
  ...systemRoutes,
  ...accountRoutes,
  ...userRoutes,
  ...tokenRoutes,
  ...fleetRoutes,
  ...stickRoutes,
  ...eventsRoutes,
  ...policiesRoutes,
  ...ordersRoutes,
  ...riskRoutes,
  ...exchangeRoutes,
]

/** Those two, for the inventory. */
export const otherRoutes = [
  { method: 'GET', path: '/v1/openapi.json', access: 'public', summary: 'This document.', type: 'application/json' },
  {
    method: 'GET',
    path: '/v1/events/stream',
    access: 'events:read',
    summary: 'Changes as they happen, as server-sent events; Last-Event-ID resumes after a number of the audit.',
    type: 'text/event-stream',
  },
  {
    method: 'GET',
    path: '/v1/events/follow',
    access: 'events:read',
    summary: 'Events of the edges as they are stored, as server-sent events; Last-Event-ID resumes within an hour.',
    type: 'text/event-stream',
    query: EventFilter,
  },
] as const
