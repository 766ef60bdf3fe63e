/** What manager and edge compare, to know that they hold the same of a stream: docs/link.md. */
import { type Hash, sha256 } from './chain.ts'

/** SHA-256 over ids and revisions of what is in force, in hex: one a line, sorted as text. */
export const stateDigest = (objects: readonly { readonly id: string; readonly revision: number }[]): Hash =>
  sha256(
    objects
      .map(({ id, revision }) => `${id} ${revision}\n`)
      .toSorted()
      .join(''),
  )
