/** A chain of P0 that does not hold: said once to the edge, and each time to the audit. The records are kept: they are evidence. */
import { Fault } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import type { Break } from './write.ts'

export const brokenFault = ({ seq, what }: Break): Fault =>
  new Fault('refused', `The chain of class P0 does not hold at event ${seq}: ${what}.`, {
    advice: 'Look for who changed the store of the edge. Sent again, the records are kept, marked as not intact.',
  })

/** Writes the audit row; after the first one records are taken, marked. */
export const blame = async (
  { trail }: Manager,
  { batch: { edge, store }, seq, what, events }: Break,
  outcome: 'refused' | 'marked',
): Promise<void> => {
  await trail.change(async (tx, write) => {
    await tx
      .updateTable('event_cursors')
      .set({ broken: true })
      .where('edge_id', '=', edge.id)
      .where('store', '=', store)
      .where('class', '=', 'P0')
      .execute()
    await write({
      actor: `edge ${edge.site}/${edge.edge}`,
      action: 'tampering',
      object: `audit of edge ${edge.site}/${edge.edge}`,
      after: { store, seq, what, events, outcome },
    })
  })
}
