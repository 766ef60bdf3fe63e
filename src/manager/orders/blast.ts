/** What would stop: who speaks with an address, from recorded flows. */
import type { Blast, SiteBlast } from '#schema/manager-orders.ts'
import type { Manager } from '../context.ts'
import { type Conversation, conversationsOf } from '../events/conversations.ts'
import { plainIp } from './addresses.ts'
import type { PublishedSite } from './published.ts'
import { type Talk, withConduits } from './talks.ts'

/** As far as a person reads. */
const mostTalks = 20
const mostConduits = 50
const mostSites = 50

const peerOf = (ip: string, { source, destination }: Talk): string => {
  const from = plainIp(source) ?? source
  return from === ip ? (plainIp(destination) ?? destination) : from
}
const sum = (talks: readonly Talk[]): number => talks.reduce((total, { packets }) => total + packets, 0)
const peers = (ip: string, talks: readonly Talk[]): number => new Set(talks.map((talk) => peerOf(ip, talk))).size

/** @param site what is known of it: its policy, or its name alone */
export const siteBlast = (ip: string, site: PublishedSite | string, all: readonly Conversation[]): SiteBlast => {
  const [name, published] = typeof site === 'string' ? [site, undefined] : [site.site, site]
  const here = all.filter((talk) => talk.site === name)
  const talks: readonly Talk[] = published === undefined ? here : withConduits(published, here)
  const isEssential = (conduit: string | undefined): boolean =>
    conduit !== undefined && published?.essential.has(conduit) === true
  const byConduit = Map.groupBy(talks, ({ conduit }) => conduit)
  return {
    site: name,
    peers: peers(ip, talks),
    packets: sum(talks),
    conduits: [...byConduit]
      .flatMap(([id, own]) =>
        id === undefined ? [] : [{ id, essential: isEssential(id), peers: peers(ip, own), packets: sum(own) }],
      )
      .toSorted((a, b) => Number(b.essential) - Number(a.essential) || b.packets - a.packets)
      .slice(0, mostConduits),
    elsewhere: sum(byConduit.get(undefined) ?? []),
    talks: talks
      .toSorted((a, b) => b.packets - a.packets)
      .slice(0, mostTalks)
      .map((talk) => {
        const peer = peerOf(ip, talk)
        const asset = published?.known.get(peer)?.asset
        return {
          with: peer,
          ...(asset === undefined ? {} : { asset }),
          protocol: talk.protocol,
          ...(talk.port === 0 ? {} : { port: talk.port }),
          ...(talk.conduit === undefined ? {} : { conduit: talk.conduit }),
          essential: isEssential(talk.conduit),
          packets: talk.packets,
          last: talk.last.toISOString(),
        }
      }),
  }
}

export interface BlastOf {
  readonly ip: string
  readonly days: number
  /** Reached sites. */
  readonly sites: readonly (PublishedSite | string)[]
}

export const blastOf = async (
  manager: Manager,
  { ip, days, sites }: BlastOf,
  recorded: typeof conversationsOf = conversationsOf,
): Promise<Blast> => {
  const talks = await recorded(manager, ip, days)
  const all = sites.map((site) => siteBlast(ip, site, talks))
  return { days, sites: all.toSorted((a, b) => b.packets - a.packets).slice(0, mostSites) }
}
