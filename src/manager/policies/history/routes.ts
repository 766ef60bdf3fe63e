import { PolicySite, PolicySites, SiteChange, SiteParams } from '#schema/manager-policies.ts'
import {
  RevisionParams,
  Revisions,
  RevisionsQuery,
  RuleHistory,
  RuleParams,
  RuleQuery,
  WholeRevision,
} from '#schema/manager-revisions.ts'
import { route } from '../../api/route.ts'
import { personOf } from '../person.ts'
import { changeSite, policySite, policySites } from '../sites.ts'
import { listRevisions, momentOf, ruleAt, wholeRevision } from './history.ts'

export const historyRoutes = [
  route({
    method: 'GET',
    path: '/v1/policies',
    access: 'policy:read',
    summary: 'Where each site is with its policy.',
    answer: PolicySites,
    handle: async ({ manager }) => ({ sites: await policySites(manager) }),
  }),
  route({
    method: 'GET',
    path: '/v1/policies/:site',
    access: 'policy:read',
    summary: 'Where a site is with its policy.',
    params: SiteParams,
    answer: PolicySite,
    handle: ({ manager, params }) => policySite(manager, params.site),
  }),
  route({
    method: 'PATCH',
    path: '/v1/policies/:site',
    access: 'fleet:write',
    summary: 'Say how many persons have to approve the policies of a site.',
    params: SiteParams,
    body: SiteChange,
    answer: PolicySite,
    handle: (call) => changeSite(call.manager, personOf(call), call.params.site, call.body),
  }),
  route({
    method: 'GET',
    path: '/v1/policies/:site/revisions',
    access: 'policy:read',
    summary: 'What was published, the newest first.',
    params: SiteParams,
    query: RevisionsQuery,
    answer: Revisions,
    handle: async ({ manager, params, query }) => ({ revisions: await listRevisions(manager, params.site, query) }),
  }),
  route({
    method: 'GET',
    path: '/v1/policies/:site/revisions/:revision',
    access: 'policy:read',
    summary: 'One revision with its text, who wrote, approved and published it, and when each edge enforced it.',
    params: RevisionParams,
    answer: WholeRevision,
    handle: ({ manager, params }) => wholeRevision(manager, params.site, params.revision),
  }),
  route({
    method: 'GET',
    path: '/v1/policies/:site/rules/:rule',
    access: 'policy:read',
    summary: 'A rule as it was at a time: its text, who is responsible for it, and which edges enforced it.',
    params: RuleParams,
    query: RuleQuery,
    answer: RuleHistory,
    handle: ({ manager, params, query }) =>
      ruleAt(manager, params.site, params.rule, momentOf(query.at, manager.now())),
  }),
]
