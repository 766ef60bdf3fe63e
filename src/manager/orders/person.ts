/** Who gives an order, and who must not approve it then. */
import { actorOf, type Who } from '../api/route.ts'

export interface Person {
  /** As the audit names them. */
  readonly actor: string
  /** The account behind sessions and tokens: one person with two of them is still one. */
  readonly account: string
  readonly mayApprove: boolean
}

export const personOf = (call: { readonly who: Who | undefined }): Person => {
  const actor = actorOf(call)
  return {
    actor,
    account: call.who?.user?.id ?? actor,
    mayApprove: call.who?.permissions.has('orders:approve') === true,
  }
}
