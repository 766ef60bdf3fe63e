/** Tokens that let a machine become an edge, once. */
import { createHash } from 'node:crypto'
import { Fault } from '#core/errors.ts'
import { EnrolmentToken } from '#schema/link-enrolment.ts'
import { newId } from '../accounts/ids.ts'
import { hashSecret, newSecret } from '../accounts/secret.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { authorityFor, linkUrls } from './place.ts'
import type { EdgeRow } from './view.ts'

const hourMs = 3_600_000
/** Tokens of one edge that may be open. */
const mostOpen = 10

const enrolmentPrefix = 'bhe_'

const tokenOf = (manager: Manager, secret: string): string => {
  const urls = linkUrls(manager)
  if (urls.length === 0)
    throw new Fault('refused', 'The link of this manager does not listen, so no edge could enrol.', {
      advice: 'Start the manager with --link.',
    })
  const ca = createHash('sha256').update(authorityFor(manager).certificate.raw).digest('hex')
  const token = EnrolmentToken.parse({ urls: urls.slice(0, 8), ca, secret })
  return `${enrolmentPrefix}${Buffer.from(JSON.stringify(token)).toString('base64url')}`
}

export const makeEnrolment = async (
  manager: Manager,
  tx: Tx,
  write: Write,
  { actor, edge, hours }: { readonly actor: string; readonly edge: EdgeRow; readonly hours: number },
): Promise<{ token: string; expires: string }> => {
  const now = manager.now()
  const secret = newSecret()
  const token = tokenOf(manager, secret)
  const id = newId(now)
  const expires = new Date(now + hours * hourMs)
  await tx
    .deleteFrom('enrolments')
    .where('edge_id', '=', edge.id)
    .where('used', 'is', null)
    .where('expires', '<=', new Date(now))
    .execute()
  const { count } = await tx
    .selectFrom('enrolments')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('edge_id', '=', edge.id)
    .where('used', 'is', null)
    .executeTakeFirstOrThrow()
  if (count >= mostOpen) throw new Fault('conflict', `There are ${count} tokens for this edge that nobody has used.`)
  await tx
    .insertInto('enrolments')
    .values({ id, edge_id: edge.id, hash: hashSecret(secret), created: new Date(now), expires })
    .execute()
  const object = `edge ${edge.site}/${edge.name}`
  await write({ actor, action: 'enrolment.create', object, after: { id, expires: expires.toISOString() } })
  return { token, expires: expires.toISOString() }
}
