/** What a route is. Each says who may use it, what it takes and what it answers; the server and the OpenAPI document follow. */
import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { Permission } from '#schema/manager-api.ts'
import type { UserRow } from '../accounts/users.ts'
import type { Manager } from '../context.ts'

/** `public`: everybody; `known`: everybody who proved who they are; else what the table of roles says. */
export type Access = 'public' | 'known' | Permission

export interface Who {
  readonly kind: 'session' | 'token' | 'local'
  readonly actor: string
  readonly permissions: ReadonlySet<Permission>
  /** Nobody's for the local administrator, who speaks through the socket. */
  readonly user?: UserRow
  readonly session?: string
}

export interface Call<P, Q, B> {
  readonly manager: Manager
  readonly who: Who | undefined
  /** Where the request comes from; `local` on the socket. */
  readonly address: string
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly headers: IncomingHttpHeaders
  readonly setCookie: (secret: string | undefined) => void
}

/** An answer that is not JSON of our own, or needs headers: sent as it stands. */
export interface Plain {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}
export const isPlain = (answer: unknown): answer is Plain =>
  typeof answer === 'object' && answer !== null && 'body' in answer && typeof answer.body === 'string'
/** Paths of our own, and those that a standard or a habit gives: TAXII 2.1, 1.6; what Prometheus asks. */
export type Path = `/v1/${string}` | `/taxii2/${string}` | '/metrics'

export interface Route<P = unknown, Q = unknown, B = unknown> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Parameters as `:name`. */
  readonly path: Path
  readonly access: Access
  readonly summary: string
  /** Guesses are worth something here: fewer of them per minute. */
  readonly guessable?: true
  /** It reads much of the database: few of these are answered at a time, the others wait. */
  readonly heavy?: true
  /** Bytes that its body may have; 1 MB when absent. */
  readonly bodyLimit?: number
  readonly params?: z.ZodType<P>
  readonly query?: z.ZodType<Q>
  readonly body?: z.ZodType<B>
  readonly status?: 200 | 201
  /** Media type of its answers; then it answers a {@link Plain}. Without it, JSON of the schema. */
  readonly type?: string
  readonly answer: z.ZodType
  handle(call: Call<P, Q, B>): Promise<unknown>
}

/** What a route takes is checked against its schemas before it is called, so a list may forget the types. */
export const route = <P, Q, B>(one: Route<P, Q, B>): Route => one

export const actorOf = ({ who }: { readonly who: Who | undefined }): string => who?.actor ?? 'nobody'

/** The account that asks. @throws Fault `forbidden` for the local administrator, who has none */
export const selfOf = ({ who }: { readonly who: Who | undefined }): { user: UserRow; session: string } => {
  if (who?.user === undefined || who.session === undefined)
    throw new Fault('forbidden', 'Only a person who is logged in may do this.', { advice: 'Log in with a password.' })
  return { user: who.user, session: who.session }
}
