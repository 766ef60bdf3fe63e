import { Done } from '#schema/manager-api.ts'
import {
  NewOrigin,
  NewThreshold,
  NewVeto,
  OriginQuery,
  RiskDetails,
  RiskOrigins,
  RiskQuery,
  RiskSources,
  RiskThreshold,
  RiskThresholds,
  RiskVeto,
  RiskVetoes,
  EvidenceQuery,
  ThresholdQuery,
  VetoId,
} from '#schema/manager-risk.ts'
import { actorOf, route, type Route } from '../api/route.ts'
import { addOrigin, addVeto, removeOrigin, removeThreshold, removeVeto, setThreshold } from './judge.ts'
import { describe, listSources } from './list.ts'
import { ports } from './ports.ts'
import { round } from './start.ts'

const done = { done: true } as const

export const riskRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/risk/sources',
    access: 'risk:read',
    summary: 'Sources by their risk, the highest first.',
    query: RiskQuery,
    answer: RiskSources,
    handle: async ({ manager, query }) => ({ sources: await listSources(manager, query) }),
  }),
  route({
    method: 'GET',
    path: '/v1/risk/evidence',
    access: 'risk:read',
    summary: 'The risk of a source as it is now, at each site, with every point and its evidence.',
    query: EvidenceQuery,
    answer: RiskDetails,
    handle: async ({ manager, query }) => ({ sites: await describe(manager, ports, query) }),
  }),
  route({
    method: 'GET',
    path: '/v1/risk/vetoes',
    access: 'risk:read',
    summary: 'What is no threat whatever the evidence says.',
    answer: RiskVetoes,
    handle: async ({ manager }) => {
      const rows = await manager.db.selectFrom('risk_vetoes').selectAll().orderBy('id').limit(10_000).execute()
      return {
        vetoes: rows.map(({ created, until, ...veto }) => ({
          ...veto,
          created: created.toISOString(),
          until: until?.toISOString() ?? null,
        })),
      }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/risk/vetoes',
    access: 'risk:write',
    summary: 'Says that an address or a network is no threat.',
    body: NewVeto,
    status: 201,
    answer: RiskVeto,
    handle: async (call) => {
      const veto = await addVeto(call.manager, actorOf(call), call.body)
      await round(call.manager)
      return veto
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/risk/vetoes/:id',
    access: 'risk:write',
    summary: 'Takes a veto back.',
    params: VetoId,
    answer: Done,
    handle: async (call) => {
      await removeVeto(call.manager, actorOf(call), call.params.id)
      await round(call.manager)
      return done
    },
  }),
  route({
    method: 'GET',
    path: '/v1/risk/thresholds',
    access: 'risk:read',
    summary: 'What sites do about sources that reach a score, and which risks their policies ask for.',
    answer: RiskThresholds,
    handle: async ({ manager: { db } }) => {
      const rows = await db.selectFrom('risk_thresholds').selectAll().orderBy('site').orderBy('score').execute()
      const asked = await db.selectFrom('risk_sites').select(['site', 'asked']).orderBy('site').execute()
      return {
        thresholds: rows.map(({ changed, ...row }) => ({ ...row, changed: changed.toISOString() })),
        asked: Object.fromEntries(asked.map((row) => [row.site, row.asked])),
      }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/risk/thresholds',
    access: 'risk:write',
    summary: 'Sets what a site does about sources that reach a score.',
    body: NewThreshold,
    answer: RiskThreshold,
    handle: async (call) => {
      const threshold = await setThreshold(call.manager, actorOf(call), call.body)
      await round(call.manager)
      return threshold
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/risk/thresholds',
    access: 'risk:write',
    summary: 'Takes a threshold away.',
    query: ThresholdQuery,
    answer: Done,
    handle: async (call) => {
      await removeThreshold(call.manager, actorOf(call), call.query)
      return done
    },
  }),
  route({
    method: 'GET',
    path: '/v1/risk/origins',
    access: 'risk:read',
    summary: 'Countries and autonomous systems in which nobody of ours is.',
    answer: RiskOrigins,
    handle: async ({ manager }) => {
      const rows = await manager.db.selectFrom('risk_origins').selectAll().orderBy('kind').orderBy('value').execute()
      return { origins: rows.map(({ created, ...row }) => ({ ...row, created: created.toISOString() })) }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/risk/origins',
    access: 'risk:write',
    summary: 'Says that nobody of ours is in a country or an autonomous system.',
    body: NewOrigin,
    answer: Done,
    handle: async (call) => {
      await addOrigin(call.manager, actorOf(call), call.body)
      return done
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/risk/origins',
    access: 'risk:write',
    summary: 'Takes that back.',
    query: OriginQuery,
    answer: Done,
    handle: async (call) => {
      await removeOrigin(call.manager, actorOf(call), call.query)
      return done
    },
  }),
]
