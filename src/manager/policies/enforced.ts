/** Which revision an edge enforced from when until when, by its reports. */
import type { PolicyReport } from '#schema/link-frames.ts'
import type { Tx } from '../audit/trail.ts'

interface Spell {
  readonly revision: number
  readonly since: Date
}

const newest = (tx: Tx, edge: number): Promise<Spell | undefined> =>
  tx
    .selectFrom('policy_enforced')
    .select(['revision', 'since'])
    .where('edge_id', '=', edge)
    .where('until', 'is', null)
    .orderBy('since', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst()

/** What an edge goes back to: the last that was confirmed below the revision; 0: a policy of its own, or none. */
const before = async (tx: Tx, edge: number, revision: number): Promise<number> =>
  (
    await tx
      .selectFrom('policy_reports')
      .select('revision')
      .where('edge_id', '=', edge)
      .where('outcome', '=', 'confirmed')
      .where('revision', '<', revision)
      .orderBy('revision', 'desc')
      .limit(1)
      .executeTakeFirst()
  )?.revision ?? 0

const begin = async (tx: Tx, edge: number, revision: number, at: Date, open: Spell | undefined): Promise<void> => {
  // The clock of an edge may go back; its spells do not.
  const since = open !== undefined && open.since >= at ? new Date(open.since.getTime() + 1) : at
  if (open !== undefined)
    await tx
      .updateTable('policy_enforced')
      .set({ until: since })
      .where('edge_id', '=', edge)
      .where('since', '=', open.since)
      .execute()
  await tx.insertInto('policy_enforced').values({ edge_id: edge, revision, since, until: null }).execute()
}

/** Called once for each new report. */
export const noteEnforced = async (
  tx: Tx,
  edge: number,
  { revision, outcome, at }: Pick<PolicyReport, 'revision' | 'outcome' | 'at'>,
): Promise<void> => {
  const open = await newest(tx, edge)
  const when = new Date(at)
  switch (outcome) {
    case 'pending':
    case 'confirmed':
      // Older ones come back under new numbers alone.
      if (open === undefined || open.revision < revision) await begin(tx, edge, revision, when, open)
      return
    case 'rolled-back':
      if (open?.revision === revision) await begin(tx, edge, await before(tx, edge, revision), when, open)
      return
    case 'refused':
      return
  }
}
