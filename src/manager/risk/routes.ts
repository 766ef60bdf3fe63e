import type { Route } from '../api/route.ts'

export const riskRoutes: readonly Route[] = []
