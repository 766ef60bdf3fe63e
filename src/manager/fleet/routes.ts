import type { Route } from '../api/route.ts'

export const fleetRoutes: readonly Route[] = []
