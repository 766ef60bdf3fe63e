/** What an edge lacks of a stream: the objects since its revision, or all that are in force for it. */
import type { Transaction } from 'kysely'
import { Fault } from '#core/errors.ts'
import { snapshotLimit, type ToEdgeOf } from '#schema/link-frames.ts'
import type { Signed, StateStream } from '#schema/link-objects.ts'
import { stateDigest } from '#schema/chain.ts'
import { type EdgeIdentity, frameLimit } from '#schema/link-values.ts'
import type { Manager } from '../context.ts'
import type { Tables } from '../database/tables.ts'
import { inForce, reachesEdge, stillSaid } from './reach.ts'

export type StateFrame = ToEdgeOf<'state'>

/** Objects in one frame of changes; who lacks more gets several. */
const deltaLimit = 2000
/** Bytes of a frame that are not the objects' own. */
const envelope = 4096

const signedColumns = ['revision', 'key', 'signature', 'body'] as const

const headOf = (tx: Pick<Transaction<Tables>, 'selectFrom'>, stream: StateStream) =>
  tx.selectFrom('state_heads').select(['revision', 'pruned']).where('stream', '=', stream).executeTakeFirstOrThrow()

/** As JSON counts it, with the quotes of the body escaped; an upper bound. */
const sizeOf = ({ body, key, signature }: Signed): number => body.length * 2 + key.length + signature.length + 64

/** What an edge lacks may be gone, because it ended long ago: it needs all that is in force in place of changes. */
export const isGone = 'gone'

/**
 * The next frame for an edge that has a revision; nothing when it has the newest one. Where `to` is not the head yet, more follows.
 * @param have not above the head of the stream
 * @param leftOver whether changes are wanted also where some are gone
 */
export const stateSince = async (
  { db, now }: Manager,
  edge: EdgeIdentity,
  stream: StateStream,
  have: number,
  leftOver = false,
): Promise<StateFrame | typeof isGone | undefined> => {
  // The head first: a writer holds it until its object is there, so nothing up to it can appear later.
  const { revision: head, pruned } = await headOf(db, stream)
  if (have >= head) return undefined
  if (have < pruned && !leftOver) return isGone
  const rows = await db
    .selectFrom('state_objects')
    .select(signedColumns)
    .where('stream', '=', stream)
    .where('revision', '>', have)
    .where('revision', '<=', head)
    .where(reachesEdge(edge))
    .where(stillSaid(head, now()))
    .orderBy('revision')
    .limit(deltaLimit + 1)
    .execute()
  const objects: Signed[] = []
  let to = head
  let bytes = envelope
  for (const { revision, key, signature, body } of rows) {
    const one = { key, signature, body }
    bytes += sizeOf(one)
    if (objects.length === deltaLimit || (objects.length > 0 && bytes > frameLimit.toEdge)) {
      to = revision - 1
      break
    }
    objects.push(one)
  }
  return { type: 'state', stream, from: have, to, objects }
}

/** As many of the objects in each frame as fit. */
const inFrames = (objects: readonly Signed[], limit: number): Signed[][] => {
  const frames: Signed[][] = [[]]
  let bytes = envelope
  for (const one of objects) {
    bytes += sizeOf(one)
    if (bytes > limit && frames.at(-1)!.length > 0) {
      frames.push([])
      bytes = envelope + sizeOf(one)
    }
    frames.at(-1)!.push(one)
  }
  return frames
}

/**
 * Everything of a stream that is in force for an edge, whatever it has. What one frame does not hold comes in several, of which the edge
 * takes all or none: the signed head counts them.
 * @throws Fault `refused` when there are more objects than a snapshot may have
 */
export const stateSnapshot = (
  { db, now, signer }: Manager,
  edge: EdgeIdentity,
  stream: StateStream,
  limit: number = frameLimit.toEdge,
): Promise<readonly StateFrame[]> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const { revision } = await headOf(tx, stream)
      const at = now()
      const rows = await tx
        .selectFrom('state_objects')
        .select([...signedColumns, 'id'])
        .where('stream', '=', stream)
        .where(inForce(at))
        .where(reachesEdge(edge))
        .orderBy('revision')
        .limit(snapshotLimit + 1)
        .execute()
      if (rows.length > snapshotLimit)
        throw new Fault(
          'refused',
          `What is in force of ${stream} for ${edge.site}/${edge.edge} is more than a snapshot holds.`,
          {
            advice: 'Let some of it end, or choose networks over single addresses.',
          },
        )
      const objects = rows.map(({ key, signature, body }): Signed => ({ key, signature, body }))
      const hash = stateDigest(rows)
      const { site, edge: name } = edge
      const about = { type: 'snapshot', stream, site, edge: name, revision, count: objects.length, hash, at } as const
      const snapshot = signer.sign(about)
      const parts = inFrames(objects, limit)
      return parts.map((part, n) => ({
        type: 'state',
        stream,
        from: 0,
        to: revision,
        snapshot,
        ...(n + 1 < parts.length ? { more: true } : {}),
        objects: part,
      }))
    })
