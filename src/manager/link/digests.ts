/** What edges say they enforce: kept for people, and held against what they should. */
import { sql } from 'kysely'
import type { Digest } from '#schema/link-frames.ts'
import type { StateStream } from '#schema/link-objects.ts'
import type { Manager } from '../context.ts'
import { desiredFor } from '../state/desired.ts'
import type { CatchUp } from './catch-up.ts'
import type { Hub } from './hub.ts'
import { bitOf, nameOf, placeOf, type Session } from './session.ts'

export interface Digests {
  take(session: Session, digest: Digest): Promise<void>
  /** Writes what came since, all edges in one statement. */
  flush(): Promise<void>
  /** Digests that were not as they should be, twice in a row: the edge was sent everything anew. */
  corrected(): number
}

interface Options {
  readonly manager: Manager
  readonly hub: Hub
  readonly catchUp: CatchUp
  readonly tell: (what: string) => void
}

export const digestsWith = ({ manager, hub, catchUp, tell }: Options): Digests => {
  let latest = new Map<number, { readonly digest: Digest; readonly at: number }>()
  let corrections = 0

  /**
   * Once may be an object under way, or one that ends by either clock; twice is a difference. While orders follow each other, something
   * always is under way: then what counts is whether it has by now what it had been sent the last time.
   * @returns nothing where the two sides speak of different revisions
   */
  const isRight = async (session: Session, said: Digest['streams'][number]): Promise<boolean | undefined> => {
    const { stream } = said
    const place = placeOf(stream)
    const sent = session.have[place]
    if (said.revision < sent) {
      const late = said.revision < session.behind[place]
      session.behind[place] = sent
      return late ? false : undefined
    }
    const desired = await desiredFor(manager, session.edge, stream, hub.heads[stream])
    if (desired.revision !== said.revision) return undefined
    return desired.count === said.count && desired.hash === said.hash
  }

  const compare = async (session: Session, said: Digest['streams'][number]): Promise<void> => {
    const { stream } = said
    const bit = bitOf[stream]
    const place = placeOf(stream)
    // It took more than it was sent here: from a stick, or by an earlier link.
    if (said.revision > session.have[place]) {
      session.have[place] = said.revision
      catchUp.bring(session, stream)
      return
    }
    if ((session.live & bit) === 0) {
      catchUp.bring(session, stream)
      return
    }
    const right = await isRight(session, said)
    if (right === undefined) return
    if (right) session.doubted &= ~bit
    else if ((session.doubted & bit) === 0) session.doubted |= bit
    else {
      session.doubted &= ~bit
      corrections++
      tell(`${nameOf(session)} does not enforce what it should of ${stream}; it gets everything anew`)
      catchUp.anew(session, stream)
    }
  }

  return {
    take: async (session, digest) => {
      session.policy = digest.policy.revision
      latest.set(session.edge.id, { digest, at: manager.now() })
      const seen = new Set<StateStream>()
      for (const said of digest.streams) {
        if (seen.has(said.stream)) continue
        seen.add(said.stream)
        await compare(session, said)
      }
    },
    flush: async () => {
      if (latest.size === 0) return
      const taken = latest
      const rows = [...taken]
      latest = new Map()
      try {
        await sql`
          UPDATE edges SET digest = said.digest::jsonb, digest_at = said.at, seen = said.at
          FROM (SELECT unnest(${rows.map(([id]) => id)}::bigint[]) AS id,
                       unnest(${rows.map(([, { digest }]) => JSON.stringify(digest))}::text[]) AS digest,
                       unnest(${rows.map(([, { at }]) => new Date(at))}::timestamptz[]) AS at) AS said
          WHERE edges.id = said.id`.execute(manager.db)
      } catch (error) {
        // The next one may be half a minute away.
        latest = new Map([...taken, ...latest])
        throw error
      }
    },
    corrected: () => corrections,
  }
}
