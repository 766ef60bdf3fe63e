/** Events that count against a roll-out: what an edge denies beyond what was expected, and a known asset that it contains. */
import type { Digest } from '#schema/link-frames.ts'
import type { Manager } from '../context.ts'
import type { IngestedEvent } from '../events/reaction.ts'
import { restoreDue } from './rollback.ts'
import { denialLimit, planIn } from './rollout/plan.ts'
import { stepRollout } from './rollout/step.ts'

/** Who contains without being asked by a person or an order. */
const byItself: ReadonlySet<string> = new Set(['kernel', 'policy', 'daemon'])

interface Watched {
  readonly rollout: string
  readonly edge: number
  readonly applied: Date | null
  readonly heard: Date | null
  readonly digest: Digest | null
  readonly digest_at: Date | null
  readonly expected: number
  readonly plan: string
}

/** Edges that are watched now: until the end of the roll-out, or of their own soak after it. */
const watched = async ({ db }: Manager, edges: readonly number[]): Promise<Watched[]> =>
  db
    .selectFrom('policy_rollout_edges as e')
    .innerJoin('policy_rollouts as r', 'r.id', 'e.rollout')
    .innerJoin('edges', 'edges.id', 'e.edge_id')
    .select(['edges.digest', 'edges.digest_at'])
    .select(['r.id as rollout', 'e.edge_id as edge', 'e.applied', 'e.heard', 'e.expected', 'r.plan'])
    .where('e.edge_id', 'in', edges)
    .where((eb) =>
      eb.or([
        eb.and([eb('r.state', '=', 'running'), eb('e.phase', 'in', ['soaking', 'confirming', 'confirmed'])]),
        eb.and([eb('r.state', '=', 'done'), eb('e.phase', 'in', ['soaking', 'confirming'])]),
      ]),
    )
    .execute()

/** Packets that an event says were denied. */
const deniedBy = ({ event }: IngestedEvent): number => {
  if (event.kind === 'denial' || event.kind === 'command-denied') return event.count
  // What was too much to be told one by one is added up by what it was.
  return Object.entries(event.details ?? {}).reduce(
    (sum, [name, value]) => (name.startsWith('denial') && typeof value === 'number' ? sum + value : sum),
    0,
  )
}

const containedAsset = (events: readonly IngestedEvent[]): string | undefined =>
  events.find(
    ({ event }) => event.kind === 'containment' && event.source?.asset !== undefined && byItself.has(event.by ?? ''),
  )?.event.source?.asset

const harmed = async (manager: Manager, { rollout, edge }: Watched, what: string): Promise<void> => {
  const after = await stepRollout(manager, rollout, () => ({ type: 'harm', edge, what }))
  if (after?.state === 'stopped') await restoreDue(manager, rollout)
}

/**
 * Since when events count, on the edge's clock: when it applied the policy. Where that report was lost, its digest told of it, and tells
 * what its clock differs by.
 */
const beginning = ({ applied, heard, digest, digest_at: at }: Watched): number =>
  applied?.getTime() ??
  (heard === null ? Infinity : heard.getTime() + (digest === null || at === null ? 0 : digest.at - at.getTime()))

const judge = async (manager: Manager, one: Watched, events: readonly IngestedEvent[]): Promise<void> => {
  const { db } = manager
  const since = beginning(one)
  const mine = events.filter(({ edge, event }) => edge.id === one.edge && Date.parse(event.last) >= since)
  const asset = containedAsset(mine)
  if (asset !== undefined) return harmed(manager, one, `it contained ${asset}, which is a known asset`)
  const rows = mine.flatMap((event) => {
    const packets = deniedBy(event)
    return packets === 0 ? [] : [{ rollout: one.rollout, edge_id: one.edge, event: event.event.id, packets }]
  })
  if (rows.length === 0) return
  await db
    .insertInto('policy_harm')
    .values(rows)
    .onConflict((row) => row.doNothing())
    .execute()
  const { packets } = await db
    .selectFrom('policy_harm')
    .select(({ fn }) => fn.sum<string | null>('packets').as('packets'))
    .where('rollout', '=', one.rollout)
    .where('edge_id', '=', one.edge)
    .executeTakeFirstOrThrow()
  const denied = Number(packets ?? 0)
  const limit = denialLimit(planIn(one.plan), one.expected, manager.now() - (one.heard?.getTime() ?? manager.now()))
  if (denied > limit)
    await harmed(manager, one, `it denied ${denied} packets, and ${limit} would have been no harm by now`)
}

export const noteHarm = async (manager: Manager, events: readonly IngestedEvent[]): Promise<void> => {
  const edges = [...new Set(events.map(({ edge }) => edge.id))]
  if (edges.length === 0) return
  for (const one of await watched(manager, edges)) await judge(manager, one, events)
}
