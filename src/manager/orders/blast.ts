/** What would stop: who speaks with an address, from recorded flows. */
import type { Blast, SiteBlast } from '#schema/manager-orders.ts'
import type { Manager } from '../context.ts'
import { conversationsOf } from '../events/conversations.ts'
import { plainIp } from './addresses.ts'
import { conduitsAt } from './conduits.ts'
import type { PublishedSite } from './published.ts'

/** As far as a person reads. */
const mostTalks = 20
const mostConduits = 50
const mostSites = 50

export type Talk = Awaited<ReturnType<typeof conversationsOf>>[number]

const peerOf = (ip: string, { source, destination }: Talk): string => {
  const from = plainIp(source) ?? source
  return from === ip ? (plainIp(destination) ?? destination) : from
}
const sum = (talks: readonly Pick<Talk, 'packets'>[]): number =>
  talks.reduce((total, { packets }) => total + packets, 0)
const peers = (talks: readonly { readonly peer: string }[]): number => new Set(talks.map(({ peer }) => peer)).size

/** @param site what is known of it: its policy, or its name alone */
export const siteBlast = (ip: string, site: PublishedSite | string, all: readonly Talk[]): SiteBlast => {
  const [name, published] = typeof site === 'string' ? [site, undefined] : [site.site, site]
  const conduitOf = published === undefined ? () => undefined : conduitsAt(published.policy, ip)
  const talks = all
    .filter((talk) => talk.site === name)
    .map((talk) => ({ ...talk, conduit: conduitOf(talk), peer: peerOf(ip, talk) }))
  const byConduit = Map.groupBy(talks, ({ conduit }) => conduit?.id)
  return {
    site: name,
    peers: peers(talks),
    packets: sum(talks),
    conduits: [...byConduit]
      .flatMap(([id, own]) =>
        id === undefined
          ? []
          : [{ id, essential: own[0]?.conduit?.essential === true, peers: peers(own), packets: sum(own) }],
      )
      .toSorted((a, b) => Number(b.essential) - Number(a.essential) || b.packets - a.packets)
      .slice(0, mostConduits),
    elsewhere: sum(byConduit.get(undefined) ?? []),
    talks: talks
      .toSorted((a, b) => b.packets - a.packets)
      .slice(0, mostTalks)
      .map(({ peer, protocol, port, conduit, packets, last }) => {
        const asset = published?.known.get(peer)?.asset
        return {
          with: peer,
          ...(asset === undefined ? {} : { asset }),
          protocol,
          ...(port === 0 ? {} : { port }),
          ...(conduit === undefined ? {} : { conduit: conduit.id }),
          essential: conduit?.essential === true,
          packets,
          last: last.toISOString(),
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
