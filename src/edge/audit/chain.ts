/**
 * The chain over P0 events. Record n holds the hash of record n-1, so nothing can be altered, moved or taken out without
 * every later hash changing; signed checkpoints fix some of those hashes. docs/events.md says how to check it by hand.
 */
import type { Json } from '#core/canonical.ts'
import { canonical } from '#core/canonical.ts'
import { type Hash, recordHash, sha256 } from '#schema/chain.ts'

export { genesis, type Hash, recordHash, sha256 } from '#schema/chain.ts'

export interface ChainRecord {
  readonly n: number
  readonly prev: Hash
  readonly hash: Hash
  /** Canonical JSON of the event, exactly as it was hashed. */
  readonly body: string
}

/** The record that follows. */
export const link = (head: { readonly n: number; readonly hash: Hash }, body: string): ChainRecord => ({
  n: head.n + 1,
  prev: head.hash,
  hash: recordHash(head.hash, head.n + 1, body),
  body,
})

/** What a checkpoint states and its signature covers: everything up to n, and the checkpoint before it. */
export interface Claim {
  readonly k: number
  readonly n: number
  readonly hash: Hash
  readonly time: string
  /** Hash of checkpoint k-1 as canonical JSON with its signature; {@link genesis} for the first. */
  readonly previous: Hash
  /** Fingerprint of the key. */
  readonly key: Hash
}
export interface Checkpoint extends Claim {
  /** Ed25519 (RFC 8032) over the canonical JSON of the claim, base64. */
  readonly signature: string
}

export const claimText = ({ k, n, hash, time, previous, key }: Claim): string =>
  canonical({ k, n, hash, time, previous, key } satisfies Json)

export const checkpointHash = (checkpoint: Checkpoint): Hash =>
  sha256(`${claimText(checkpoint)}\n${checkpoint.signature}`)
