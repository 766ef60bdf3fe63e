import type { Route } from '../api/route.ts'

export const ordersRoutes: readonly Route[] = []
