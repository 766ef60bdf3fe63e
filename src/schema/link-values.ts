/** What documents of the link are made of: names, places, bounds. */
import * as z from 'zod'

export const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
export const Hash = z.string().regex(/^[0-9a-f]{64}$/)
export const Revision = z.int().min(0)
/** Milliseconds since 1970. */
export const Time = z.int().min(0)
export const Text = z.string().min(1).max(500)
export const Id = z.string().min(1).max(128)
export const Base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/)

/** `spiffe://DOMAIN/site/SITE/edge/EDGE` (SPIFFE-ID 2.1): who speaks at the other end of a link. */
export const EdgeIdentity = z.strictObject({ site: Name, edge: Name })
export type EdgeIdentity = z.infer<typeof EdgeIdentity>
export const spiffeId = (domain: string, { site, edge }: EdgeIdentity): string =>
  `spiffe://${domain}/site/${site}/edge/${edge}`

/** How far an object reaches. */
export const Scope = z.discriminatedUnion('level', [
  z.strictObject({ level: z.literal('fleet') }),
  z.strictObject({ level: z.literal('site'), site: Name }),
  z.strictObject({ level: z.literal('edge'), site: Name, edge: Name }),
])
export type Scope = z.infer<typeof Scope>

export const reaches = (scope: Scope, { site, edge }: EdgeIdentity): boolean =>
  scope.level === 'fleet' || (scope.site === site && (scope.level === 'site' || scope.edge === edge))

/** Longest frame in either direction, in bytes; a policy is the longest object. */
export const frameLimit = { fromEdge: 1 << 20, toEdge: 8 << 20 } as const
