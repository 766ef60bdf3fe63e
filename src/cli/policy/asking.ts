/** How commands of the life cycle reach the manager. */
import type * as z from 'zod'
import { asker, type ReachOptions } from '../manager/reach.ts'

export type Asking = <T>(
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  answer: z.ZodType<T>,
  body?: unknown,
) => Promise<T>

/** Loaded when it is used: `policy check` needs neither the manager nor its schema. */
export const asking = async (options: ReachOptions) => {
  const [policies, review, rollouts, revisions] = await Promise.all([
    import('#schema/manager-policies.ts'),
    import('#schema/manager-review.ts'),
    import('#schema/manager-rollouts.ts'),
    import('#schema/manager-revisions.ts'),
  ])
  const schema = { ...policies, ...review, ...rollouts, ...revisions }
  const toManager = await asker(options)
  const ask: Asking = (method, path, answer, body) =>
    toManager({ method, path, answer, ...(body === undefined ? {} : { body }) })
  return { ask, schema }
}

/** In a path: what is no plain name is answered with `not-found` rather than meant for another route. */
export const segment = (text: string): string => encodeURIComponent(text)
