/** All links of this manager, found by site and edge, and what goes to many of them at once. */
import * as z from 'zod'
import type { Signed, StateStream } from '#schema/link-objects.ts'
import type { EdgeIdentity, Scope } from '#schema/link-values.ts'
import type { Hints } from '../bus/bus.ts'
import type { Heads } from '../state/heads.ts'
import { stateMessages } from './frames.ts'
import { bitOf, placeOf, sendBytes, type Session } from './session.ts'

export interface Hub {
  /** Newest revision of each stream that this manager knows of. */
  readonly heads: Heads
  /** @returns the link that the edge had before */
  add(session: Session): Session | undefined
  remove(session: Session): void
  of(edge: EdgeIdentity): Session | undefined
  sessions(): Iterable<Session>
  size(): number
  /**
   * Sends an object to every edge that it reaches and that has what comes before; first to those of the site where its cause was seen,
   * because the source is there: to write to a thousand edges takes longer than all that comes before.
   */
  spread(hint: Hints['state']): void
  /** Newer revisions are there, whose objects are not at hand: every edge has to be brought there. */
  behind(stream: StateStream, head: number): void
}

const Caused = z.object({ cause: z.object({ site: z.string() }) })
/** Where the cause of an object was seen. */
const siteOf = ({ body }: Signed): string | undefined => Caused.safeParse(JSON.parse(body)).data?.cause.site

/** @param catchUp brings an edge to the newest revision from the database */
export const openHub = (heads: Heads, catchUp: (session: Session, stream: StateStream) => void): Hub => {
  const sites = new Map<string, Map<string, Session>>()
  let count = 0

  const all = function* (): Generator<Session> {
    for (const edges of sites.values()) yield* edges.values()
  }
  const of = ({ site, edge }: EdgeIdentity): Session | undefined => sites.get(site)?.get(edge)
  const nearFirst = function* (near: string | undefined): Generator<Session> {
    if (near !== undefined) yield* sites.get(near)?.values() ?? []
    for (const [site, edges] of sites) if (site !== near) yield* edges.values()
  }
  const reached = (scope: Scope, object: Signed): Iterable<Session> => {
    if (scope.level === 'fleet') return nearFirst(siteOf(object))
    if (scope.level === 'site') return sites.get(scope.site)?.values() ?? []
    const one = of(scope)
    return one === undefined ? [] : [one]
  }
  const behind = (stream: StateStream, head: number): void => {
    if (head <= heads[stream]) return
    heads[stream] = head
    for (const session of all()) {
      session.live &= ~bitOf[stream]
      catchUp(session, stream)
    }
  }

  return {
    heads,
    add: (session) => {
      const { site, edge } = session.edge
      const edges = sites.get(site) ?? new Map<string, Session>()
      sites.set(site, edges)
      const before = edges.get(edge)
      edges.set(edge, session)
      if (before === undefined) count++
      return before
    },
    remove: (session) => {
      const { site, edge } = session.edge
      const edges = sites.get(site)
      if (edges?.get(edge) !== session) return
      edges.delete(edge)
      count--
      if (edges.size === 0) sites.delete(site)
    },
    of,
    sessions: all,
    size: () => count,
    spread: ({ stream, revision, scope, object }) => {
      if (revision <= heads[stream]) return
      if (revision > heads[stream] + 1) {
        behind(stream, revision)
        return
      }
      heads[stream] = revision
      const bytesFor = stateMessages(stream, revision, object)
      const bit = bitOf[stream]
      const place = placeOf(stream)
      for (const session of reached(scope, object)) {
        // Who is not there yet is being brought there, and looks again at the end.
        if ((session.live & bit) === 0) continue
        sendBytes(session, bytesFor(session.have[place]))
        session.have[place] = revision
      }
    },
    behind,
  }
}
