import * as z from 'zod'
import { Done } from '#schema/manager-api.ts'
import {
  Allowed,
  AllowList,
  EdlQuery,
  IdParams,
  NameParams,
  NewAllowed,
  NewReceiver,
  NewSource,
  Receiver,
  ReceiverChange,
  Receivers,
  Source,
  Sources,
  TestResult,
} from '#schema/manager-exchange.ts'
import { actorOf, type Route, route } from '../api/route.ts'
import { addAllowed, listAllowed, removeAllowed } from './allowed.ts'
import { edl } from './edl.ts'
import { refreshNow } from './lists/refresh.ts'
import { addSource, listSources, removeSource, sourceView } from './lists/sources.ts'
import { collect } from './metrics/collect.ts'
import { exposition, metricsType } from './metrics/text.ts'
import { addReceiver, listReceivers, removeReceiver, switchReceiver } from './receivers.ts'
import { exchangeOf } from './registry.ts'
import { taxiiRoutes } from './taxii/routes.ts'
import { testReceiver } from './testing.ts'

const done = { done: true } as const

const receiverRoutes = [
  route({
    method: 'GET',
    path: '/v1/exchange/receivers',
    access: 'exchange:read',
    summary: 'Receivers of events, without their secrets, and how far each is.',
    answer: Receivers,
    handle: async ({ manager }) => ({ receivers: await listReceivers(manager) }),
  }),
  route({
    method: 'POST',
    path: '/v1/exchange/receivers',
    access: 'exchange:write',
    summary: 'Add a receiver; it gets the events that come from now on.',
    body: NewReceiver,
    status: 201,
    answer: Receiver,
    handle: async (call) => {
      const made = await addReceiver(call.manager, actorOf(call), call.body, exchangeOf(call.manager))
      exchangeOf(call.manager).wake()
      return made
    },
  }),
  route({
    method: 'PATCH',
    path: '/v1/exchange/receivers/:name',
    access: 'exchange:write',
    summary: 'Switch a receiver on or off; it goes on where it was.',
    params: NameParams,
    body: ReceiverChange,
    answer: Receiver,
    handle: async (call) => {
      const { enabled } = call.body
      const changed = await switchReceiver(call.manager, actorOf(call), call.params.name, enabled)
      exchangeOf(call.manager).wake()
      return changed
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/exchange/receivers/:name',
    access: 'exchange:write',
    summary: 'Remove a receiver with its place in the events.',
    params: NameParams,
    answer: Done,
    handle: async (call) => {
      await removeReceiver(call.manager, actorOf(call), call.params.name)
      exchangeOf(call.manager).wake()
      return done
    },
  }),
  route({
    method: 'POST',
    path: '/v1/exchange/receivers/:name/test',
    access: 'exchange:write',
    summary: 'Send a message that says it is a test.',
    params: NameParams,
    answer: TestResult,
    handle: (call) => testReceiver(call.manager, actorOf(call), call.params.name, exchangeOf(call.manager).ownPorts),
  }),
]

const listRoutes = [
  route({
    method: 'GET',
    path: '/v1/exchange/sources',
    access: 'exchange:read',
    summary: 'Lists that come from others, and how fresh they are.',
    answer: Sources,
    handle: async ({ manager }) => ({ sources: await listSources(manager) }),
  }),
  route({
    method: 'POST',
    path: '/v1/exchange/sources',
    access: 'exchange:write',
    summary: 'Add a list of others; it is looked at soon.',
    body: NewSource,
    status: 201,
    answer: Source,
    handle: async (call) => {
      const { ownPorts, wake } = exchangeOf(call.manager)
      const made = await addSource(call.manager, actorOf(call), call.body, ownPorts)
      wake()
      return made
    },
  }),
  route({
    method: 'POST',
    path: '/v1/exchange/sources/:name/refresh',
    access: 'exchange:write',
    summary: 'Look at a list now, and say what is wrong with it.',
    params: NameParams,
    answer: Source,
    handle: async ({ manager, params }) => {
      await refreshNow(manager, params.name, exchangeOf(manager))
      return sourceView(manager, params.name)
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/exchange/sources/:name',
    access: 'exchange:write',
    summary: 'Remove a list of others with its entries.',
    params: NameParams,
    answer: Done,
    handle: async (call) => {
      await removeSource(call.manager, actorOf(call), call.params.name)
      return done
    },
  }),
  route({
    method: 'GET',
    path: '/v1/exchange/allowed',
    access: 'exchange:read',
    summary: 'Networks that are never exported and never taken from a list.',
    answer: AllowList,
    handle: async ({ manager }) => ({ allowed: await listAllowed(manager) }),
  }),
  route({
    method: 'POST',
    path: '/v1/exchange/allowed',
    access: 'exchange:write',
    summary: 'Put a network on the allow-list.',
    body: NewAllowed,
    status: 201,
    answer: Allowed,
    handle: (call) => addAllowed(call.manager, actorOf(call), call.body),
  }),
  route({
    method: 'DELETE',
    path: '/v1/exchange/allowed/:id',
    access: 'exchange:write',
    summary: 'Take a network off the allow-list.',
    params: IdParams,
    answer: Done,
    handle: async (call) => {
      await removeAllowed(call.manager, actorOf(call), call.params.id)
      return done
    },
  }),
]

const plainRoutes = [
  route({
    method: 'GET',
    path: '/v1/exchange/edl',
    access: 'exchange:read',
    heavy: true,
    type: 'text/plain; charset=utf-8',
    summary:
      'External dynamic list: one network a line, of what is contained or whose risk is high. ETag and If-None-Match.',
    query: EdlQuery,
    answer: z.string(),
    handle: ({ manager, query, headers }) => edl(manager, exchangeOf(manager).readers, query, headers['if-none-match']),
  }),
  route({
    method: 'GET',
    path: '/metrics',
    access: 'system:read',
    type: metricsType,
    summary: 'Figures for Prometheus, in its text format 0.0.4.',
    answer: z.string(),
    handle: async ({ manager }) => ({ body: exposition(await collect(manager, exchangeOf(manager).readers)) }),
  }),
]

export const exchangeRoutes: readonly Route[] = [...receiverRoutes, ...listRoutes, ...plainRoutes, ...taxiiRoutes]
