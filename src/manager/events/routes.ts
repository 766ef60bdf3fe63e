import type { Route } from '../api/route.ts'

export const eventsRoutes: readonly Route[] = []
