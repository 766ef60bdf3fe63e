/** What the newest digests of edges say of a revision. */
import type { Digest } from '#schema/link-frames.ts'
import type { Manager } from '../../context.ts'
import { policyReaction } from '../reaction.ts'
import type { Seen } from './machine.ts'
import type { LoadedRollout } from './store.ts'

const troubleIn = ({ policy, status }: Digest): string | undefined => {
  if (status === 'bypassed') return 'it passes everything: somebody switched enforcement off'
  return status === 'altered' || !policy.intact ? 'its kernel has other rules than the policy says' : undefined
}

/** @param at when the manager got the digest, ms since 1970 */
export const seenOf = (
  digest: Digest,
  at: number,
  wanted: { readonly revision: number; readonly digest: string },
): Seen => {
  const trouble = troubleIn(digest)
  return {
    at,
    ours: digest.policy.revision === wanted.revision && digest.policy.digest === wanted.digest,
    confirmed: digest.policy.state === 'confirmed',
    ...(trouble === undefined ? {} : { trouble }),
  }
}

/** ms within which a reaction is done, when nothing is wrong. */
const digestedMs = 5000

/**
 * Edges of which events wait that nobody has judged yet: those that deny most bring the most at once, and silence about them is no sign
 * that nothing happened. Those from before the edge was watched do not count.
 */
const unjudged = async ({ db, now }: Manager, { edges }: LoadedRollout): Promise<ReadonlySet<number>> => {
  const watched = edges.filter(({ phase }) => phase === 'soaking')
  if (watched.length === 0) return new Set()
  const rows = await db
    .selectFrom('event_inbox')
    .select(({ fn }) => ['edge_id', fn.max('received').as('newest')])
    .where('reaction', '=', policyReaction.name)
    .where('received', '<', new Date(now() - digestedMs))
    .where(
      'edge_id',
      'in',
      watched.map(({ edge_id: id }) => id),
    )
    .groupBy('edge_id')
    .execute()
  return new Set(
    rows.flatMap(({ edge_id: id, newest }) =>
      watched.some((edge) => edge.edge_id === id && newest >= edge.since) ? [id] : [],
    ),
  )
}

export const seenBy = async (manager: Manager, loaded: LoadedRollout): Promise<ReadonlyMap<number, Seen>> => {
  const { db } = manager
  const { row, edges } = loaded
  const wanted = await db
    .selectFrom('policy_revisions')
    .select(['revision', 'digest'])
    .where('site', '=', row.site)
    .where('revision', '=', row.revision)
    .executeTakeFirstOrThrow()
  const ids = edges
    .filter(({ phase }) => phase === 'offered' || phase === 'late' || phase === 'soaking' || phase === 'confirming')
    .map(({ edge_id: id }) => id)
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('edges').select(['id', 'digest', 'digest_at']).where('id', 'in', ids).execute()
  const late = await unjudged(manager, loaded)
  return new Map(
    rows.flatMap(({ id, digest, digest_at: at }) => {
      if (digest === null || at === null) return []
      const seen = seenOf(digest, at.getTime(), wanted)
      return late.has(id) && seen.trouble === undefined ? [] : [[id, seen] as const]
    }),
  )
}
