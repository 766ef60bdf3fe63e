/** What this room reads of others: given as functions, so that each can be exchanged in a test. */
import type { Event } from '#schema/event.ts'
import { readYaml } from '#policy/yaml/read.ts'
import { Site } from '#schema/site.ts'
import type { Manager } from '../context.ts'
import { policiesInForce } from '../policies/in-force.ts'
import type { IngestedEvent } from '../events/reaction.ts'
import { eventsAfterPosition, newestPosition, type Overdue, overdueAt, storedEvent, waitingBehind } from './feed.ts'

export interface Readers {
  /**
   * Events behind a position, in their order, at most `limit`; `id` of each is its position. Nothing may appear later in front of
   * what was given once. Fewer than `limit` do not mean that there are no more; none do.
   */
  eventsAfter(manager: Manager, position: number, limit: number): Promise<readonly IngestedEvent[]>
  /** A position behind which `eventsAfter` gives nothing at the moment: a reader that begins there gets what comes from now on. */
  newestEvent(manager: Manager): Promise<number>
  /** What a reader at a position has to leave out to be at most `lag` events behind; nothing when it is not. */
  overdue(manager: Manager, position: number, lag: number): Promise<Overdue | undefined>
  /** How many events there are behind a position, of every kind. */
  waiting(manager: Manager, position: number): Promise<number>
  /** By the id that the edge gave, and about when it happened (ms since 1970). */
  eventWith(manager: Manager, id: string, near: number): Promise<Event | undefined>
  /** Addresses of assets and networks of zones, of every site. */
  ownNetworks(manager: Manager): Promise<readonly string[]>
}

/** A zone that stands for the world outside is nobody's own. */
const isNarrow = (network: string): boolean => {
  const length = Number(network.split('/')[1])
  return network.includes(':') ? length >= 16 : length >= 8
}

const networksIn = (text: string): readonly string[] => {
  const site = Site.safeParse(readYaml(text).value)
  if (!site.success) return []
  const { assets, zones } = site.data
  return [
    ...Object.values(assets).flatMap(({ ips }) => ips),
    ...Object.values(zones).flatMap(({ networks }) => networks.filter(isNarrow)),
  ]
}

let remembered: { readonly key: string; readonly networks: readonly string[] } | undefined

/** Of the newest policy that each site published. */
const publishedNetworks = async (manager: Manager): Promise<readonly string[]> => {
  const policies = policiesInForce(manager)
  const newest = [...(await policies.newest())]
  const key = JSON.stringify(newest)
  if (remembered?.key !== key) {
    const texts = await Promise.all(newest.map(([site, revision]) => policies.text(site, revision)))
    remembered = { key, networks: [...new Set(texts.flatMap((text) => networksIn(text ?? '')))] }
  }
  return remembered.networks
}

export const readers: Readers = {
  eventsAfter: eventsAfterPosition,
  newestEvent: newestPosition,
  overdue: overdueAt,
  waiting: waitingBehind,
  eventWith: storedEvent,
  ownNetworks: publishedNetworks,
}
