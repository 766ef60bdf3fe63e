/** Who is at the other end: what the certificate says, and whether the edge of that name is this one, and may be here. */
import { timingSafeEqual, type X509Certificate } from 'node:crypto'
import { Fault } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { authorityFor } from '../fleet/place.ts'
import { readPeer } from '../tls/svid.ts'

export interface Admitted {
  readonly edge: EdgeRef
  /** End of its certificate, ms since 1970. */
  readonly until: number
  /** When its key was enrolled, ms since 1970. */
  readonly enrolled: number
}

const same = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** @throws Fault `unauthenticated` or `forbidden` */
export const admit = async (manager: Manager, certificate: X509Certificate | undefined): Promise<Admitted> => {
  if (certificate === undefined)
    throw new Fault('unauthenticated', 'The link wants the certificate of an edge, and none was shown.', {
      advice: 'Enrol the edge: `bulkhead edge enrol`.',
    })
  const peer = readPeer(certificate, authorityFor(manager).certificate, manager.domain, manager.now())
  if (typeof peer === 'string')
    throw new Fault('unauthenticated', `The certificate is of no use here: ${peer}.`, {
      advice: 'Renew it, or enrol the edge again.',
    })
  const row = await manager.db
    .selectFrom('edges')
    .select(['id', 'public_key', 'enrolled', 'revoked'])
    .where('site', '=', peer.site)
    .where('name', '=', peer.edge)
    .executeTakeFirst()
  const refuse = (why: string): Fault =>
    new Fault('forbidden', `The edge ${peer.site}/${peer.edge} ${why}.`, {
      advice: `Enrol it again: \`bulkhead edges enrol ${peer.site} ${peer.edge}\` at the manager.`,
    })
  if (row === undefined || row.public_key === null || row.enrolled === null) throw refuse('is not enrolled here')
  if (row.revoked !== null) throw refuse('was revoked')
  if (!same(row.public_key, peer.publicKey)) throw refuse('has another key')
  return { edge: { id: row.id, site: peer.site, edge: peer.edge }, until: peer.until, enrolled: row.enrolled.getTime() }
}
