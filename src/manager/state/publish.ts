/** Numbered, signed objects that go down to edges: one way to write them, in the transaction that also writes the audit. */
import type { OrderObject, PermitObject, RiskObject, Signed, StateStream } from '#schema/link-objects.ts'
import type { Scope } from '#schema/link-values.ts'
import { streamOf } from '#schema/link-objects.ts'
import type { Tx } from '../audit/trail.ts'
import type { Bus } from '../bus/bus.ts'
import { columnText } from '../database/text.ts'
import type { ObjectSigner } from '../fleet/signer.ts'

export type StateDraft = Omit<OrderObject, 'revision'> | Omit<PermitObject, 'revision'> | Omit<RiskObject, 'revision'>

export interface Published {
  readonly stream: StateStream
  readonly revision: number
  readonly scope: Scope
  readonly object: Signed
}

/** Whether an object puts something in force, or ends it. */
const puts = (draft: StateDraft): boolean =>
  draft.type === 'risk' ? draft.score > 0 : draft.action === 'contain' || draft.action === 'permit'

/**
 * Gives the object the next number of its stream, signs and stores it, and supersedes the earlier one of the same id. Writers of a
 * stream wait for each other until the transaction ends, so revisions have no gaps and appear in their order.
 */
export const publishState = async (tx: Tx, signer: ObjectSigner, draft: StateDraft): Promise<Published> => {
  const stream = streamOf[draft.type]
  const { revision } = await tx
    .updateTable('state_heads')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .where('stream', '=', stream)
    .returning('revision')
    .executeTakeFirstOrThrow()
  // Whoever reads the objects as JSON in the database reads all of them: one that cannot be read would stop them.
  const object = signer.sign({ ...draft, by: columnText(draft.by), reason: columnText(draft.reason), revision })
  const { scope } = draft
  await tx
    .updateTable('state_objects')
    .set({ superseded: revision })
    .where('stream', '=', stream)
    .where('id', '=', draft.id)
    .where('superseded', 'is', null)
    .execute()
  await tx
    .insertInto('state_objects')
    .values({
      stream,
      revision,
      id: draft.id,
      level: scope.level,
      site: scope.level === 'fleet' ? null : scope.site,
      edge: scope.level === 'edge' ? scope.edge : null,
      sets: puts(draft),
      expires: new Date(draft.expires),
      ...object,
    })
    .execute()
  return { stream, revision, scope, object }
}

/** After the transaction: tells every manager, and through them the edges. */
export const announce = (bus: Bus, ...published: readonly Published[]): void => {
  for (const one of published) bus.publish('state', one)
}
