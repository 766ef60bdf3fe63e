/** Orders as their room publishes them. */
import { createPublicKey, verify } from 'node:crypto'
import type { Manager } from '#manager/context.ts'
import { announce, type Published, publishState } from '#manager/state/publish.ts'
import { OrderObject, type Signed, signedText } from '#schema/link-objects.ts'
import type { Scope } from '#schema/link-values.ts'

export interface OrderWish {
  readonly scope?: Scope
  readonly action?: 'contain' | 'release'
  readonly ip?: string
  readonly expires?: number
}

/** @param quiet no hint goes round, as if it had been lost */
export const publishOrder = async (
  manager: Manager,
  id: string,
  {
    scope = { level: 'fleet' },
    action = 'contain',
    ip = '198.18.0.9',
    expires = manager.now() + 3_600_000,
  }: OrderWish = {},
  quiet = false,
): Promise<Published> => {
  const published = await manager.trail.change(async (tx, write) => {
    await write({ actor: 'test', action: 'order.create', object: `order ${id}` })
    const about = { by: 'ann', reason: 'a scan', at: manager.now(), expires }
    return publishState(tx, manager.signer, { type: 'order', id, scope, action, ip, ...about })
  })
  if (!quiet) announce(manager.bus, published)
  return published
}

/** What an object says, if its signature is the manager's. */
export const read = ({ signature, body }: Signed, signer: string): OrderObject => {
  const key = createPublicKey(signer)
  if (!verify(null, Buffer.from(signedText(body)), key, Buffer.from(signature, 'base64'))) throw new Error('not signed')
  return OrderObject.parse(JSON.parse(body))
}
