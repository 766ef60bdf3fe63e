/** A machine becomes an edge: its token and its key, for a certificate. */
import { verify } from 'node:crypto'
import type * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { type Enrolled, type EnrolRequest, enrolText } from '#schema/link-enrolment.ts'
import { hashSecret } from '../accounts/secret.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { deviceKey, issueSvid } from '../tls/svid.ts'
import { lockEdge } from './edges.ts'
import { authorityFor, linkUrls } from './place.ts'
import { repeats } from './repeats.ts'
import { auditedEdge, type EdgeRow } from './view.ts'

type Request = z.output<typeof EnrolRequest>

const another = (why: string): Fault =>
  new Fault('refused', `The token is of no use: ${why}.`, {
    advice: 'Ask for another one: `bulkhead edges enrol SITE EDGE` at the manager.',
  })

interface Found {
  readonly edge: EdgeRow
  readonly enrolment: {
    readonly id: string
    readonly used: Date | null
    readonly public_key: string | null
    readonly expires: Date
  }
}

/** The edge is locked before its tokens, as everywhere. */
const find = async (tx: Tx, secret: string): Promise<Found> => {
  const known = () => tx.selectFrom('enrolments').selectAll().where('hash', '=', hashSecret(secret))
  const first = await known().executeTakeFirst()
  const edge = first === undefined ? undefined : await lockEdge(tx, first.edge_id)
  const enrolment = edge === undefined ? undefined : await known().forUpdate().executeTakeFirst()
  if (edge === undefined || enrolment === undefined) throw another('it is not known here, or was taken back')
  return { enrolment, edge }
}

const record = async (tx: Tx, write: Write, { edge, enrolment }: Found, body: Request, now: number): Promise<void> => {
  const object = `edge ${edge.site}/${edge.name}`
  const change = {
    public_key: body.publicKey,
    enrolled: new Date(now),
    revoked: null,
    version: body.version,
    twice: null,
  }
  await tx.updateTable('edges').set(change).where('id', '=', edge.id).execute()
  await tx
    .updateTable('enrolments')
    .set({ used: new Date(now), public_key: body.publicKey })
    .where('id', '=', enrolment.id)
    .execute()
  // What another machine may still hold for this edge ends here.
  await tx.deleteFrom('enrolments').where('edge_id', '=', edge.id).where('id', '!=', enrolment.id).execute()
  const after = { ...auditedEdge({ ...edge, ...change }), enrolment: enrolment.id }
  await write({ actor: `enrolment ${enrolment.id}`, action: 'edge.enrol', object, before: auditedEdge(edge), after })
}

/** Tries with one token that leave a row of the audit. */
const isTooOften = repeats(20, 3_600_000)

type Outcome = { readonly refused: Fault } | { readonly edge: EdgeRow; readonly fresh: boolean }

/** Refusals that say something about an attack are written down, so they may not throw inside of the transaction. */
const decide = async (manager: Manager, tx: Tx, write: Write, body: Request): Promise<Outcome> => {
  const now = manager.now()
  const found = await find(tx, body.secret)
  const { enrolment, edge } = found
  const object = `edge ${edge.site}/${edge.name}`
  const isOver = enrolment.expires.getTime() <= now
  // The first use always counts.
  if ((enrolment.used !== null || isOver) && isTooOften(manager, enrolment.id))
    throw another('it is used too often; wait an hour')
  const refuse = async (why: string): Promise<Outcome> => {
    const after = { enrolment: enrolment.id, key: body.publicKey, why }
    await write({ actor: `enrolment ${enrolment.id}`, action: 'edge.enrol-refused', object, after })
    return { refused: another(why) }
  }
  if (enrolment.used === null) {
    if (isOver) return refuse('it has ended')
    await record(tx, write, found, body, now)
    return { edge, fresh: true }
  }
  if (enrolment.public_key !== body.publicKey) return refuse('another machine has used it')
  if (edge.revoked !== null || edge.public_key !== body.publicKey)
    return refuse('the edge was revoked or enrolled anew')
  await write({ actor: `enrolment ${enrolment.id}`, action: 'edge.enrol-again', object })
  return { edge, fresh: false }
}

/** @throws Fault `refused` */
export const enrol = async (manager: Manager, body: Request): Promise<Enrolled> => {
  const { key, spki } = deviceKey(body.publicKey)
  if (!verify('sha256', Buffer.from(enrolText(body.secret)), key, Buffer.from(body.proof, 'base64')))
    throw new Fault('refused', 'The proof is not made with the key that it comes with.', {
      advice: 'Enrol with `bulkhead edge enrol`.',
    })
  const outcome = await manager.trail.change((tx, write) => decide(manager, tx, write, body))
  if ('refused' in outcome) throw outcome.refused
  const { edge, fresh } = outcome
  const identity = { site: edge.site, edge: edge.name }
  // Whoever held the link with a former key holds it no more.
  if (fresh) manager.bus.publish('cut', { edges: [identity], why: 'it was enrolled anew' })
  const authority = authorityFor(manager)
  const svid = issueSvid(authority, manager.domain, identity, spki, manager.now())
  await manager.db
    .updateTable('edges')
    .set({ svid_until: new Date(svid.until) })
    .where('id', '=', edge.id)
    .execute()
  return {
    ...identity,
    domain: manager.domain,
    ...svid,
    authority: authority.cert,
    signer: manager.signer.pem,
    urls: [...linkUrls(manager)],
  }
}
