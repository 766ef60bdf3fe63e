import { Fault } from '#core/errors.ts'
import {
  ConduitLedger,
  EventPage,
  EventParams,
  EventQuery,
  FirewallLoad,
  FoundEvent,
  Judgement,
  NoiseReport,
  ReportQuery,
  Verdict,
} from '#schema/manager-events.ts'
import { actorOf, type Route, route } from '../api/route.ts'
import { eventOf, judge } from './judgement.ts'
import { firewallLoad, ledger, noise } from './reports.ts'
import { search, shown } from './search.ts'

export const eventsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/events',
    access: 'events:read',
    heavy: true,
    summary: 'Search what edges sent, newest first.',
    query: EventQuery,
    answer: EventPage,
    handle: ({ manager, query }) => search(manager, query),
  }),
  route({
    method: 'GET',
    path: '/v1/events/:id',
    access: 'events:read',
    summary: 'One event.',
    params: EventParams,
    answer: FoundEvent,
    handle: async ({ manager, params }) => {
      const row = await eventOf(manager.db, params.id)
      if (row === undefined) throw new Fault('not-found', `There is no event ${params.id}.`)
      return (await shown(manager.db, [row]))[0]
    },
  }),
  route({
    method: 'POST',
    path: '/v1/events/:id/judgement',
    access: 'orders:write',
    summary: 'Say what an event turned out to be.',
    params: EventParams,
    body: Verdict,
    answer: Judgement,
    handle: (call) => judge(call.manager, call.params.id, call.body, actorOf(call)),
  }),
  route({
    method: 'GET',
    path: '/v1/reports/noise',
    access: 'events:read',
    heavy: true,
    summary: 'How much became how little: packets, events, alerts, volume.',
    query: ReportQuery,
    answer: NoiseReport,
    handle: ({ manager, query }) => noise(manager, query),
  }),
  route({
    method: 'GET',
    path: '/v1/reports/firewall-load',
    access: 'events:read',
    heavy: true,
    summary: 'Packets and bytes that conduits and edges carried.',
    query: ReportQuery,
    answer: FirewallLoad,
    handle: ({ manager, query }) => firewallLoad(manager, query),
  }),
  route({
    method: 'GET',
    path: '/v1/reports/conduits',
    access: 'events:read',
    heavy: true,
    summary: 'Of each conduit: hours enforced, denials, and those judged false.',
    query: ReportQuery,
    answer: ConduitLedger,
    handle: ({ manager, query }) => ledger(manager, query),
  }),
]
