/**
 * Hints between the parts of a manager, and between managers of one database. A hint only says where to look: whoever misses one finds
 * the same in the database a little later, so nothing depends on a hint that arrives.
 */
import type { Signed, StateStream } from '#schema/link-objects.ts'
import type { EdgeIdentity, Scope } from '#schema/link-values.ts'

export interface Hints {
  /** A stream has a new revision; its objects ride along, so that they are pushed without a look into the database. */
  readonly state: {
    readonly stream: StateStream
    readonly revision: number
    readonly scope: Scope
    readonly object: Signed
  }
  /** Edges for which another policy revision, or a confirmation, is due. */
  readonly policy: { readonly edges: readonly EdgeIdentity[] }
  /** The link of these edges ends: revoked, or dialled anew at another manager. */
  readonly cut: { readonly edges: readonly EdgeIdentity[]; readonly except?: string; readonly why: string }
  /** Something that live views show changed. `kind` as in the path of its API, e.g. `orders`. */
  readonly changed: { readonly kind: string; readonly id: string }
}
export type Topic = keyof Hints

/** Why a link is cut whose edge has another one, there. */
export const dialledElsewhere = 'it dialled another manager; if this goes on, another machine has its key'

export interface Bus {
  publish<T extends Topic>(topic: T, hint: Hints[T]): void
  /** Why other managers cannot be told, while that is so; never for one that is alone. */
  alarm(): string | undefined
  /** @returns ends the subscription */
  subscribe<T extends Topic>(topic: T, listener: (hint: Hints[T]) => void): () => void
  close(): Promise<void>
}
