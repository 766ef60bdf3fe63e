import type { Route } from '../api/route.ts'

export const policiesRoutes: readonly Route[] = []
