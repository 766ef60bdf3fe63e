/** What somebody has to answer with his password. */
import { createHash } from 'node:crypto'
import type { TalkContext } from '#core/personality.ts'

/** Another for each connection, the same for the same question: who asks twice at one moment learns nothing. */
export const challengeOf = (
  { identity, peer, now }: Pick<TalkContext, 'identity' | 'peer' | 'now'>,
  length: number,
): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(`${identity.seed} ${peer} ${now()}`).digest().subarray(0, length))
