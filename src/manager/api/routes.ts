import { accountRoutes } from './account.ts'
import type { Route } from './route.ts'
import { systemRoutes } from './system.ts'
import { tokenRoutes } from './tokens.ts'
import { userRoutes } from './users.ts'

/** Every route but the stream and the OpenAPI document, which answer no JSON of a schema. */
export const routes: readonly Route[] = [...systemRoutes, ...accountRoutes, ...userRoutes, ...tokenRoutes]

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
] as const
