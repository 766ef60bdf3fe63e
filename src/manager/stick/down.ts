/** A file for an edge without a line: what the link would send it, signed as a whole. */
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'
import type { DownBundle } from '#schema/link-bundles.ts'
import type { ToEdge } from '#schema/link-frames.ts'
import { PolicyObject, stateStreams } from '#schema/link-objects.ts'
import { frameLimit } from '#schema/link-values.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import type { StickDown } from '#schema/manager-stick.ts'
import type { Manager } from '../context.ts'
import { authorityFor } from '../fleet/place.ts'
import { policyFrames } from '../policies/desired.ts'
import { stateSnapshot } from '../state/since.ts'
import { deviceKey, issueSvid } from '../tls/svid.ts'

/** Bytes that an edge takes, less those of the header. */
const longest = 8 * frameLimit.toEdge - (1 << 20)

/** Highest number of each class that is stored, for every store that the edge has had. */
const allAcknowledged = async ({ db }: Manager, id: number): Promise<DownBundle['acknowledged']> => {
  const rows = await db
    .selectFrom('event_cursors')
    .select(['store', 'class', 'seq'])
    .where('edge_id', '=', id)
    .execute()
  const found: Record<string, Partial<Record<EventClass, number>>> = {}
  for (const { store, class: of, seq } of rows) found[store] = { ...found[store], [of]: seq }
  return found
}

const revisionIn = (frame: ToEdge): [string, number][] => {
  if (frame.type === 'state') return [[frame.stream, frame.to]]
  if (frame.type !== 'policy') return []
  const { revision } = PolicyObject.parse(JSON.parse(frame.object.body))
  return [['policy', revision]]
}

/**
 * Policy or confirmation as far as one is due, everything that is in force, what is stored of its events, and a new certificate for the
 * key that it enrolled with: of use to the holder of that key alone.
 * @throws Fault `refused` when the edge is not enrolled, or was revoked
 */
export const downFile = async (manager: Manager, actor: string, id: number): Promise<StickDown> => {
  const row = await manager.db.selectFrom('edges').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', 'There is no such edge.')
  const { site, name: edge, public_key: publicKey } = row
  if (publicKey === null || row.revoked !== null)
    throw new Fault('refused', `The edge ${site}/${edge} ${publicKey === null ? 'never enrolled' : 'was revoked'}.`, {
      advice: 'An edge enrols over a line once, on a bench if need be: `bulkhead edge enrol`.',
    })
  const ref = { id, site, edge }
  const now = manager.now()
  const svid = issueSvid(authorityFor(manager), manager.domain, ref, deviceKey(publicKey).spki, now)
  const frames: ToEdge[] = [...(await policyFrames(manager, ref, row.digest?.policy.revision ?? 0))]
  const snapshots = await Promise.all(stateStreams.map((stream) => stateSnapshot(manager, ref, stream)))
  frames.push(...snapshots.flat())
  frames.push({ type: 'svid', ...svid })
  const body = frames.map((frame) => `${JSON.stringify(frame)}\n`).join('')
  if (Buffer.byteLength(body) > longest)
    throw new Fault('refused', `What is in force for ${site}/${edge} is more than a file holds.`, {
      advice: 'Let some of it end, or choose networks over single addresses.',
    })
  const hash = sha256(body)
  const acknowledged = await allAcknowledged(manager, id)
  const head: DownBundle = { type: 'bundle-down', site, edge, at: now, lines: frames.length, hash, acknowledged }
  const revisions = Object.fromEntries(frames.flatMap(revisionIn))
  await manager.trail.change(async (tx, write) => {
    await tx
      .updateTable('edges')
      .set({ svid_until: new Date(svid.until) })
      .where('id', '=', id)
      .where('revoked', 'is', null)
      .execute()
    await write({ actor, action: 'stick.export', object: `edge ${site}/${edge}`, after: { hash, ...revisions } })
  })
  const text = `${JSON.stringify(manager.signer.sign(head))}\n${body}`
  const certificate = new Date(svid.until).toISOString()
  return { site, edge, lines: frames.length, text, revisions, certificate }
}
