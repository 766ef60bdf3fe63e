/** What an edge did with an object of a stream. */
import type { StateReport } from '#schema/link.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { orderEnforced } from '../orders/times.ts'

export const stateReported = async (manager: Manager, edge: EdgeRef, report: StateReport): Promise<void> => {
  const { stream, id, revision, outcome, at } = report
  const said = {
    revision,
    outcome,
    text: report.text ?? null,
    at: new Date(at),
    received: new Date(manager.now()),
    kernel_ms: report.kernelMs ?? null,
  }
  await manager.db
    .insertInto('state_reports')
    .values({ edge_id: edge.id, stream, id, ...said })
    .onConflict((row) =>
      row.columns(['stream', 'id', 'edge_id']).doUpdateSet(said).where('state_reports.revision', '<=', revision),
    )
    .execute()
  if (stream === 'orders' && outcome === 'enforced') await orderEnforced(manager, edge.id, report)
}
