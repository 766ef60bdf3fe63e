/** A new certificate for the same key. */
import { verify } from 'node:crypto'
import { Fault } from '#core/errors.ts'
import { renewText } from '#schema/link-enrolment.ts'
import { type EdgeIdentity, spiffeId } from '#schema/link-values.ts'
import type { Manager } from '../context.ts'
import { deviceKey, issueSvid, type Svid } from '../tls/svid.ts'
import { authorityFor } from './place.ts'
import { repeats } from './repeats.ts'

/**
 * Difference of clocks. Generous, since an edge that was away for weeks may have had no time either, and a request that is repeated by
 * somebody else brings a certificate that only the holder of the key can use.
 */
const aheadMs = 24 * 3_600_000

/** An edge asks every twelve hours, and again where the answer was lost. */
const mostRenewals = 20
const isTooOften = repeats(mostRenewals, 3_600_000)

export interface Renewal {
  readonly at: number
  readonly signature: string
}

const refused = (): Fault =>
  new Fault('refused', 'The renewal is not signed with the key of an edge that may be here.', {
    advice: 'Enrol the edge again: `bulkhead edges enrol SITE EDGE` at the manager.',
  })

/** @throws Fault `refused`, in the same words whether the edge is unknown, revoked or another signed */
export const renew = async (manager: Manager, edge: EdgeIdentity, { at, signature }: Renewal): Promise<Svid> => {
  const now = manager.now()
  if (Math.abs(now - at) > aheadMs)
    throw new Fault(
      'refused',
      `The clock of the edge differs by more than a day; here it is ${new Date(now).toISOString()}.`,
      {
        advice: 'Set the clock of the edge, then try again.',
      },
    )
  const row = await manager.db
    .selectFrom('edges')
    .select(['id', 'public_key', 'revoked'])
    .where('site', '=', edge.site)
    .where('name', '=', edge.edge)
    .executeTakeFirst()
  if (row === undefined || row.public_key === null || row.revoked !== null) throw refused()
  const { key, spki } = deviceKey(row.public_key)
  const text = renewText(spiffeId(manager.domain, edge), at)
  if (!verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64'))) throw refused()
  if (isTooOften(manager, String(row.id)))
    throw new Fault('too-many-requests', `The edge renewed its certificate ${mostRenewals} times within an hour.`, {
      advice: 'Wait 3600 s; a certificate counts for a day.',
    })
  const svid = issueSvid(authorityFor(manager), manager.domain, edge, spki, now)
  await manager.trail.change(async (tx, write) => {
    // What was true when it was looked up has to be true still.
    const { numUpdatedRows } = await tx
      .updateTable('edges')
      .set({ svid_until: new Date(svid.until) })
      .where('id', '=', row.id)
      .where('public_key', '=', row.public_key)
      .where('revoked', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw refused()
    const name = `${edge.site}/${edge.edge}`
    const after = { until: new Date(svid.until).toISOString() }
    await write({ actor: `edge ${name}`, action: 'edge.renew', object: `edge ${name}`, after })
  })
  return svid
}
