import { draftRoutes } from './drafts/routes.ts'
import { historyRoutes } from './history/routes.ts'
import { rolloutRoutes } from './rollout/routes.ts'

export const policiesRoutes = [...draftRoutes, ...rolloutRoutes, ...historyRoutes]
