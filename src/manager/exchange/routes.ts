import type { Route } from '../api/route.ts'

export const exchangeRoutes: readonly Route[] = []
