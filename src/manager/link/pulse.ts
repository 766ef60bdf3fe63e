/** One timer for all links: signs of life, ends of certificates, and what no hint told of. */
import type { Manager } from '../context.ts'
import { owedBy } from '../policies/owed.ts'
import { readHeads } from '../state/heads.ts'
import { stateStreams } from '#schema/link-objects.ts'
import { Fault } from '#core/errors.ts'
import type { Digests } from './digests.ts'
import type { Hub } from './hub.ts'
import type { LinkLimits } from './listen.ts'
import type { Session } from './session.ts'

const tickMs = 1000
/** Ticks between looks into the database. */
const lookEvery = 5
/** ms: hints of an edge's end may be lost, and clocks of managers differ. */
const revokedMs = 3_600_000
/** ms of silence after which an edge is asked, and after which its link ends. */
const askMs = 40_000
const silentMs = 75_000

export interface PulseOptions {
  readonly manager: Manager
  readonly hub: Hub
  readonly digests: Digests
  /** All links, those without a hello too. */
  readonly links: ReadonlyMap<unknown, Session>
  readonly limits: LinkLimits
  readonly refuse: (session: Session, fault: Fault, wait?: number) => void
  readonly cut: (session: Session, why: string) => void
  /** Sends what is due of policies. */
  readonly offer: (session: Session) => Promise<void>
  readonly tell: (what: string) => void
}

const judge = (session: Session, now: number, turn: number, { limits, refuse }: PulseOptions): void => {
  if (session.store === undefined && now - session.opened > limits.patienceMs)
    refuse(session, new Fault('request-slow', 'The edge did not say hello in time.'))
  else if (now >= session.until)
    refuse(session, new Fault('unauthenticated', 'The certificate of the edge has ended.', { advice: 'Renew it.' }))
  else if (now - session.heard > silentMs) session.ws.terminate()
  else if (now - session.heard > askMs && turn % 10 === session.edge.id % 10) session.ws.ping()
}

/** @returns ends it */
export const beat = (options: PulseOptions): (() => Promise<void>) => {
  const { manager, hub, digests, links, cut, offer, tell } = options
  const owed = owedBy(manager)
  let turn = 0
  let offering: Promise<void> | undefined
  let busy: Promise<void> | undefined

  /** Hints may be lost; the database is not. */
  const look = async (): Promise<void> => {
    const heads = await readHeads(manager)
    for (const stream of stateStreams) hub.behind(stream, heads[stream])
    const revoked = await manager.db
      .selectFrom('edges')
      .select(['site', 'name'])
      .where('revoked', '>', new Date(manager.now() - revokedMs))
      .execute()
    for (const { site, name } of revoked) {
      const session = hub.of({ site, edge: name })
      if (session !== undefined) cut(session, 'it was revoked')
    }
  }
  /** Beside the rest: there may be many. */
  const offerOwed = async (): Promise<void> => {
    for (const edge of await owed()) {
      const session = hub.of(edge)
      // What was not written yet is not lost.
      if (session !== undefined && session.socket.writableLength === 0) await offer(session)
      if (manager.ending.aborted) return
    }
  }
  const failed = (error: unknown): void => tell(`the database was not there for the link: ${String(error)}`)
  const timer = setInterval(() => {
    turn++
    const now = manager.now()
    for (const session of links.values()) judge(session, now, turn, options)
    busy ??= (turn % lookEvery === 0 ? look() : Promise.resolve())
      .then(() => digests.flush())
      .catch(failed)
      .finally(() => (busy = undefined))
    if (turn % lookEvery === 0)
      offering ??= offerOwed()
        .catch(failed)
        .finally(() => (offering = undefined))
  }, tickMs)
  return async () => {
    clearInterval(timer)
    await Promise.all([busy, offering])
    await digests.flush().catch(() => undefined)
  }
}
