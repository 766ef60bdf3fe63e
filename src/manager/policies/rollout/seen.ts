/** What the newest digests of edges say of a revision. */
import type { Digest } from '#schema/link.ts'
import type { Manager } from '../../context.ts'
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

export const seenBy = async ({ db }: Manager, { row, edges }: LoadedRollout): Promise<ReadonlyMap<number, Seen>> => {
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
  return new Map(
    rows.flatMap(({ id, digest, digest_at: at }) =>
      digest === null || at === null ? [] : [[id, seenOf(digest, at.getTime(), wanted)] as const],
    ),
  )
}
