/** Messages with their meaning, for the tests that run over every codec. Each protocol's are in its folder's `golden.ts`. */
import type { MessageFault, Role } from '#core/message.ts'

export interface Golden {
  /** A sentence that says what it shows. */
  readonly name: string
  readonly from: 'client' | 'server'
  /** Units that must have been seen before in the same conversation, in order; hex. */
  readonly after?: readonly { readonly from: 'client' | 'server'; readonly hex: string }[]
  /** One unit, hex; blanks are ignored. */
  readonly hex: string
  readonly role: Role
  /** Its commands; fields by the names of constraints, `values` included. A list stands for several numbers, `[from, to]` spans not. */
  readonly commands?: readonly {
    readonly op: string
    readonly fields?: Readonly<Record<string, number | string | readonly (number | string)[]>>
  }[]
  readonly fault?: MessageFault
  /** A response by which the device says that it did not do all of what was asked. */
  readonly refused?: true
  /** What the client gets when it is refused as a function that is not allowed; hex, or 0 or -1 as `refuse` returns. */
  readonly refusal?: string | 0 | -1
  /** The unit after it was neutralised; hex. */
  readonly neutralised?: string
}
